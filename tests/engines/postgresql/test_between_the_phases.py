"""The same for every engine with real servers here."""
from tests.engines.between_the_phases import *  # noqa: F403 - the tests
