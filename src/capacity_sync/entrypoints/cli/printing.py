"""Data on stdout: a sheet of rows as a table, JSON, CSV or one JSON object per line."""
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

Row = Mapping[str, Any]
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
QUOTED = frozenset(',"\r\n')
STEPS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def iec(count: int | None) -> str:
    """*count* bytes for the eye: `12.4 GiB`; a dash for what is not known."""
    if count is None:
        return "-"
    size, step = float(count), 0
    while abs(size) >= 1024 and step < len(STEPS) - 1:
        size, step = size / 1024, step + 1
    return f"{count} B" if step == 0 else f"{size:.1f} {STEPS[step]}"


def counted(databases: int) -> str:
    return f"{databases} database{'' if databases == 1 else 's'}"


def plain(value: Any) -> str:
    """*value* in a table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None or value == "" else str(value)


def minute(value: str | None) -> str:
    """An ISO time to the second."""
    return "-" if value is None else value[:19].replace("T", " ")


@frozen
class Column:
    """`key` in the machine formats, unless it is only for the eye; a table shows it under `title`, if it has one."""

    key: str
    title: str = ""
    show: Callable[[Any], str] = plain
    right: bool = False
    only_table: bool = False


@frozen
class Sheet:
    columns: tuple[Column, ...] = field(converter=tuple[Column, ...])
    rows: tuple[Row, ...] = field(converter=tuple[Row, ...])

    @property
    def keys(self) -> list[str]:
        """Of the machine formats, in order."""
        return [column.key for column in self.columns if not column.only_table]

    def print(self, form: str, below: Callable[[], None] | None = None) -> None:
        """On stdout in *form*; *below* prints what stands under a table."""
        if form == "table":
            if self.rows:
                from capacity_sync.entrypoints.cli.tables import print_table

                shown = [column for column in self.columns if column.title]
                print_table({column.title: column.right for column in shown},
                            ([column.show(row.get(column.key)) for column in shown] for row in self.rows))
            if below:
                below()
        elif form == "csv":
            write(as_csv(self))
        else:
            whole = [{key: row.get(key) for key in self.keys} for row in self.rows]
            write(as_json(whole) if form == "json" else as_ndjson(whole))


def as_json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_ndjson(rows: Sequence[Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)


def as_csv(sheet: Sheet) -> str:
    """RFC 4180 with line feeds; the csv module would leave a lone carriage return unquoted."""
    lines: list[list[Any]] = [sheet.keys, *([row.get(key) for key in sheet.keys] for row in sheet.rows)]
    return "".join(",".join(map(_cell, line)) + "\n" for line in lines)


def _cell(value: Any) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    text = f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else str(value)
    return '"{}"'.format(text.replace('"', '""')) if QUOTED.intersection(text) else text


def write(text: str) -> None:
    """Machine formats are UTF-8 whatever the locale; a lone surrogate is written `\\udcxx`, as JSON does."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout.write(text)
    sys.stdout.flush()
