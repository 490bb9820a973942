"""Several observers are told as one."""
import pytest

from capacity_sync.adapters.telemetry.several import SeveralObservers
from capacity_sync.domain.instance import Instance

ORDERS = Instance("orders", "scripted")


class Told:
    def __init__(self, failure=None):
        self.failure, self.calls = failure, []

    def __getattr__(self, name):
        def told(*arguments):
            self.calls.append((name, *arguments))
            if self.failure:
                raise self.failure
        return told


CALLS = [("run_started", "run", [ORDERS]), ("instance_started", ORDERS), ("instance_finished", "report"),
         ("run_finished", "report")]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0])
def test_each_is_told_everything(call):
    first, second = Told(), Told()
    getattr(SeveralObservers([first, second]), call[0])(*call[1:])

    assert (first.calls, second.calls) == ([call], [call])


def test_a_failing_one_does_not_keep_the_others_from_hearing():
    failing, healthy = Told(ValueError("deaf")), Told()
    with pytest.raises(ValueError, match="deaf"):
        SeveralObservers([failing, healthy]).instance_started(ORDERS)

    assert healthy.calls == [("instance_started", ORDERS)]


def test_two_failures_pass_together():
    with pytest.raises(ExceptionGroup) as failed:
        SeveralObservers([Told(ValueError("one")), Told(KeyError("two"))]).instance_started(ORDERS)

    assert [type(error) for error in failed.value.exceptions] == [ValueError, KeyError]


def test_an_interrupt_passes_at_once():
    last = Told()
    with pytest.raises(KeyboardInterrupt):
        SeveralObservers([Told(KeyboardInterrupt()), last]).instance_started(ORDERS)

    assert last.calls == []
