"""What every `Retrying` promises, and the pauses of the one that makes any."""
import pytest
from attrs import Factory, define

from capacity_sync.adapters.retrying import FIRST, JITTER, LONGEST, JitteredRetrying
from capacity_sync.domain.outcomes import (
    AuthenticationFailed,
    InternalFailure,
    PermissionMissing,
    ServerTooBusy,
    ServerUnavailable,
    ServerUnreachable,
    TimedOut,
)
from capacity_sync.testing.retrying import ImmediateRetrying

HOPEFUL = [ServerUnreachable("reset"), ServerUnavailable("starting"), ServerTooBusy("full"),
           InternalFailure("the driver's process died", retryable=True)]
HOPELESS = [AuthenticationFailed("wrong password"), AuthenticationFailed("locked", retryable=True),
            PermissionMissing("denied", retryable=True), TimedOut("slow"), InternalFailure("a defect"),
            ServerUnreachable("a stranger's certificate", retryable=False), KeyError("x"), KeyboardInterrupt()]


@define
class Question:
    """Raises *errors* in turn, then answers."""

    errors: list
    asked: int = 0
    told: list = Factory(list)

    def __call__(self):
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"

    def put(self, retrying, retries, within=1e6):
        return retrying.ask(self, retries=retries, within=within, told=self.told.append)


@pytest.fixture
def pauses():
    return []


@pytest.fixture(params=["jittered", "immediate"])
def retrying(request, pauses):
    return JitteredRetrying(pauses.append) if request.param == "jittered" else ImmediateRetrying()


def name(error):
    return f"{type(error).__name__}-{error}"


def test_an_answer_is_an_answer(retrying, pauses):
    question = Question([])

    assert (question.put(retrying, 5), question.asked, question.told, pauses) == ("answer", 1, [], [])


@pytest.mark.parametrize("error", HOPEFUL, ids=name)
def test_an_error_that_gives_hope_is_told_and_followed_by_another_try(retrying, error):
    question = Question([error, error])

    assert (question.put(retrying, 2), question.asked, question.told) == ("answer", 3, [error, error])


@pytest.mark.parametrize("error", HOPELESS, ids=name)
def test_any_other_error_passes_at_once(retrying, error):
    question = Question([error])
    with pytest.raises(type(error)) as raised:
        question.put(retrying, 5)

    assert (raised.value, question.asked, question.told) == (error, 1, [])


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_the_last_error_passes_and_is_told_to_nobody_else(retrying, retries):
    errors = [ServerUnreachable(f"refused {n}") for n in range(9)]
    question = Question(list(errors))
    with pytest.raises(ServerUnreachable) as raised:
        question.put(retrying, retries)

    assert (raised.value, question.told, question.asked) == (errors[retries], errors[:retries], retries + 1)


def test_without_time_there_is_one_try(retrying):
    question = Question([ServerUnreachable("refused")])
    with pytest.raises(ServerUnreachable):
        question.put(retrying, 5, within=0)

    assert (question.asked, question.told) == (1, [])


def test_pauses_grow_and_no_two_fleets_make_the_same():
    heard = []
    for _ in range(20):
        with pytest.raises(ServerUnreachable):
            Question([ServerUnreachable("refused")] * 9).put(JitteredRetrying(heard.append), 6)
    firsts = heard[::6]

    assert all(FIRST <= pause <= FIRST + JITTER for pause in firsts)
    assert len(set(firsts)) > 1
    assert all(1 <= pause <= 1 + JITTER for pause in heard[1::6])
    assert all(LONGEST <= pause <= LONGEST + JITTER for pause in heard[5::6])


def test_no_pause_ends_after_the_time_that_is_given(pauses, monkeypatch):
    monkeypatch.setattr("random.random", lambda: 0.5)
    question = Question([ServerUnreachable("refused")] * 9)
    with pytest.raises(ServerUnreachable):
        question.put(JitteredRetrying(pauses.append), 9, within=1.2)

    assert pauses == [FIRST + JITTER / 2]
