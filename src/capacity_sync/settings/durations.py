"""`2h`, `90m` and `1h30m` as seconds."""
import re
from typing import Any

from capacity_sync.settings.findings import Wrong, kind

UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
FORM = re.compile(r"(?:\d{1,9}[dhms])+", re.ASCII)
PART = re.compile(r"(\d+)([dhms])", re.ASCII)
MOST = 366 * 86_400


def duration(value: Any) -> float:
    """*value* in seconds: a number of them, or whole numbers with d, h, m, s.

    Raises: Wrong: neither, or not more than 0, or more than a year.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise Wrong(f"expected a time such as 2h, 90m or 1h30m, got {kind(value)}")
    if isinstance(value, str):
        if not FORM.fullmatch(value):
            raise Wrong(f'"{value[:40]}" is no time; write seconds, or whole numbers with d, h, m, s, such as 1h30m')
        value = sum(int(count) * UNITS[unit] for count, unit in PART.findall(value))
    if not 0 < value <= MOST:
        raise Wrong("expected a time, more than 0 and at most a year")
    return float(value)
