"""The order in which instances are begun, and how many of a host at a time."""
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.schedule import Schedule, ordered

HOSTS = st.sampled_from([None, "db1", "DB1", "db2", "db3"])
FLEETS = st.lists(HOSTS, max_size=30).map(
    lambda hosts: [Instance(f"i{n}", "scripted", host=host) for n, host in enumerate(hosts)])
SECONDS = st.dictionaries(st.integers(0, 30).map("i{}".format), st.floats(0, 1e4))


def names(instances):
    return [one.name for one in instances]


def machine(instance):
    return instance.host.casefold() if instance.host else instance.name


@given(FLEETS, SECONDS, st.integers(1, 4), st.integers(1, 6), st.randoms(use_true_random=False))
def test_every_instance_once_and_never_too_many_of_a_host(fleet, seconds, per_host, workers, chance):
    schedule, begun, running = Schedule.of(fleet, seconds, per_host), [], []
    while True:
        while len(running) < workers and (one := schedule.take()) is not None:
            begun.append(one)
            running.append(one)
        if not running:
            break
        of_host = Counter(map(machine, running))
        assert max(of_host.values()) <= per_host
        waiting = [one for one in fleet if one not in begun]
        assert len(running) == workers or all(of_host[machine(one)] == per_host for one in waiting)
        schedule.release(running.pop(chance.randrange(len(running))).name)

    assert sorted(names(begun)) == sorted(names(fleet))
    assert schedule.rest() == []


@given(FLEETS, SECONDS, st.integers(1, 4))
def test_of_a_host_the_slow_ones_come_first(fleet, seconds, per_host):
    order = [one for one in ordered(fleet, seconds, per_host) if one.name in seconds]

    for host in set(map(machine, order)):
        took = [seconds[one.name] for one in order if machine(one) == host]
        assert took == sorted(took, reverse=True)


@given(FLEETS, SECONDS, st.integers(1, 4), st.integers(0, 10))
def test_the_rest_is_what_was_not_taken_in_the_order_of_the_schedule(fleet, seconds, per_host, taken):
    schedule = Schedule.of(fleet, seconds, per_host)
    gone = [one for one in (schedule.take() for _ in range(taken)) if one is not None]
    rest = schedule.rest()

    assert rest == [one for one in ordered(fleet, seconds, per_host) if one not in gone]
    for one in gone:
        schedule.release(one.name)
    assert schedule.take() is None


def fleet_of(*hosts):
    return [Instance(f"{host or 'file'}-{n}", "scripted", host=host) for n, host in enumerate(hosts)]


def test_nothing_known_is_the_order_of_the_file():
    fleet = fleet_of("a", None, "b", "c", None)

    assert ordered(fleet, {}) == fleet


def test_a_long_queue_begins_before_single_instances_and_two_such_queues_take_turns():
    fleet = fleet_of("single", "a", "a", "a", "a", "b", "b", "b", "b")

    assert [one.host for one in ordered(fleet, {}, per_host=1)] == ["a", "b", "a", "b", "a", "b", "single", "a", "b"]


def test_one_slow_instance_begins_before_a_queue_that_ends_sooner():
    fleet = fleet_of("a", "a", "a", "slow")

    assert names(ordered(fleet, {"slow-3": 60.0, "a-0": 1.0, "a-1": 1.0, "a-2": 1.0}, per_host=1))[0] == "slow-3"


def test_one_that_nothing_is_known_of_counts_as_the_others_on_average():
    fleet = fleet_of("quick", "new", "slow")

    assert names(ordered(fleet, {"quick-0": 1.0, "slow-2": 9.0})) == ["slow-2", "new-1", "quick-0"]


def test_one_slow_instance_cannot_be_shared_by_two_workers_and_a_queue_can():
    fleet = fleet_of(*"aaaaaaaa", "slow")
    seconds = {**{one.name: 10.0 for one in fleet}, "slow-8": 60.0}

    assert names(ordered(fleet, seconds, per_host=2))[0] == "slow-8"


def test_equally_slow_ones_of_a_host_keep_the_order_of_the_file():
    fleet = fleet_of("a", "a", "a", "a")

    assert ordered(fleet, {"a-0": 2.0}, per_host=1) == fleet


@pytest.mark.parametrize(("per_host", "begun"), [(1, ["a-0", "b-2"]), (2, ["a-0", "a-1", "b-2"])])
def test_a_full_host_waits_and_others_do_not(per_host, begun):
    schedule = Schedule.of(fleet_of("a", "A", "b"), {"a-0": 3.0, "A-1": 2.0, "b-2": 1.0}, per_host)

    assert [one.name.lower() for one in iter(schedule.take, None)] == begun
