"""The benchmarks run, on a tenth of their size or less: what they count is right. Their figures are read by people."""
import pytest

from tests.benchmarks import bulk_write


@pytest.mark.parametrize("kind", bulk_write.STORES)
def test_every_way_writes_all_rows(kind, capsys, monkeypatch):
    monkeypatch.setattr(bulk_write, "ROUNDS", 1)
    bulk_write.main(1000, [kind])

    said = capsys.readouterr().out
    assert all(way.__name__ in said for way in bulk_write.WAYS[kind])
    assert f"{kind}: 1000 rows" in said
