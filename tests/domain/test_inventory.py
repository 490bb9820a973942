"""Rows, listings, and the names that can be stored."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.inventory import NAME_LIMIT, Completeness, InventoryRow, Listing, storable
from capacity_sync.testing import strategies

rows = strategies.inventory_rows(strategies.colliding_names, st.sampled_from([None, "1"]))


@given(st.lists(rows, max_size=6), st.data())
def test_a_listing_is_the_immutable_sequence_of_its_rows(rows, data):
    listing = Listing(rows)

    assert (list(listing), len(listing), listing.rows) == (rows, len(rows), tuple(rows))
    assert listing[1:] == tuple(rows[1:])
    if rows:
        assert listing[data.draw(st.integers(0, len(rows) - 1))] in rows
    with pytest.raises(AttributeError):
        listing.rows = ()


@given(st.lists(rows, max_size=6), st.data())
def test_which_of_several_rows_of_a_name_is_taken_does_not_depend_on_their_order(rows, data):
    assert Listing(data.draw(st.permutations(rows))).by_name() == Listing(rows).by_name()


@given(st.lists(rows, max_size=6))
def test_by_name_has_every_name_once_and_sorted(rows):
    by_name = Listing(rows).by_name()

    assert list(by_name) == sorted({row.name for row in rows})
    assert all(row.name == name and row in rows for name, row in by_name.items())


def test_of_several_rows_of_a_name_a_system_one_is_taken_and_one_that_says_more():
    plain, identified, system = InventoryRow("a"), InventoryRow("a", "1"), InventoryRow("a", is_system=True)
    online = InventoryRow("a", state="ONLINE")

    assert Listing([identified, plain]).by_name() == {"a": identified}
    assert Listing([online, plain]).by_name() == {"a": online}
    assert Listing([online, identified]).by_name() == {"a": identified}
    assert Listing([system, identified, plain]).by_name() == {"a": system}


def test_a_listing_claims_to_be_complete_unless_told_otherwise():
    listing = Listing()

    assert (listing.completeness, listing.witness, listing.warnings) == (Completeness.COMPLETE, None, ())


@pytest.mark.parametrize("wrong", [
    {"name": ""}, {"name": "a", "identity": ""}, {"name": "a", "identity": "x" * 129}, {"name": "a", "state": ""},
    {"name": "a", "state": "x" * 33},
])
def test_a_row_that_no_store_could_hold_cannot_be_built(wrong):
    with pytest.raises(ValueError, match=[*wrong][-1]):
        InventoryRow(**wrong)


@pytest.mark.parametrize(("identity", "state"), [(1, 1), (128, 32)])
def test_a_row_at_the_limits_can_be_built(identity, state):
    row = InventoryRow("a", "x" * identity, state="x" * state)

    assert (len(row.identity), len(row.state)) == (identity, state)


@given(strategies.names)
def test_every_name_of_valid_text_up_to_the_limit_is_storable(name):
    assert storable(name)


@given(strategies.unstorable_names)
def test_a_name_too_long_or_with_nul_or_half_a_surrogate_pair_is_not_storable(name):
    assert not storable(name)


@pytest.mark.parametrize(("name", "fits"), [
    ("x" * NAME_LIMIT, True), ("x" * (NAME_LIMIT + 1), False), ("a\0b", False), ("\x01", True),
    (chr(0xD7FF), True), (chr(0xD800), False), (chr(0xDFFF), False), (chr(0xE000), True), (chr(0x10FFFF), True),
])
def test_the_limits_of_storable_names(name, fits):
    assert storable(name) is fits


def test_a_name_holds_two_hundred_and_fifty_five_characters_as_the_legacy_column_does():
    assert NAME_LIMIT == 255


def test_the_words_of_completeness_are_those_of_the_report():
    assert [c.value for c in Completeness] == ["complete", "visible_only", "unknown"]
