"""Transactions: errors, nesting, other processes; and how many statements a run costs."""
import subprocess
import sys

import pytest
import sqlalchemy as sa
from attrs import evolve

from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.capacity import StoredSize
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import StoreFailed
from capacity_sync.domain.reconciliation import EventKind, LifecycleEvent
from capacity_sync.testing.store_contract.examples import AT, DAY, RUN, SIZE, STAMP, TOTAL, database

RAISES = {
    "known": lambda work: work.databases.known(1),
    "save": lambda work: work.databases.save(1, [database("shop")], AT),
    "record": lambda work: work.databases.record(1, [LifecycleEvent("shop", EventKind.CREATED)], None, AT),
    "events": lambda work: work.databases.events(1),
    "of_day": lambda work: work.sizes.of_day(1, DAY),
    "sizes.save": lambda work: work.sizes.save(1, [SIZE]),
    "total": lambda work: work.sizes.total(1, DAY),
    "save_total": lambda work: work.sizes.save_total(1, TOTAL, STAMP),
    "withdraw": lambda work: work.sizes.save_total(1, None, STAMP),
    "latest_day": lambda work: work.sizes.latest_day(1),
    "register": lambda work: work.instances.register([Instance("orders", "mysql")], AT),
    "retire": lambda work: work.instances.retire([], AT),
    "ids": lambda work: work.instances.ids(),
    "engines": lambda work: work.instances.engines(),
    "start": lambda work: work.runs.start(RUN),
    "finish": lambda work: work.runs.finish("run-1", RUN.status, AT),
    "recent": lambda work: work.runs.recent(1),
    "find": lambda work: work.runs.find("run-1"),
}


@pytest.fixture
def statements(engine):
    """What was sent, one entry per execution however many rows it carried."""
    sent = []
    sa.event.listen(engine, "before_cursor_execute", lambda _, __, sql, *___: sent.append(sql.split()[0]))
    return sent


@pytest.mark.parametrize("call", RAISES.values(), ids=RAISES)
def test_whatever_a_repository_meets_is_a_failed_store(tmp_path, call):
    """Here: a database without a single table."""
    work = SqlUnitOfWork(open_store(f"sqlite:///{tmp_path}/empty.db"))

    with work, pytest.raises(StoreFailed, match=r"empty\.db: no such table") as caught:
        call(work)
    assert isinstance(caught.value.__cause__, sa.exc.OperationalError)


def test_a_store_that_cannot_be_entered_is_a_failed_store(tmp_path):
    engine = open_store(f"sqlite:///{tmp_path}/gone.db", reading=True)

    with pytest.raises(StoreFailed, match="unable to open"), SqlUnitOfWork(engine):
        pass


def test_a_failed_commit_is_a_failed_store(work, engine):
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE later (of INTEGER REFERENCES instances (id) DEFERRABLE INITIALLY DEFERRED)")
        connection.commit()

    with work:
        work.instances.ids()
        work._connection().exec_driver_sql("INSERT INTO later VALUES (99)")
        with pytest.raises(StoreFailed, match="FOREIGN KEY"):
            work.commit()


def test_rows_of_an_instance_that_nobody_knows_are_refused(work):
    with work, pytest.raises(StoreFailed, match="FOREIGN KEY"):
        work.databases.save(99, [database("shop")], AT)


def test_a_number_beyond_the_column_is_a_failed_store(work):
    with work:
        owner = work.instances.register([Instance("orders", "mysql")], AT)["orders"]
        with pytest.raises(StoreFailed, match="too large"):
            work.sizes.save(owner, [evolve(SIZE, size_bytes=2**63)])


def test_a_failed_store_can_be_entered_again(work):
    with pytest.raises(StoreFailed), work:
        work.databases.save(99, [database("shop")], AT)

    with work:
        assert work.instances.ids() == {}


def test_entering_twice_at_once_is_a_mistake_that_is_said(work):
    with work, pytest.raises(RuntimeError, match="inside the unit of work already"), work:
        pass


def test_a_repository_outside_of_a_transaction_is_a_mistake_that_is_said(work):
    with work:
        pass

    with pytest.raises(RuntimeError, match="inside `with` only"):
        work.instances.ids()


def test_a_lost_connection_costs_its_transaction_and_no_other(work):
    with work:
        work.instances.register([Instance("orders", "mysql")], AT)
        work._connection().connection.dbapi_connection.close()

    with work:
        assert work.instances.ids() == {}


def test_a_reader_keeps_no_writer_waiting(work, url):
    reader = SqlUnitOfWork(open_store(url, reading=True))
    with reader:
        reader.instances.ids()
        with work:
            work.instances.register([Instance("orders", "mysql")], AT)


def test_a_phase_is_one_statement_per_table_however_many_databases(work, statements):
    databases = [database(f"db {n}") for n in range(2000)]
    events = [LifecycleEvent(known.name, EventKind.CREATED) for known in databases]
    sizes = [StoredSize(known.name, DAY, AT, size_mb=1) for known in databases]
    with work:
        owner = work.instances.register([Instance("orders", "mysql")], AT)["orders"]
        work.commit()

    statements.clear()
    with work:
        work.databases.known(owner)
        work.databases.save(owner, databases, AT)
        work.databases.record(owner, events, "run-1", AT)
        work.commit()
    with work:
        work.sizes.of_day(owner, DAY)
        work.sizes.save(owner, sizes)
        work.sizes.save_total(owner, TOTAL, STAMP)
        work.commit()

    phase_one, phase_two = ["BEGIN", "SELECT", "INSERT", "INSERT"], ["BEGIN", "SELECT", "INSERT", "INSERT"]
    assert statements == phase_one + phase_two


WRITER = """
import sys
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.testing.store_contract.examples import AT, database
from capacity_sync.domain.instance import Instance
from attrs import evolve
engine = open_store(sys.argv[1])
ready_to_sync(engine)
work = SqlUnitOfWork(engine)
for _ in range(40):
    with work:
        owner = work.instances.register([Instance("orders", "mysql")], AT)["orders"]
        known = {k.name: k for k in work.databases.known(owner)}
        before = known.get("shop", database("shop"))
        work.databases.save(owner, [evolve(before, identity=str(int(before.identity or 0) + 1))], AT)
        work.commit()
"""


def test_processes_that_read_and_then_write_lose_nothing_and_wait_for_no_end(url, work):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, url], stderr=subprocess.PIPE) for _ in range(3)]
    errors = [writer.communicate(timeout=60)[1] for writer in writers]

    assert errors == [b""] * 3
    with work:
        [known] = work.databases.known(1)
    assert known.identity == "120"
