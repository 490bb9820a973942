"""What a store promises of lists of aggregates, and of what aggregation starts from."""
from datetime import date, timedelta

from capacity_sync.domain.calculation import Mark, Touch
from capacity_sync.domain.capacity import InstanceTotal
from capacity_sync.domain.growth import Ranking, Spread
from capacity_sync.domain.history import Census, Choice, Cut
from capacity_sync.domain.stamp import Stamp
from capacity_sync.testing.store_contract.aggregates import DAILY, FEBRUARY, MONTHLY, TODAY, compute, databases
from capacity_sync.testing.store_contract.examples import AT, DAY, HARD_NAMES, LATER, Store, save_sizes, save_total
from capacity_sync.testing.store_contract.history import ALL, MIB, engine_of, size

__all__ = [
    "test_a_census_tells_what_cannot_be_compared",
    "test_a_mark_is_kept_per_kind",
    "test_aggregates_are_chosen_by_the_days_of_their_period",
    "test_aggregates_are_restricted_to_instances_and_engines",
    "test_aggregates_of_hard_names",
    "test_the_newest_period_of_the_chosen_instances",
    "test_touched_rows_are_counted_by_instance_day_and_stamp",
    "test_what_grew_most_comes_first",
    "test_what_has_no_known_growth_comes_after_it_by_size",
]


def names(unit_of_work: Store, ranking: Ranking, limit: int = 9, choice: Choice = Choice()) -> list[str]:  # noqa: B008 - frozen
    with unit_of_work() as work:
        return [one.database_name for one in work.aggregates.growers(TODAY, choice, ranking, limit)]


def test_touched_rows_are_counted_by_instance_day_and_stamp(unit_of_work: Store, instance_id: int) -> None:
    save_sizes(unit_of_work, instance_id, size("shop", 1), size("audit", 1), size("shop", 1, 1, collected_at=LATER))
    save_total(unit_of_work, instance_id, InstanceTotal(1, 1, 1, 1))

    with unit_of_work() as work:
        assert list(work.aggregates.touched(AT - timedelta(microseconds=1))) == [
            Touch(instance_id, DAY - timedelta(days=1), LATER, 1), Touch(instance_id, DAY, AT, 3)]
        assert [touch.at for touch in work.aggregates.touched(AT)] == [LATER]
        assert work.aggregates.touched(LATER) == []
        assert work.aggregates.measured_days() == [DAY - timedelta(days=1), DAY]


def test_a_census_tells_what_cannot_be_compared(unit_of_work: Store, instance_id: int) -> None:
    save_sizes(unit_of_work, instance_id, size("shop", 2), size("shop", 1, 1), size("born", 9),
               size("same", 7, identity="2"), size("same", 7, 1, identity="1"))
    compute(unit_of_work, TODAY.previous)
    compute(unit_of_work, TODAY)

    with unit_of_work() as work:
        assert work.aggregates.census(TODAY, Choice()) == Census(3, 1)
        assert work.aggregates.census(TODAY.previous, Choice()) == Census(2, 0)
        assert work.aggregates.census(TODAY, Choice(database_name="born")) == Census(1, 0)
        assert work.aggregates.census(TODAY.next, Choice()) == Census(0, 0)


def test_a_mark_is_kept_per_kind(unit_of_work: Store) -> None:
    marks = [Mark(at, "f" * 64, "a" * 64) for at in (AT, LATER)]
    for mark in marks:
        with unit_of_work() as work:
            work.aggregates.set_mark(MONTHLY, mark)
            work.commit()

    with unit_of_work() as work:
        assert (work.aggregates.mark(MONTHLY), work.aggregates.mark(DAILY)) == (marks[1], None)


def test_aggregates_are_chosen_by_the_days_of_their_period(unit_of_work: Store, instance_id: int) -> None:
    save_sizes(unit_of_work, instance_id, size("shop", 1), size("audit", 1), size("shop", 1, 40))
    for period in (FEBRUARY.previous, FEBRUARY):
        compute(unit_of_work, period)

    def chosen(first: date | None, last: date | None) -> list[tuple[str, int]]:
        found = databases(unit_of_work, MONTHLY, Choice(first, last))
        return [(one.database_name, one.period.start.month) for one in found]

    both = [("audit", 2), ("shop", 2), ("shop", 1)]
    assert chosen(None, None) == chosen(date(2026, 1, 31), date(2026, 2, 1)) == both
    assert chosen(date(2026, 2, 28), None) == both[:2]
    assert chosen(None, date(2026, 1, 1)) == both[2:]
    assert chosen(date(2026, 3, 1), None) == chosen(None, date(2025, 12, 31)) == []
    assert [one.database_name for one in databases(unit_of_work, cut=Cut(1, 1))] == ["shop"]
    assert databases(unit_of_work, DAILY) == []


def test_the_newest_period_of_the_chosen_instances(unit_of_work: Store, instance_id: int) -> None:
    """Of databases alone there is none."""
    other = engine_of(unit_of_work, "billing", "another")
    save_sizes(unit_of_work, instance_id, size("shop", 1))
    for owner, day in ((instance_id, DAY - timedelta(40)), (other, DAY - timedelta(80)), (other, DAY - timedelta(40)),
                       (other, DAY)):
        save_total(unit_of_work, owner, InstanceTotal(1, 1, 1, 1), Stamp(AT, day))
    january = FEBRUARY.previous
    for period in (january.previous, FEBRUARY, january):
        compute(unit_of_work, period)

    with unit_of_work() as work:
        newest = work.aggregates.newest_period
        assert newest(MONTHLY, Choice()) == newest(MONTHLY, Choice(engines=["another"])) == FEBRUARY
        assert newest(MONTHLY, Choice(instance_ids=[instance_id])) == january
        assert newest(MONTHLY, Choice(instance_ids=[instance_id], engines=["another"])) is None
        assert newest(DAILY, Choice()) is None


def test_aggregates_are_restricted_to_instances_and_engines(unit_of_work: Store, instance_id: int) -> None:
    other = engine_of(unit_of_work, "billing", "another")
    for owner in (instance_id, other):
        save_sizes(unit_of_work, owner, size("shop", 1), size("shop", 2, 1))
        save_total(unit_of_work, owner, InstanceTotal(1, 1, 1, 1))
    compute(unit_of_work, TODAY)

    with unit_of_work() as work:
        for choice, owners in (
            (Choice(engines=["another"]), [other]), (Choice(instance_ids=[instance_id]), [instance_id]),
            (Choice(), [instance_id, other]),
        ):
            read = work.aggregates
            pages = (read.databases(DAILY, choice, ALL).items, read.instances(DAILY, choice, ALL).items,
                     read.growers(TODAY, choice, Ranking.BYTES, 9))
            assert read.census(TODAY, choice) == Census(len(owners), len(owners))
            assert [[one.owner.instance_id for one in rows] for rows in pages] == [owners] * 3
        assert (read.databases(DAILY, Choice(), Cut(1)).total, read.instances(DAILY, Choice(), Cut(1)).total) == (2, 2)
        assert read.instances(DAILY, Choice(database_name="other"), ALL).total == 2


def test_aggregates_of_hard_names(unit_of_work: Store, instance_id: int) -> None:
    save_sizes(unit_of_work, instance_id, *(size(name, n, days) for n, name in enumerate(HARD_NAMES)
                                            for days in (0, 1)))
    compute(unit_of_work)

    assert [one.database_name for one in databases(unit_of_work)] == sorted(HARD_NAMES)
    for n, name in enumerate(HARD_NAMES):
        [one] = databases(unit_of_work, MONTHLY, Choice(database_name=name))
        assert (one.database_name, one.megabytes, one.data_count) == (name, Spread(n, n, n), 2)


def test_what_has_no_known_growth_comes_after_it_by_size(unit_of_work: Store, instance_id: int) -> None:
    """The last size counts, not the average; a row of the old service has only that."""
    other = engine_of(unit_of_work, "billing", "another")
    save_sizes(unit_of_work, instance_id, size("less", 5), size("less", 6, 40), size("legacy", 40, size_bytes=None),
               size("middle", 50), size("Middle", 50), size("shrank", 10), size("shrank", 500, 1))
    save_sizes(unit_of_work, other, size("Middle", 50), size("recreated", 60, identity="2"),
               size("recreated", 7, 40, identity="1"))
    compute(unit_of_work)

    with unit_of_work() as work:
        found = work.aggregates.growers(FEBRUARY, Choice(), Ranking.BYTES, 9)
        few = work.aggregates.growers(FEBRUARY, Choice(), Ranking.BYTES, 2)
    assert [(one.owner.name, one.database_name, one.growth) for one in found] == [
        ("orders", "less", -MIB), ("billing", "recreated", None), ("orders", "Middle", None),
        ("orders", "middle", None), ("billing", "Middle", None), ("orders", "legacy", None), ("orders", "shrank", None)]
    assert few == found[:2]


def test_what_grew_most_comes_first(unit_of_work: Store, instance_id: int) -> None:
    for name, now, before in (("much", 300, 200), ("fast", 30, 10), ("less", 5, 6), ("none", 7, 7), ("born", 9, None),
                              ("from nothing", 8, 0)):
        save_sizes(unit_of_work, instance_id, size(name, now),
                   *([] if before is None else [size(name, before, 1)]))
    save_sizes(unit_of_work, instance_id, size("legacy", 60, size_bytes=None), size("legacy", 20, 1, size_bytes=None))
    compute(unit_of_work, TODAY)

    assert names(unit_of_work, Ranking.BYTES) == ["much", "legacy", "fast", "from nothing", "none", "less", "born"]
    assert names(unit_of_work, Ranking.PERCENT) == ["fast", "legacy", "much", "none", "less", "born", "from nothing"]
    assert names(unit_of_work, Ranking.BYTES, 2) == ["much", "legacy"]
    assert names(unit_of_work, Ranking.BYTES, 9, Choice(database_name="fast", first_day=date(2001, 1, 1),
                                                        last_day=date(2001, 1, 1))) == ["fast"]
