"""The small rules of presentation."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.entrypoints.cli.printing import Column, Sheet, as_csv, iec, minute, plain


@pytest.mark.parametrize(("count", "text"), [
    (None, "-"), (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_536, "1.5 KiB"), (-2048, "-2.0 KiB"),
    (1024**3 * 12, "12.0 GiB"), (2**63 - 1, "8.0 EiB"), (2**75, "32768.0 EiB"),
])
def test_bytes_for_the_eye(count, text):
    assert iec(count) == text


@pytest.mark.parametrize(("value", "text"), [
    (True, "yes"), (False, "no"), (None, "-"), ("", "-"), (0, "0"), ("x", "x"),
])
def test_values_for_the_eye(value, text):
    assert plain(value) == text


def test_times_for_the_eye():
    assert minute("2026-02-03T04:05:06.789+00:00") == "2026-02-03 04:05:06"
    assert minute(None) == "-"


@given(st.text())
def test_no_text_cell_of_a_csv_begins_like_a_formula_and_every_text_can_be_read_back(text):
    import csv
    import io

    sheet = Sheet([Column("a"), Column("b")], [{"a": text, "b": -1}])
    [header, [cell, number]] = csv.reader(io.StringIO(as_csv(sheet), newline=""))
    assert (header, number) == (["a", "b"], "-1")
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell in (text, f"'{text}")
