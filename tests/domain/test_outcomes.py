"""The taxonomy of failures, and the errors named by what the reader can do."""
import pickle
from inspect import getmembers, isclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain import outcomes
from capacity_sync.domain.outcomes import (
    Category,
    ConfigurationRefused,
    EngineError,
    Failure,
    InternalFailure,
    PermissionMissing,
    ServerUnreachable,
    StoreFailed,
    StoreRefused,
    TimedOut,
    as_engine_error,
    error_for,
)
from capacity_sync.testing import strategies

KINDS = [kind for _, kind in getmembers(outcomes, isclass) if issubclass(kind, EngineError) and kind is not EngineError]
RETRYABLE = {Category.NETWORK, Category.TIMEOUT, Category.UNAVAILABLE, Category.TOO_BUSY}


@pytest.mark.parametrize("category", Category)
def test_each_category_has_exactly_one_error(category):
    assert [kind.category for kind in KINDS].count(category) == 1


def test_the_words_of_the_categories_are_those_of_the_report():
    assert [category.value for category in Category] == [
        "authentication", "permission", "network", "timeout", "unknown_database", "unavailable", "too_busy",
        "unsupported", "query", "internal"]


@given(strategies.failures)
def test_a_failure_survives_being_raised(failure):
    error = error_for(failure)

    assert (error.failure, str(error)) == (failure, failure.message)
    assert error.category is failure.category


@pytest.mark.parametrize("kind", KINDS)
def test_a_failure_may_be_tried_again_as_its_category_says_unless_told_otherwise(kind):
    again = kind.category in RETRYABLE

    assert Failure(kind.category, "message").retryable is kind("message").failure.retryable is again
    assert kind("message", retryable=not again).failure.retryable is not again
    assert Failure(kind.category, "message", retryable=not again).retryable is not again


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_carries_the_code_and_the_remedy_of_its_vendor(kind):
    failure = kind("no", code="42501", remedy="GRANT CONNECT").failure

    assert (failure.category, failure.message, failure.code, failure.remedy) == (
        kind.category, "no", "42501", "GRANT CONNECT")


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_without_a_text_is_told_by_its_name(kind):
    assert kind("").failure.message == kind.__name__


def test_whether_to_try_again_is_said_by_name():
    with pytest.raises(TypeError, match="positional"):
        Failure(Category.QUERY, "message", None, None, True)


def test_a_failure_says_something():
    with pytest.raises(ValueError, match="message"):
        Failure(Category.QUERY, "")


@given(strategies.failures)
def test_an_error_comes_back_whole_from_another_process(failure):
    again = pickle.loads(pickle.dumps(error_for(failure)))

    assert (type(again), again.failure) == (type(error_for(failure)), failure)


@pytest.mark.parametrize("raised", [KeyError("x"), OSError(5, "broken"), ZeroDivisionError("by zero"), ValueError()])
def test_whatever_an_engine_raises_is_internal_with_its_cause(raised):
    with pytest.raises(InternalFailure) as caught, as_engine_error():
        raise raised

    assert caught.value.failure == Failure(Category.INTERNAL, f"{type(raised).__name__}: {raised}")
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize("raised", [
    PermissionMissing("no", remedy="GRANT"), TimedOut("late"), StoreFailed("full"), ConfigurationRefused("wrong"),
    KeyboardInterrupt(), SystemExit(3),
])
def test_errors_of_this_package_and_interrupts_pass_unchanged(raised):
    with pytest.raises(type(raised)) as caught, as_engine_error():
        raise raised

    assert caught.value is raised


def test_where_nothing_is_raised_nothing_happens():
    with as_engine_error():
        done = True

    assert done


@given(st.lists(st.text(), max_size=3))
def test_a_refused_configuration_names_all_mistakes_one_per_line(mistakes):
    error = ConfigurationRefused(*mistakes)

    assert (error.mistakes, str(error)) == (tuple(mistakes), "\n".join(mistakes))
    assert pickle.loads(pickle.dumps(error)).mistakes == tuple(mistakes)


def test_what_a_store_refuses_is_no_failure_of_an_instance():
    assert not issubclass(StoreFailed, EngineError)
    assert not issubclass(StoreRefused, EngineError)


def test_a_message_of_several_lines_becomes_one():
    error = ServerUnreachable("connection refused\n\tIs the server running?\r\n\n")

    assert error.failure.message == "connection refused Is the server running?"
