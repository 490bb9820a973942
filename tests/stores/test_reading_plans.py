"""What reports and alerts ask is looked up in indexes: none walks through the history or all its days."""
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from capacity_sync.domain.capacity import InstanceTotal, StoredSize
from capacity_sync.domain.history import DatabaseKey
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.stamp import Stamp

DAY = date(2026, 3, 31)
AT = datetime(2026, 3, 31, 3, tzinfo=UTC)
WEEK_AGO = DAY - timedelta(7)
HISTORY = ("database_size_stats", "earlier", "instance_size_stats")


@pytest.fixture
def filled(work):
    """Two instances, one of which was not measured today, and a database that was measured last week only."""
    with work:
        ids = work.instances.register([Instance(name, "scripted") for name in ("orders", "billing")], AT)
        for late, owner in enumerate(ids.values()):
            work.databases.save(owner, [KnownDatabase(name, WEEK_AGO, DAY, identity=name) for name in ("a", "b")], AT)
            for name, days in (("a", range(late, 9)), ("b", [8])):
                work.sizes.save(owner, [StoredSize(name, DAY - timedelta(n), AT, 1, identity=name, size_bytes=2**20)
                                        for n in days])
            work.sizes.save_total(owner, InstanceTotal(1, 2**20, 1, 1), Stamp(AT, DAY))
        work.commit()
    return work, list(ids.values())


@pytest.mark.parametrize("ask", [
    lambda series, ids: series.newest(DAY, None),
    lambda series, ids: series.doubtful(DAY, AT - timedelta(2), None),
    lambda series, ids: series.risen(WEEK_AGO, DAY, 2**30, None),
    lambda series, ids: series.of([DatabaseKey(one, "a") for one in ids], WEEK_AGO, DAY),
    lambda series, ids: series.totals(ids, WEEK_AGO, DAY),
], ids=["newest", "doubtful", "risen", "of", "totals"])
def test_nothing_walks_through_the_history(filled, engine, ask):
    work, ids = filled
    asked = []
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
    with work:
        assert ask(work.series, ids) is not None
    with engine.connect() as connection:
        plans = [row[3] for statement, told in list(asked)
                 for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", told)]

    reads = [line for line in plans if any(f" {name} " in f"{line} " for name in HISTORY)]
    assert reads
    assert [line for line in reads if not line.startswith("SEARCH")] == []
    assert [line for line in reads if "instance_id=?" not in line or "collected_date" not in line] == []
