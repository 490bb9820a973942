"""What people read: tables and notes on stdout, through rich."""
import io
import sys
from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from capacity_sync.settings.findings import one_line

WIDE = 100_000
"""Columns of what is no terminal: nothing is wrapped or cut."""
STYLES = {"completed": "green", "partial": "yellow", "failed": "bold red", "held": "bold magenta",
          "running": "cyan", "skipped": "cyan", "interrupted": "yellow"}


def console() -> Console:
    """A console on stdout that keeps every character and colours nothing by itself."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDE, highlight=False, markup=False,
                   emoji=False)


def print_table(titles: Mapping[str, bool], rows: Iterable[Iterable[str]]) -> None:
    """*titles* of the columns, each with whether it is a column of numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title, right in titles.items():
        table.add_column(title, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, STYLES.get(cell, "")) for cell in map(one_line, row)))
    out = console()
    with out.capture() as drawn:
        out.print(table)
    out.file.write("".join(f"{line.rstrip()}\n" for line in drawn.get().splitlines()))


def print_lines(lines: Iterable[str]) -> None:
    """Each on its own line however long it is: statements are there to be copied."""
    out = console()
    for line in lines:
        out.print(Text(one_line(line)), soft_wrap=True)


def heading(text: str, status: str) -> None:
    console().print(Text(one_line(text), STYLES.get(status, "bold")), soft_wrap=True)
