"""A process that syncs a scripted fleet into a real store: to be killed, and to be started many times at once.

`python -m tests.stores.driver URL RUN [ROUNDS]`: says `ready`, waits for a line, and says what each
round came to.
"""
import json
import sys
from datetime import timedelta

import sqlalchemy as sa

from capacity_sync.adapters.stores.sql.leases import leases_in
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.tables import metadata
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from tests.use_cases.world import GIB, World

FLEET = [f"instance {number}" for number in range(10)]
OF_RUNS = {"capacity_sync_runs", "capacity_sync_run_instances", "capacity_sync_leases", "capacity_sync_store"}


def yesterday(engine):
    """A world over *engine*'s store whose fleet has the databases of the day before."""
    world = World(store=SqlUnitOfWork(engine, leases_in(engine)))
    world.clock.now -= timedelta(days=1)
    for number, name in enumerate(FLEET):
        server = world.server(name, **{f"db {n}": n * GIB + number for n in range(12)})
        server.identities = {f"db {n}": str(n) for n in range(12)}
    return world


def today(engine):
    """The same a day later: databases grew, came, went, were renamed and were made anew."""
    world = yesterday(engine)
    world.clock.pass_days(1)
    for server in world.servers.values():
        server.sizes = {name: size * 2 for name, size in server.sizes.items() if name not in ("db 3", "db 4")}
        server.sizes |= {"new": 7, "renamed": 8}
        server.identities |= {"new": "100", "renamed": "4", "db 5": "101"}
    return world


def rows(engine):
    """Every row of every table but those of runs, without what no two stores have in common: ids, and who wrote it."""
    with engine.connect() as connection:
        names = {row.id: row.name for row in connection.execute(sa.select(metadata.tables["instances"]))}
        found = {table.name: connection.execute(sa.select(table)).mappings().all() for table in metadata.sorted_tables}
    return {name: sorted((_told(row, names) for row in of_table), key=repr) for name, of_table in found.items()
            if name not in OF_RUNS}


def _told(row, names):
    kept = {name: value for name, value in row.items() if name not in ("id", "run_id")}
    return kept | ({"instance_id": names[kept["instance_id"]]} if "instance_id" in kept else {})


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(url, run_id, rounds=1):
    engine = open_store(url)
    with engine.connect() as connection:
        connection.scalar(sa.select(1))
    say("ready")
    sys.stdin.readline()
    for number in range(int(rounds)):
        world = today(engine)
        world.run_ids = iter([f"{run_id}-{number}"])
        report = world.sync(workers=2)
        say(json.dumps([one.status.value for one in report.instances]))


if __name__ == "__main__":
    main(*sys.argv[1:])
