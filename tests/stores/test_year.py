"""The numbers of a hand-made year, worked out in `year_of_one_database.md` beside this file, in every store."""
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.capacity import StoredSize
from capacity_sync.domain.history import Choice, Cut
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.periods import Period, PeriodKind

MIB = 2**20
AT = datetime(2025, 1, 6, 4, tzinfo=UTC)
FIRST_SEEN = date(2023, 12, 20)
TITLES = {"Months": PeriodKind.MONTHLY, "Quarters": PeriodKind.QUARTERLY, "Weeks": PeriodKind.WEEKLY,
          "Days": PeriodKind.DAILY}
WHOLE = {PeriodKind.MONTHLY, PeriodKind.QUARTERLY}
"""Of which every period with a row is in the document."""


def tables():
    """Below each heading of the document its rows, as dicts."""
    found, heading, names = {}, "", None
    for line in (Path(__file__).parent / "year_of_one_database.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("#"):
            heading, names = line.lstrip("# "), None
        elif line.startswith("|") and names is None:
            names = cells
        elif line.startswith("|") and not line.startswith("|---"):
            found.setdefault(heading, []).append(dict(zip(names, cells, strict=True)))
    return found


def size(row):
    legacy, megabytes = row["method"] == "-", int(row["MiB"])
    return StoredSize(
        "shop", date.fromisoformat(row["day"]), AT, megabytes, size_bytes=None if legacy else megabytes * MIB,
        method=None if legacy else row["method"], identity=None if legacy else row["incarnation"])


def written(aggregate):
    """As the document writes it."""
    def mib(count):
        return "-" if count is None else f"{Decimal(count) / MIB:.1f}".removesuffix(".0")

    seen = aggregate.observed
    return {
        "from": aggregate.period.start.isoformat(), "rows": str(aggregate.data_count),
        "average": str(aggregate.megabytes.average), "max": str(aggregate.megabytes.largest),
        "min": str(aggregate.megabytes.smallest), "change": str(aggregate.change.amount),
        "percent": f"{aggregate.change.percent:.2f}", "comparison": seen.comparison.value,
        "exact average": mib(seen.bytes and seen.bytes.average), "first": mib(seen.first_bytes),
        "last": mib(seen.last_bytes), "exact change": mib(seen.change_bytes),
        "days": f"{seen.days_observed} of {seen.days_expected}",
    }


def assert_like_the_document(work):
    of_document = tables()
    rows = [size(row) for row in of_document["One database, one year"]]
    with work:
        owner = work.instances.register([Instance("orders", "scripted")], AT)["orders"]
        work.databases.save(owner, [KnownDatabase("shop", FIRST_SEEN, AT.date())], AT)
        work.sizes.save(owner, rows)
        for title, kind in TITLES.items():
            for period in sorted({Period.containing(kind, row.collected_date) for row in rows}):
                work.aggregates.compute(period, None, AT)
            aggregates = map(written, work.aggregates.databases(kind, Choice(), Cut(999)).items)
            found, wanted = ({row["from"]: row for row in some} for some in (aggregates, of_document[title]))
            assert wanted == (found if kind in WHOLE else {start: found[start] for start in wanted})


def test_memory_comes_to_the_numbers_of_the_document():
    assert_like_the_document(InMemoryUnitOfWork())


@pytest.mark.parametrize("store", ["sqlite", "postgresql", "mariadb"], indirect=True)
def test_every_store_comes_to_the_numbers_of_the_document(store):
    assert_like_the_document(SqlUnitOfWork(store))
