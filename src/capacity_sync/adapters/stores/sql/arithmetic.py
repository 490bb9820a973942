"""Exact whole numbers in SQL, on every dialect the same."""
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, case, cast, func, literal, literal_column, type_coerce

Number = ColumnElement[Any]
CAP = 9_999_999_999
"""Hundredths of a percent: what numeric(10,2) can hold."""
LARGE, SCALED = 2**44, 2**20
"""No database has so many megabytes. A figure above it is nonsense, and its percentage need not be exact."""
LOW_BITS = 31


def whole_mean(dialect: str, figures: Number) -> Number:
    """Of a group's figures that are not NULL, cut to a whole number, however large their sum is."""
    return _MEANS[dialect](figures)


def percent(now: Number, before: Number) -> Number:
    """The change in percent of *before*, two decimals, halves away from zero, capped; of nothing 0."""
    change = now - before
    scale = case((before > LARGE, SCALED), else_=1)
    part, whole = func.abs(change, type_=BigInteger) // scale, before // scale
    rounded = part // whole * 10_000 + (part % whole * 20_000 + whole) // (whole * 2)
    hundredths = case((before <= 0, 0), (part // whole >= CAP // 10_000, CAP), else_=rounded)
    return case((change < 0, -hundredths), else_=hundredths) / literal(100, Integer)


def days_between(dialect: str, first: ColumnElement[Any], last: ColumnElement[Any]) -> Number:
    """Both included."""
    return _DAYS[dialect](first, last) + 1


def _mean_in_sqlite(figures: Number) -> Number:
    """SQLite's sum of integers overflows: https://sqlite.org/lang_aggfunc.html#sumunc. So high and low bits apart."""
    count = func.count(figures)
    high = func.sum(figures.op(">>")(_written(LOW_BITS)), type_=BigInteger)
    low = func.sum(figures.op("&")(_written(2**LOW_BITS - 1)), type_=BigInteger)
    rest = (high % count) * 2**LOW_BITS + low
    mean: Number = (high // count) * 2**LOW_BITS + rest // count
    return mean


def _written(number: int) -> Number:
    """In the text of a statement: SQLite computes equal aggregates once, and two parameters are never equal."""
    return literal_column(str(number), Integer)


def _mean_in_postgresql(figures: Number) -> Number:
    return cast(func.div(func.sum(figures), func.count(figures)), BigInteger)


def _mean_in_mysql(figures: Number) -> Number:
    return type_coerce(func.sum(figures).op("DIV")(func.count(figures)), BigInteger)


def _days_in_sqlite(first: Number, last: Number) -> Number:
    return cast(func.julianday(last) - func.julianday(first), Integer)


def _days_in_postgresql(first: Number, last: Number) -> Number:
    return type_coerce(last - first, Integer)


def _days_in_mysql(first: Number, last: Number) -> Number:
    return func.datediff(last, first, type_=Integer)


_MEANS: Mapping[str, Callable[[Number], Number]] = {
    "sqlite": _mean_in_sqlite, "postgresql": _mean_in_postgresql, "mysql": _mean_in_mysql, "mariadb": _mean_in_mysql,
}
_DAYS: Mapping[str, Callable[[Number, Number], Number]] = {
    "sqlite": _days_in_sqlite, "postgresql": _days_in_postgresql, "mysql": _days_in_mysql, "mariadb": _days_in_mysql,
}
