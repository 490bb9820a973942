"""`2TiB` and `500GB` as bytes."""
import re
from decimal import Decimal
from typing import Any

from capacity_sync.settings.findings import Wrong, kind

UNITS = {"B": 1} | {prefix + suffix: base**power
                    for power, prefix in enumerate("KMGTPE", start=1)
                    for suffix, base in (("B", 1000), ("IB", 1024))}
FORM = re.compile(r"(\d{1,18}(?:\.\d{1,9})?)\s*([A-Za-z]+)", re.ASCII)


def byte_count(value: Any) -> int:
    """*value* in bytes: IEC units (`KiB` = 1024) and SI units (`KB` = 1000), in any case.

    Raises: Wrong: neither a number nor text, no such unit, or less than one byte.
    """
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise Wrong(f"expected bytes such as 2TiB or 500GB, got {kind(value)}")
    if isinstance(value, int):
        return _at_least_one(value)
    match = FORM.fullmatch(value.strip())
    unit = UNITS.get(match[2].upper()) if match else None
    if match is None or unit is None:
        raise Wrong(f'"{value[:40]}" is no size; write bytes, or a number with B, KiB, MiB, GiB, TiB, PiB, EiB '
                    "(1024) or KB, MB, GB, TB, PB, EB (1000)")
    return _at_least_one(int(Decimal(match[1]) * unit))


def _at_least_one(count: int) -> int:
    if not 1 <= count < 2**63:
        raise Wrong("expected at least one byte and less than 8 EiB")
    return count
