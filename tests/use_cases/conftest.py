import pytest

from tests.use_cases.world import World


@pytest.fixture
def world():
    return World()
