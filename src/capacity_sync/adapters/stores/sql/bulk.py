"""Values as drivers take them, a column at a time: a look at each value of each row costs more than the writing.

The figures behind it: architecture/decisions/0031.
"""
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import compress, repeat
from operator import is_not, lt
from typing import Any

from sqlalchemy import Date, Table
from sqlalchemy.engine import Dialect

from capacity_sync.adapters.stores.sql.columns import AT_HAND

Values = Mapping[str, Sequence[Any]]
"""Column -> its values, one for each row; all columns have as many."""
AT_ONCE = 10_000
"""Rows in one statement, so that memory stays bounded: a few megabytes."""
STATEMENT_BYTES = 1_000_000
"""Of MySQL's max_allowed_packet (16 MB or more where nobody changed it) as much as PyMySQL fills by itself."""
PLAIN = frozenset({int, float, bool, Decimal, date, datetime})
"""What PostgreSQL reads in an array without quotes."""
BETWEEN = "\x1f"
"""Between texts that are escaped as one: no driver changes it, and if a text has it, each text is escaped alone."""


def in_columns(rows: Sequence[Mapping[str, Any]]) -> Values:
    """*rows*, which all have the same columns."""
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def count(values: Values) -> int:
    return len(next(iter(values.values()), ()))


def part(values: Values, begin: int, end: int | None) -> Values:
    return {name: column[begin:end] for name, column in values.items()}


def portions(values: Values) -> Iterator[Values]:
    """*values* cut into at most `AT_ONCE` rows each; none for no rows."""
    rows = count(values)
    for at in range(0, rows, AT_ONCE):
        yield values if rows <= AT_ONCE else part(values, at, at + AT_ONCE)


def told_apart(values: Values, key: Sequence[str]) -> Values:
    """In the order of *key*, so that no two processes wait for each other's rows; of rows with one key the last."""
    if not key:
        return values
    keys = list(zip(*(values[name] for name in key), strict=True))
    if all(map(lt, keys, keys[1:])):
        return values
    last = {found: at for at, found in enumerate(keys)}
    order = [last[found] for found in sorted(last)]
    return {name: [column[at] for at in order] for name, column in values.items()}


def each_once(convert: Callable[[Any], Any], column: Sequence[Any]) -> list[Any]:
    """*convert* of each value, called once for an object that stands in many rows: a day, an instant."""
    if not varies(column):
        return [convert(value) for value in column[:1]] * len(column)
    objects = dict(zip(map(id, column), column, strict=True))
    made = {key: convert(value) for key, value in objects.items()}
    return list(map(made.__getitem__, map(id, column)))


def varies(column: Sequence[Any]) -> bool:
    """Whether it is not one object all along."""
    return any(map(is_not, column, repeat(next(iter(column), None))))


def converted(values: Values, table: Table, dialect: Dialect) -> Values:
    """*values* as SQLAlchemy would hand them to the driver. Equal days are the same, equal instants need not be."""
    made = dict(values)
    for name, column in values.items():
        kind = table.c[name].type
        convert = kind.dialect_impl(dialect).bind_processor(dialect)
        if convert is not None:
            made[name] = each_once(lru_cache(AT_HAND)(convert) if isinstance(kind, Date) else convert, column)
    return made


def in_groups(values: Values, rows: int) -> Iterator[tuple[Any, ...]]:
    """The values of each *rows* rows, one row after the other; the number of all rows is a multiple of it."""
    width = len(values)
    for at in range(0, count(values), rows):
        group: list[Any] = [None] * (width * rows)
        for place, column in enumerate(values.values()):
            group[place::width] = column[at:at + rows]
        yield tuple(group)


def statements(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """What stands behind VALUES, in as many statements as it takes."""
    texts = list(map(",".join, rows))
    at_once = max(1, STATEMENT_BYTES // max(len(text.encode()) + 3 for text in texts))
    for at in range(0, len(texts), at_once):
        yield f"({'),('.join(texts[at:at + at_once])})"


def array(column: Sequence[Any]) -> str:
    """*column* as PostgreSQL writes an array: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO."""
    filled = [value is not None for value in column]
    texts = iter(_elements(column if all(filled) else list(compress(column, filled))))
    return f"{{{','.join(texts if all(filled) else (next(texts) if here else 'NULL' for here in filled))}}}"


def _elements(column: Sequence[Any]) -> Iterable[str]:
    texts = map(str, column)
    if PLAIN.issuperset(map(type, column)):
        return texts
    return _between_quotes(list(texts), lambda text: text.replace("\\", "\\\\").replace('"', '\\"'), '"')


def literals(column: Sequence[Any], escape: Callable[[Any], str]) -> Iterable[str]:
    """*column* as it stands in a statement; `escape`: the driver's own, of one value."""
    kinds = set(map(type, column))
    if kinds == {int}:
        return map(str, column)
    if kinds == {str}:
        return _between_quotes(column, lambda text: escape(text)[1:-1], "'")
    return each_once(escape, column)


def _between_quotes(texts: Sequence[str], escape: Callable[[str], str], quote: str) -> list[str]:
    """Each of *texts* escaped and between two *quote*: all at once, for a call costs more than a name is long."""
    joined = BETWEEN.join(texts)
    if joined.count(BETWEEN) >= len(texts):
        return [f"{quote}{escape(text)}{quote}" for text in texts]
    return f"{quote}{escape(joined).replace(BETWEEN, f'{quote}{BETWEEN}{quote}')}{quote}".split(BETWEEN)
