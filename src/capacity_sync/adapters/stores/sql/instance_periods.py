"""The aggregates of one period's instances, all in one query over `instance_size_stats`."""
from typing import Any

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Label,
    Select,
    String,
    Subquery,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)

from capacity_sync.adapters.stores.sql.arithmetic import days_between, percent, whole_mean
from capacity_sync.adapters.stores.sql.period_parameters import (
    AT,
    FIRST,
    FIRST_BEFORE,
    KIND,
    LAST,
    LAST_BEFORE,
    of_instances,
)
from capacity_sync.adapters.stores.sql.tables import (
    NOT_WITHDRAWN,
    WITHDRAWN,
    database_size_aggregations,
    instance_databases,
    instance_size_stats,
)
from capacity_sync.domain.growth import TREND_PERCENT, Comparison, Trend

Value = ColumnElement[Any]
Condition = ColumnElement[bool]
totals, known, databases = instance_size_stats, instance_databases, database_size_aggregations
COUNT = func.coalesce(totals.c.measured_count, totals.c.database_count)
COMPLETE = func.coalesce(totals.c.expected_count, totals.c.database_count) == COUNT
"""A legacy row does not say how many databases were expected: it counts as complete."""


def whole(figure: Value) -> Value:
    """*figure* on complete days, else NULL."""
    return case((COMPLETE, figure))


@frozen(eq=False)
class InstancePeriods:
    """`named`: of the instances that the parameters name, else of all.

    Its databases' aggregates of the period are computed already.
    """

    dialect: str
    named: bool

    def query(self) -> Select[Any]:
        """One row per instance with totals in the period, its columns named like those of the aggregates."""
        f = self._figures().c
        first_known = case((f.first_seen.is_(None) | (f.first_seen <= FIRST), FIRST),
                           (f.first_seen < f.first_day, f.first_seen), else_=f.first_day)
        return select(
            f.instance_id, KIND.label("period_type"), FIRST.label("period_start"), LAST.label("period_end"),
            f.avg_size_mb.label("total_size_mb"), f.avg_size_mb, f.max_size_mb, f.min_size_mb,
            f.rows.label("data_count"), f.avg_database_count.label("database_count"), f.avg_database_count,
            f.max_database_count, f.min_database_count, f.avg_size_bytes, f.max_size_bytes, f.min_size_bytes,
            f.first_size_bytes, f.last_size_bytes, f.whole_days.label("days_observed"),
            days_between(self.dialect, first_known, LAST).label("days_expected"), f.comparison,
            *_changes(f), AT.label("calculated_at"), AT.label("created_at"),
        ).where(true())

    def withdrawn(self) -> Select[Any]:
        """Instances all of whose totals of the period were withdrawn."""
        live = totals.alias("live")
        others = exists().where(live.c.instance_id == totals.c.instance_id, live.c.is_deleted == false(),
                                live.c.collected_date.between(FIRST, LAST))
        return self._of_period(select(totals.c.instance_id), FIRST, LAST).where(WITHDRAWN, ~others)

    def _figures(self) -> Subquery:
        now, then = self._grouped(FIRST, LAST, "now"), self._grouped(FIRST_BEFORE, LAST_BEFORE, "then")
        first, last = totals.alias("first"), totals.alias("last")
        seen = select(known.c.instance_id, func.min(known.c.first_seen_date).label("first_seen")).where(
            of_instances(known.c.instance_id, self.named)).group_by(known.c.instance_id).subquery("seen")
        joined = now.outerjoin(then, then.c.instance_id == now.c.instance_id)
        for day, column in ((first, now.c.first_whole_day), (last, now.c.last_whole_day)):
            joined = joined.outerjoin(day, and_(day.c.instance_id == now.c.instance_id, day.c.collected_date == column,
                                                day.c.is_deleted == false()))
        joined = joined.outerjoin(seen, seen.c.instance_id == now.c.instance_id)
        comparison = self._comparison(now, then)
        same = comparison != Comparison.REMEASURED.value
        return select(
            *now.c, *(then.c[key].label(f"before_{key}") for key in ("whole_mb", "whole_count", "avg_size_bytes")),
            case((same, first.c.total_size_bytes)).label("first_size_bytes"),
            last.c.total_size_bytes.label("last_size_bytes"), seen.c.first_seen, comparison.label("comparison"),
        ).select_from(joined).subquery("figures")

    def _grouped(self, begin: Value, end: Value, name: str) -> Subquery:
        c, exact, mean = totals.c, whole(totals.c.total_size_bytes), self._mean
        known_bytes = func.count(exact) == func.count(whole(COUNT))
        query = select(
            c.instance_id, func.count().label("rows"), func.count(whole(COUNT)).label("whole_days"),
            mean(c.total_size_mb).label("avg_size_mb"), func.max(c.total_size_mb).label("max_size_mb"),
            func.min(c.total_size_mb).label("min_size_mb"), mean(COUNT).label("avg_database_count"),
            func.max(COUNT).label("max_database_count"), func.min(COUNT).label("min_database_count"),
            mean(whole(c.total_size_mb)).label("whole_mb"), mean(whole(COUNT)).label("whole_count"),
            case((known_bytes, mean(exact))).label("avg_size_bytes"),
            case((known_bytes, func.max(exact))).label("max_size_bytes"),
            case((known_bytes, func.min(exact))).label("min_size_bytes"),
            func.min(c.collected_date).label("first_day"),
            func.min(whole(c.collected_date)).label("first_whole_day"),
            func.max(whole(c.collected_date)).label("last_whole_day"),
        ).where(NOT_WITHDRAWN)
        return self._of_period(query, begin, end).group_by(c.instance_id).subquery(name)

    def _mean(self, figures: Value) -> Value:
        return whole_mean(self.dialect, figures)

    def _of_period(self, query: Select[Any], begin: Value, end: Value) -> Select[Any]:
        return query.where(of_instances(totals.c.instance_id, self.named), totals.c.collected_date.between(begin, end))

    @staticmethod
    def _comparison(now: FromClause, then: FromClause) -> Value:
        d = databases.c
        remeasured = select(d.instance_id).where(
            d.period_type == KIND, d.period_start == FIRST, d.comparison == Comparison.REMEASURED.value)
        return case(
            (then.c.instance_id.is_(None), literal(Comparison.NO_PREVIOUS.value, String)),
            (or_(now.c.whole_days == 0, then.c.whole_days == 0), Comparison.PARTIAL.value),
            (now.c.instance_id.in_(remeasured), Comparison.REMEASURED.value),
            else_=Comparison.COMPARED.value,
        )


def _changes(f: Any) -> list[Label[Any]]:
    same = f.comparison == Comparison.COMPARED.value
    counted = and_(f.whole_count.is_not(None), f.before_whole_count.is_not(None))
    rate = case((same, percent(f.whole_mb, f.before_whole_mb)), else_=0)
    count_rate = percent(f.whole_count, f.before_whole_count)
    trend = case((rate > TREND_PERCENT, literal(Trend.GROWING.value, String)),
                 (rate < -TREND_PERCENT, Trend.SHRINKING.value), else_=Trend.STABLE.value)
    return [
        case((same, f.whole_mb - f.before_whole_mb), else_=0).label("total_size_change_mb"),
        rate.label("total_size_change_percent"), rate.label("growth_rate"), trend.label("trend_direction"),
        case((counted, f.whole_count - f.before_whole_count), else_=0).label("database_count_change"),
        case((counted, count_rate), else_=0).label("database_count_change_percent"),
        case((same, f.avg_size_bytes - f.before_avg_size_bytes)).label("total_size_change_bytes"),
    ]
