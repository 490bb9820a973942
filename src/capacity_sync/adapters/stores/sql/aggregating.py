"""The statements that aggregate one period, built once for each dialect."""
from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Delete, Insert, Select, Table, case, delete, func, select

from capacity_sync.adapters.stores.sql.database_periods import DatabasePeriods
from capacity_sync.adapters.stores.sql.derived import Derived
from capacity_sync.adapters.stores.sql.instance_periods import InstancePeriods
from capacity_sync.adapters.stores.sql.period_parameters import AT, FIRST, KIND, of_instances, of_period
from capacity_sync.adapters.stores.sql.statements import Statements
from capacity_sync.adapters.stores.sql.tables import database_size_aggregations, instance_size_aggregations, instances
from capacity_sync.domain.calculation import Computed, Level
from capacity_sync.domain.periods import Period

PERIOD = ("period_type", "period_start")
DATABASES = Derived(database_size_aggregations, ("instance_id", "database_name", *PERIOD), "calculated_at",
                    ("created_at",))
INSTANCES = Derived(instance_size_aggregations, ("instance_id", *PERIOD), "calculated_at", ("created_at",))
MOST_IDS = 500
"""In one statement, which names them up to six times and whose parameters have a bound. More of them: all."""


@frozen(eq=False)
class Aggregating:
    """`counts`: of the aggregates of each level, those of the period, the new ones of them, and their instances."""

    databases: Insert
    instances: Insert
    withdrawn: Delete
    asked: Select[Any]
    counts: dict[Level, Select[Any]]

    def run(self, store: Statements, period: Period, instance_ids: Collection[int] | None,
            at: datetime) -> list[Computed]:
        told = of_period(period, instance_ids, at)
        for statement in (self.databases, self.instances, self.withdrawn):
            store.run(statement, [told])
        asked = store.scalar(self.asked, told)
        found = {level: store.rows(counts, told)[0] for level, counts in self.counts.items()}
        return [Computed(period, level, row.new, row.all_ - row.new, asked - row.owners)
                for level, row in found.items()]


@cache
def aggregating(dialect: str, named: bool) -> Aggregating:
    """*named*: for the instances that the parameters name, else for all."""
    totals = InstancePeriods(dialect, named)
    aggregates = instance_size_aggregations
    gone = delete(aggregates).where(*_of_period(aggregates), aggregates.c.instance_id.in_(totals.withdrawn()))
    return Aggregating(
        DATABASES.insert(dialect, DatabasePeriods(dialect, named).query()), INSTANCES.insert(dialect, totals.query()),
        gone, select(func.count()).select_from(instances).where(of_instances(instances.c.id, named)),
        {Level.DATABASES: _counts(database_size_aggregations, named),
         Level.INSTANCES: _counts(instance_size_aggregations, named)})


def _of_period(table: Table) -> list[ColumnElement[bool]]:
    return [table.c.period_type == KIND, table.c.period_start == FIRST]


def _counts(table: Table, named: bool) -> Select[Any]:
    counts: list[ColumnElement[Any]] = [
        func.count().label("all_"), func.count(case((table.c.calculated_at == AT, 1))).label("new"),
        func.count(table.c.instance_id.distinct()).label("owners")]
    chosen = [*_of_period(table), *([of_instances(table.c.instance_id, named)] if named else [])]
    return select(*counts).where(*chosen)
