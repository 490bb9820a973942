"""The benchmarks run, on a tenth of their size or less: what they count is right. Their figures are read by people."""
import pytest

from tests.benchmarks import aggregation, bulk_write, sync_ratio


@pytest.mark.parametrize("kind", bulk_write.STORES)
def test_every_way_writes_all_rows(kind, capsys, monkeypatch):
    monkeypatch.setattr(bulk_write, "ROUNDS", 1)
    bulk_write.main(1000, [kind])

    said = capsys.readouterr().out
    assert all(way.__name__ in said for way in bulk_write.WAYS[kind])
    assert f"{kind}: 1000 rows" in said


def test_a_sync_is_compared_with_its_own_statements(capsys, monkeypatch):
    sync_ratio.main(2, 2, 1)

    said = capsys.readouterr().out
    assert "mysql: 2 databases, 7 statements" in said
    assert "postgresql: 3 databases, 3 statements" in said


def test_aggregation_comes_to_what_the_plain_sql_comes_to(capsys, monkeypatch):
    monkeypatch.setattr(aggregation, "ROUNDS", 1)
    aggregation.main("sqlite", 4, 10, 120, 60)

    said = capsys.readouterr().out
    assert "one day after 120 days of history" in said
    assert said.count("sequential scans over history: none") == 2
