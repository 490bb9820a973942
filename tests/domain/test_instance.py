"""Instances of the fleet, and what their engine is."""
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.capacity import MbRounding
from capacity_sync.domain.instance import (
    CommandSecret,
    EngineTraits,
    Instance,
    Locator,
    PlainSecret,
    Timeouts,
    Tls,
    TlsMode,
)
from capacity_sync.testing import strategies

TRAITS = EngineTraits("scripted", "Scripted", MbRounding.TRUNCATE)


@given(strategies.instances, st.text().map("s3cret{}".format))
def test_a_password_is_never_shown(instance, password):
    secret = PlainSecret(password)
    instance = evolve(instance, password=secret)

    assert "s3cret" not in f"{secret} {secret!r} {[secret]} {instance} {instance!r}"
    assert (instance.password.value, repr(secret)) == (password, "PlainSecret()")


@given(strategies.secrets)
def test_a_reference_is_shown_unless_it_is_the_password_itself(secret):
    assert isinstance(secret, PlainSecret) or type(secret).__name__ in repr(secret)
    assert isinstance(secret, PlainSecret) == (repr(secret) == "PlainSecret()")


@pytest.mark.parametrize("name", ["", "/", "a/b", "a/"])
def test_an_instance_has_a_name_without_a_slash(name):
    with pytest.raises(ValueError, match=r"^an instance's name is not empty and has no slash$"):
        Instance(name, "scripted")


@pytest.mark.parametrize(("wanted", "by_engine", "answer"), [
    (None, False, False), (None, True, True), (True, False, True), (False, True, False), (True, True, True),
    (False, False, False),
])
def test_system_databases_are_wanted_as_configured_else_as_the_engine_is(wanted, by_engine, answer):
    instance = Instance("one", "scripted", include_system=wanted)

    assert instance.wants_system(evolve(TRAITS, include_system=by_engine)) is answer


@pytest.mark.parametrize("field", ["connect", "statement", "deadline"])
@pytest.mark.parametrize("seconds", [0, -1])
def test_a_timeout_is_some_time(field, seconds):
    with pytest.raises(ValueError, match=field):
        Timeouts(**{field: seconds})


def test_retries_are_not_negative():
    with pytest.raises(ValueError, match="retries"):
        Instance("one", "scripted", retries=-1)


def test_timeouts_are_those_of_the_fleet_file_unless_configured():
    assert Timeouts(10, 300, 600) == Timeouts()
    assert Timeouts(connect=0.5).connect == 0.5


def test_an_instance_needs_a_name_and_an_engine():
    instance = Instance("one", "scripted")

    assert (instance.tls, instance.tags, instance.retries, instance.password) == (Tls(), {}, 0, None)
    assert (instance.tls.mode, instance.tls.ca) == (TlsMode.PREFER, None)


def test_an_engine_is_found_by_host_and_hides_its_system_databases_unless_it_says_otherwise():
    assert (TRAITS.locator, TRAITS.include_system, TRAITS.driver) == (Locator.HOST, False, None)
    assert (TRAITS.legacy_system, TRAITS.isolated) == (False, False)


def test_a_command_is_a_tuple_of_words():
    assert CommandSecret(["pass", "show", "db"]).argv == ("pass", "show", "db")


def test_the_words_of_tls_are_those_of_the_fleet_file():
    assert [mode.value for mode in TlsMode] == ["disable", "prefer", "require", "verify-full"]
