"""The steps of a sync on their own, the history read back, and sizes that somebody else made."""
from attrs import evolve

from capacity_sync.domain.capacity import Basis
from capacity_sync.domain.history import Choice, Cut
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.sync_report import Status
from capacity_sync.use_cases.history import HistoryReader
from capacity_sync.use_cases.run import RunContext
from tests.use_cases.world import World


def entered(world, name="one"):
    return world.coordinator().steps.enter(world.instance(name), RunContext(world.clock.stamp()))


def day_of(world, name="one"):
    with world.unit_of_work() as work:
        return list(work.sizes.of_day(work.instances.ids()[name], world.clock.stamp().day))


def test_the_steps_in_their_order_are_a_sync(world):
    server = world.server(x=10, y=20)
    steps, visit = world.coordinator().steps, entered(world)

    change = steps.synchronize(visit, steps.listing(visit))
    saved = steps.save(visit, steps.measure(visit, change.active), steps.active(visit))
    by_steps = (world.known(), world.sizes(), world.total(), saved.saved)

    other = World()
    other.server(x=10, y=20)
    report = other.sync_one()
    assert by_steps == (other.known(), other.sizes(), other.total(), report.capacity.saved)
    assert server.open_connections == 1


def test_both_phases_over_an_open_connection_leave_it_open(world):
    server = world.server(x=10)
    visit = entered(world)

    reports = [world.coordinator().collect_and_save_over(visit) for _ in range(2)]
    assert [report.status for report in reports] == [Status.COMPLETED] * 2
    assert (server.open_connections, server.calls.count("connect")) == (1, 1)


def test_no_targets_no_query(world):
    server = world.server(x=10)

    assert len(world.coordinator().steps.measure(entered(world), ())) == 0
    assert "fetch_capacity" not in server.calls


def test_given_sizes_are_saved_on_their_own_days(world):
    world.server(x=10, y=20)
    world.sync_one()
    first = day_of(world)[0]
    world.clock.pass_days(1)
    today = world.clock.stamp()
    later = evolve(first, collected_date=today.day, collected_at=today.at, size_bytes=99)

    steps, visit = world.coordinator().steps, entered(world)
    assert steps.save_sizes(visit, [evolve(first, size_bytes=1), later, first]) == 2
    assert steps.save_sizes(visit, []) == 0
    assert [size.size_bytes for size in day_of(world)] == [99]
    world.clock.pass_days(-1)
    assert [size.size_bytes for size in day_of(world)] == [10, 20]


def test_a_given_estimate_does_not_worsen_the_day(world):
    world.server(x=10)
    world.sync_one()
    guess = evolve(day_of(world)[0], size_bytes=11, basis=Basis.ESTIMATE)

    assert world.coordinator().steps.save_sizes(entered(world), [guess]) == 0
    assert day_of(world)[0].size_bytes == 10


def test_a_total_over_what_is_stored_and_what_is_given(world):
    server = world.server(x=10, y=20)
    world.sync_one()
    steps, visit = world.coordinator().steps, entered(world)
    given = [evolve(day_of(world)[0], size_bytes=15), evolve(day_of(world)[0], database_name="new", size_bytes=1)]

    assert steps.save_total(visit, visit.run.stamp, given).total_bytes == 36
    del server.sizes["y"]
    world.sync_one(accept=["y"])
    assert steps.save_total(visit, visit.run.stamp).total_bytes == 10
    assert steps.save_total(visit, Stamp.of(visit.run.stamp.at.replace(year=2030), visit.run.stamp.at.tzinfo)) is None


def test_the_history_over_all_instances(world):
    for name, size in (("one", 10), ("two", 30)):
        world.server(name, x=size)
    world.sync()
    world.clock.pass_days(2)
    world.server("one").sizes["x"] = 15
    world.sync()
    history = HistoryReader(world.unit_of_work)

    page = history.sizes(Choice(), Cut(3))
    assert [(row.owner.name, row.size.size_bytes) for row in page.items] == [("one", 15), ("two", 30), ("one", 10)]
    assert page.total == history.totals(Choice(), Cut(1)).total == 4
    assert (history.size_summary(Choice()).bytes, history.total_summary(Choice()).bytes) == (45, 45)
    assert str(history.size_summary(Choice(instance_ids=[1])).growth_percent) == "50.00"
    assert (history.name_of(1), history.name_of(9)) == ("one", None)
