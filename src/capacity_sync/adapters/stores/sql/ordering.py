"""The order of code points, in stores whose columns may have another."""
from typing import Any

from sqlalchemy import ColumnElement, collate

COLLATIONS = {"postgresql": "C"}


def by_code_point(dialect: str, name: ColumnElement[Any]) -> ColumnElement[Any]:
    collation = COLLATIONS.get(dialect)
    return collate(name, collation) if collation else name
