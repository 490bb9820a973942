"""Times in fleet.yaml and in options."""
import pytest

from capacity_sync.settings.durations import duration
from capacity_sync.settings.findings import Wrong


@pytest.mark.parametrize(("written", "seconds"), [
    ("2h", 7200), ("90m", 5400), ("1h30m", 5400), ("45s", 45), ("3d", 259_200), ("1d1h1m1s", 90_061), (600, 600),
    (0.5, 0.5), ("366d", 366 * 86_400)])
def test_a_time(written, seconds):
    assert duration(written) == seconds


@pytest.mark.parametrize("written", [
    "", "2", "h", "2 h", "2H", "1.5h", "-2h", "h2", "2h ", "٢h", 0, -1, "0s", "367d", True, None, ["2h"], float("inf"),
    float("nan")])
def test_no_time(written):
    with pytest.raises(Wrong, match="time"):
        duration(written)
