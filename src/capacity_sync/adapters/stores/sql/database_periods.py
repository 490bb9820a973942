"""The aggregates of one period's databases, all in one query over `database_size_stats`."""
from collections.abc import Collection
from typing import Any

from attrs import frozen
from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Label,
    Select,
    String,
    Subquery,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    true,
)

from capacity_sync.adapters.stores.sql.arithmetic import days_between, percent, whole_mean
from capacity_sync.adapters.stores.sql.ordering import by_code_point
from capacity_sync.adapters.stores.sql.period_parameters import (
    AT,
    FIRST,
    FIRST_BEFORE,
    KIND,
    LAST,
    LAST_BEFORE,
    of_instances,
)
from capacity_sync.adapters.stores.sql.tables import database_size_stats, instance_databases
from capacity_sync.domain.growth import Comparison

Value = ColumnElement[Any]
Condition = ColumnElement[bool]
sizes, known = database_size_stats, instance_databases
LEGACY = ("size_mb", "data_size_mb", "log_size_mb")
WAYS = ("identity", "method", "basis")


@frozen(eq=False)
class DatabasePeriods:
    """`named`: of the instances that the parameters name, else of all."""

    dialect: str
    named: bool

    def query(self) -> Select[Any]:
        """One row per database with sizes in the period, its columns named like those of the aggregates."""
        f = self._figures().c
        first_known = case((f.first_seen.is_(None) | (f.first_seen <= FIRST), FIRST),
                           (f.first_seen < f.first_day, f.first_seen), else_=f.first_day)
        return select(
            f.instance_id, f.database_name, KIND.label("period_type"), FIRST.label("period_start"),
            LAST.label("period_end"), f.rows.label("data_count"), f.rows.label("days_observed"),
            days_between(self.dialect, first_known, LAST).label("days_expected"),
            *(f[f"{of}_{size}"] for size in (*LEGACY, "size_bytes") for of in ("avg", "max", "min")),
            f.first_size_bytes, f.last_size_bytes, f.comparison, *_changes(f),
            AT.label("calculated_at"), AT.label("created_at"),
        ).where(true())

    def _figures(self) -> Subquery:
        """Each database's own figures, those of the same database in the previous period, and how they compare."""
        now = self._grouped(FIRST, LAST, OF).cte("now")
        before = self._grouped(FIRST_BEFORE, LAST_BEFORE, OF[:1]).cte("before")
        renamed = self._renamed(now, before)
        then, first, last = before.alias("then"), sizes.alias("first"), sizes.alias("last")
        joined = now.outerjoin(renamed, _same(renamed, now)).outerjoin(then, and_(
            then.c.instance_id == now.c.instance_id,
            then.c.database_name == func.coalesce(renamed.c.old_name, now.c.database_name)))
        for day, column in ((first, now.c.first_day), (last, now.c.last_day)):
            joined = joined.outerjoin(day, and_(_same(day, now), day.c.collected_date == column))
        joined = joined.outerjoin(known, _same(known, now))
        uniform = and_(*(_one(now, way) for way in WAYS))
        return select(
            *now.c, *(then.c[f"avg_{size}"].label(f"before_{size}") for size in (*LEGACY, "size_bytes")),
            case((uniform, first.c.size_bytes), else_=null()).label("first_size_bytes"),
            last.c.size_bytes.label("last_size_bytes"), known.c.first_seen_date.label("first_seen"),
            _comparison(now, then).label("comparison"),
        ).select_from(joined).subquery("figures")

    def _grouped(self, first: Value, last: Value, of: Collection[str]) -> Select[Any]:
        """Of each size its average, maximum and minimum, or only those asked for: nobody else leaves them out."""
        c = sizes.c
        exact = func.count(c.size_bytes) == func.count()
        return select(
            c.instance_id, c.database_name, func.count().label("rows"),
            *(self._of(one, c[size]).label(f"{one}_{size}") for size in LEGACY for one in of),
            *(case((exact, self._of(one, c.size_bytes))).label(f"{one}_size_bytes") for one in of),
            func.min(c.collected_date).label("first_day"), func.max(c.collected_date).label("last_day"),
            *(extreme(c[way]).label(f"{of}_{way}") for way in WAYS for of, extreme in EXTREMES),
        ).where(of_instances(c.instance_id, self.named), c.collected_date.between(first, last)).group_by(
            c.instance_id, c.database_name)

    def _of(self, one: str, figures: Value) -> Value:
        return {"avg": whole_mean(self.dialect, figures), "max": func.max(figures), "min": func.min(figures)}[one]

    def _renamed(self, now: CTE, before: CTE) -> Subquery:
        """By new name the last old one of the same identity, unless the previous period has the new one."""
        old, own = before.alias("old"), before.alias("own")
        by_identity = and_(
            old.c.instance_id == now.c.instance_id, old.c.min_identity == now.c.min_identity,
            old.c.min_identity == old.c.max_identity, now.c.min_identity == now.c.max_identity,
            old.c.database_name != now.c.database_name)
        name = by_code_point(self.dialect, old.c.database_name)
        rank = func.row_number().over(partition_by=(now.c.instance_id, now.c.database_name),
                                      order_by=(old.c.last_day.desc(), name.desc()))
        ranked = select(
            now.c.instance_id, now.c.database_name, old.c.database_name.label("old_name"), rank.label("rank_"),
        ).select_from(now.join(old, by_identity).outerjoin(own, _same(own, now))).where(
            or_(own.c.database_name.is_(None), ~_alike(now, own, "identity"))).subquery("ranked")
        return select(ranked).where(ranked.c.rank_ == 1).subquery("renamed")


OF = ("avg", "max", "min")
EXTREMES = (("min", func.min), ("max", func.max))


def _same(rows: FromClause, now: FromClause) -> Condition:
    return and_(rows.c.instance_id == now.c.instance_id, rows.c.database_name == now.c.database_name)


def _one(rows: FromClause, way: str) -> Condition:
    """What is not known contradicts nothing."""
    low, high = rows.c[f"min_{way}"], rows.c[f"max_{way}"]
    return or_(low.is_(None), low == high)


def _alike(now: FromClause, then: FromClause, way: str) -> Condition:
    one, other = now.c[f"min_{way}"], then.c[f"min_{way}"]
    return and_(_one(now, way), _one(then, way), or_(one.is_(None), other.is_(None), one == other))


def _comparison(now: FromClause, then: FromClause) -> Value:
    remeasured = literal(Comparison.REMEASURED.value, String)
    return case(
        (~_one(now, "identity"), literal(Comparison.RECREATED.value, String)),
        (or_(~_one(now, "method"), ~_one(now, "basis")), remeasured),
        (then.c.database_name.is_(None), Comparison.NO_PREVIOUS.value),
        (~_alike(now, then, "identity"), Comparison.RECREATED.value),
        (or_(~_alike(now, then, "method"), ~_alike(now, then, "basis")), remeasured),
        else_=Comparison.COMPARED.value,
    )


def _changes(f: Any) -> list[Label[Any]]:
    found = list[Label[Any]]()
    for size in LEGACY:
        now, before = f[f"avg_{size}"], f[f"before_{size}"]
        comparable = and_(f.comparison == Comparison.COMPARED.value, before.is_not(None))
        change, rate = case((comparable, now - before), else_=0), case((comparable, percent(now, before)), else_=0)
        stem = size.removesuffix("_mb")
        found += [case((now.is_not(None), change)).label(f"{stem}_change_mb"),
                  case((now.is_not(None), rate)).label(f"{stem}_change_percent")]
        if size == "size_mb":
            found.append(rate.label("growth_rate"))
    exact = case((f.comparison == Comparison.COMPARED.value, f.avg_size_bytes - f.before_size_bytes))
    return [*found, exact.label("size_change_bytes")]
