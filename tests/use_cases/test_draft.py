"""What an instance without databases, or without sizes, still says of itself; and the right to write."""
import pytest

from capacity_sync.domain.capacity import InstanceFacts
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.sync_report import Status
from capacity_sync.testing.engines import GONE
from capacity_sync.use_cases.draft import SyncCut, SyncDraft


def test_an_instance_without_databases_still_says_its_version(world):
    world.server()

    assert world.sync_one().server_version == "1.0"


def test_an_instance_of_which_nothing_could_be_measured_still_says_its_facts(world):
    server = world.server(a=10)
    server.lost["a"] = GONE
    server.facts = InstanceFacts(overhead_bytes=5, log_bytes=7)

    assert world.sync_one().facts == InstanceFacts(5, 7)


def test_what_is_being_written_is_not_cut():
    draft = SyncDraft(Instance("one", "scripted"))
    with draft.writing():
        assert draft.cut(GONE, 5.0) is None
    report = draft.cut(GONE, 5.0)

    assert (report.status, report.error, report.duration_s) == (Status.FAILED, GONE, 5.0)


def test_what_is_cut_is_not_written():
    draft = SyncDraft(Instance("one", "scripted"))
    draft.cut(GONE, 5.0)

    with pytest.raises(SyncCut), draft.writing():
        pytest.fail("inside")
