"""Bytes are what every store can hold: whole numbers from 0 to the largest of a signed 64-bit column."""
import pytest

from capacity_sync.domain.capacity import Basis, CapacityRow, InstanceFacts


@pytest.mark.parametrize("size", [0, 2**63 - 1])
def test_every_size_a_store_can_hold_is_a_size(size):
    assert CapacityRow("a", size, "stat", Basis.FILE).size_bytes == size


@pytest.mark.parametrize("size", [-1, 2**63, 1.5, "1", None])
def test_anything_else_is_none(size):
    with pytest.raises((ValueError, TypeError)):
        CapacityRow("a", size, "stat", Basis.FILE)


def test_facts_have_the_same_bounds():
    with pytest.raises(ValueError, match="overhead"):
        InstanceFacts(2**63)
