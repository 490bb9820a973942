"""The status of an instance and of a run, and what the history keeps."""
from itertools import permutations, product

import pytest
from attrs import asdict, evolve
from hypothesis import given

from capacity_sync.domain.capacity import Basis, CapacityRow, Unmeasured
from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Category, Failure
from capacity_sync.domain.sync_report import (
    CapacityOutcome,
    InstanceRun,
    InventoryOutcome,
    RunRecord,
    RunReport,
    Status,
    SyncReport,
    instance_run,
    instance_status,
    inventory_outcome,
    run_status,
)
from tests.domain.situations import DAY, listing, settled, situations, stamp

COMPLETED, PARTIAL, FAILED, HELD, SKIPPED = (
    Status.COMPLETED, Status.PARTIAL, Status.FAILED, Status.HELD, Status.SKIPPED)
ERROR = Failure(Category.TIMEOUT, "late")
ROW = CapacityRow("a", 10, "stat", Basis.FILE)
LISTED = InventoryOutcome(1, 0, 0, 0, 0, 0, (), ("a",), (), Completeness.COMPLETE)
WAITING = evolve(LISTED, held=("b",), active_databases=("a", "b"))
MEASURED = CapacityOutcome(1, 10, (ROW,))
HALF = CapacityOutcome(1, 10, (ROW,), (Unmeasured("b", ERROR),))
NOTHING = CapacityOutcome(unmeasured=(Unmeasured("a", ERROR),))
EMPTY = CapacityOutcome()


@pytest.mark.parametrize(("error", "inventory", "capacity", "targets", "degraded", "status"), [
    # phase one failed
    (ERROR, None, None, 0, False, FAILED),
    (None, None, None, 0, False, FAILED),
    # there were targets, and none could be measured
    (None, LISTED, NOTHING, 1, False, FAILED),
    (ERROR, LISTED, NOTHING, 1, False, FAILED),
    (ERROR, LISTED, None, 1, False, FAILED),
    (None, WAITING, NOTHING, 1, False, FAILED),
    (None, None, NOTHING, 1, False, FAILED),
    # something is held
    (None, WAITING, MEASURED, 1, False, HELD),
    (None, WAITING, HALF, 2, True, HELD),
    (None, WAITING, EMPTY, 0, False, HELD),
    (None, WAITING, None, 0, False, HELD),
    # something unmeasured, or an estimate for want of a privilege
    (None, LISTED, HALF, 2, False, PARTIAL),
    (None, LISTED, NOTHING, 0, False, PARTIAL),
    (None, LISTED, MEASURED, 1, True, PARTIAL),
    (ERROR, LISTED, MEASURED, 1, False, PARTIAL),
    (ERROR, LISTED, None, 0, False, PARTIAL),
    (None, None, HALF, 2, False, PARTIAL),
    # all is well
    (None, LISTED, MEASURED, 1, False, COMPLETED),
    (None, LISTED, EMPTY, 0, False, COMPLETED),
    (None, LISTED, None, 0, False, COMPLETED),
    (None, None, MEASURED, 1, False, COMPLETED),
])
def test_the_status_of_an_instance(error, inventory, capacity, targets, degraded, status):
    assert instance_status(error, inventory, capacity, targets=targets, degraded=degraded) is status


@pytest.mark.parametrize(("statuses", "status"), [
    ([], COMPLETED),
    ([SKIPPED], COMPLETED),
    ([COMPLETED, COMPLETED], COMPLETED),
    ([COMPLETED, SKIPPED], COMPLETED),
    ([FAILED, FAILED], FAILED),
    ([FAILED, SKIPPED], FAILED),
    ([FAILED, HELD], HELD),
    ([COMPLETED, HELD, PARTIAL], HELD),
    ([HELD], HELD),
    ([FAILED, COMPLETED], PARTIAL),
    ([FAILED, PARTIAL], PARTIAL),
    ([PARTIAL, PARTIAL], PARTIAL),
    ([PARTIAL, COMPLETED, SKIPPED], PARTIAL),
])
def test_the_status_of_a_run(statuses, status):
    assert {run_status(order) for order in permutations(statuses)} == {status}


def test_the_status_of_a_run_is_one_of_four_whatever_its_instances_are():
    of = (COMPLETED, PARTIAL, FAILED, HELD, SKIPPED)
    found = {run_status(statuses) for statuses in product(of, repeat=4)}

    assert found == {COMPLETED, PARTIAL, FAILED, HELD}


def test_the_words_of_a_status_are_those_of_the_report_and_the_record():
    assert [status.value for status in Status] == [
        "completed", "partial", "failed", "held", "skipped", "running", "interrupted"]


@given(situations())
def test_the_outcome_counts_what_the_change_names(situation):
    change = situation.change

    assert asdict(inventory_outcome(change)) == {
        "created": len(change.created), "refreshed": len(change.refreshed), "reactivated": len(change.reactivated),
        "deactivated": len(change.deactivated), "recreated": len(change.recreated), "renamed": len(change.renamed),
        "held": change.held, "active_databases": change.active, "filtered_databases": change.filtered,
        "completeness": change.completeness}


def test_names_in_an_outcome_are_sorted_by_code_point():
    outcome = inventory_outcome(settled("b", "B", "é", "a", "z").then(hidden={"z", "a"}).change)

    assert (outcome.active_databases, outcome.filtered_databases) == (("B", "b", "é"), ("a", "z"))
    assert outcome.deactivated == 2


def test_held_names_in_an_outcome_are_sorted_and_active():
    outcome = inventory_outcome(settled("b", "a").then(listing()).change)

    assert (outcome.held, outcome.active_databases, outcome.deactivated) == (("a", "b"), ("a", "b"), 0)


def test_the_history_keeps_an_instance_without_its_sizes():
    inventory = InventoryOutcome(1, 2, 3, 4, 5, 6, ("h",), ("a", "b", "h"), ("f",), Completeness.COMPLETE)
    report = SyncReport("one", "x", HELD, "1.0", ERROR, [ERROR], inventory=inventory, capacity=HALF, duration_s=1.5)

    assert instance_run(report) == InstanceRun(
        "one", "x", HELD, ERROR, (ERROR,), HALF.unmeasured, ("h",),
        {"active": 3, "created": 1, "refreshed": 2, "reactivated": 3, "deactivated": 4, "recreated": 5, "renamed": 6,
         "saved": 1, "unmeasured": 1}, 1.5)


def test_the_history_of_an_instance_that_failed_counts_nothing():
    assert instance_run(SyncReport("one", "x", FAILED, error=ERROR)) == InstanceRun(
        "one", "x", FAILED, ERROR, (), (), (), {}, 0.0)


def test_where_there_was_nothing_to_measure_nothing_was_saved():
    assert CapacityOutcome(0, None, (), ()) == EMPTY


def test_a_report_and_a_record_of_a_run_start_without_instances():
    at = stamp(DAY).at

    assert RunReport("1", COMPLETED, at, at, DAY).instances == ()
    assert (RunRecord("1", Status.RUNNING, at, DAY).instances, RunRecord("1", Status.RUNNING, at, DAY).finished_at) == (
        (), None)
