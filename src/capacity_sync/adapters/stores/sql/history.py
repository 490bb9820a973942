"""Pages and summaries over `database_size_stats` and `instance_size_stats`: one or two statements each."""
from collections.abc import Callable, Iterable, Sequence
from typing import Any, final

from attrs import frozen
from sqlalchemy import ColumnElement, FromClause, Row, Select, Table, and_, case, false, func, or_, select

from capacity_sync.adapters.stores.sql.capacity import SIZE, size_of, total_of
from capacity_sync.adapters.stores.sql.newest import newest_sizes, newest_totals
from capacity_sync.adapters.stores.sql.ordering import by_code_point
from capacity_sync.adapters.stores.sql.statements import Statements
from capacity_sync.adapters.stores.sql.tables import database_size_stats, instance_size_stats, instances
from capacity_sync.domain.capacity import MIB
from capacity_sync.domain.history import Choice, Cut, Owner, Page, SizeOfDay, Summary, TotalOfDay
from capacity_sync.ports import CapacityHistory

Condition = ColumnElement[bool]
Sameness = Callable[[FromClause, FromClause], Condition]


@final
@frozen
class SqlHistory(CapacityHistory):
    store: Statements

    def sizes(self, choice: Choice, cut: Cut) -> Page[SizeOfDay]:
        name = by_code_point(self.store.connection.dialect.name, database_size_stats.c.database_name)
        rows, count = self._page(database_size_stats, SIZE, choice, cut, name)
        return Page((SizeOfDay(_owner(row), size_of(row)) for row in rows), count)

    def totals(self, choice: Choice, cut: Cut) -> Page[TotalOfDay]:
        rows, count = self._page(instance_size_stats, instance_size_stats.c, choice, cut)
        return Page(map(_total, rows), count)

    def size_summary(self, choice: Choice) -> Summary:
        return self._summary(_compared(database_size_stats, choice, "size", _same_measure))

    def total_summary(self, choice: Choice) -> Summary:
        return self._summary(_compared(instance_size_stats, choice, "total_size", _both_complete))

    def newest_sizes(self) -> Sequence[SizeOfDay]:
        rows = (SizeOfDay(_owner(row), size_of(row)) for row in self.store.rows(newest_sizes()))
        return sorted(rows, key=lambda row: (row.owner.instance_id, row.size.database_name))

    def newest_totals(self) -> Sequence[TotalOfDay]:
        return sorted(map(_total, self.store.rows(newest_totals())), key=lambda row: row.owner.instance_id)

    def _page(self, table: Table, columns: Iterable[ColumnElement[Any]], choice: Choice, cut: Cut,
              *order: ColumnElement[Any]) -> tuple[list[Row[Any]], int]:
        chosen, owned = _chosen(table, choice), table.join(instances, instances.c.id == table.c.instance_id)
        owner = table.c.instance_id.label("owner_id"), instances.c.name.label("owner"), instances.c.db_type
        query = select(*columns, *owner).select_from(owned).where(*chosen)
        newest_first = query.order_by(table.c.collected_date.desc(), table.c.instance_id, *order)
        count = self.store.scalar(select(func.count()).select_from(owned).where(*chosen))
        return list(self.store.rows(newest_first.limit(cut.limit).offset(cut.offset))), int(count)

    def _summary(self, query: Select[Any]) -> Summary:
        row = self.store.rows(query)[0]
        known = row.with_bytes == row.count_ and row.count_ > 0
        return Summary(
            instances=row.instances, count=row.count_, megabytes=int(row.megabytes or 0),
            bytes=int(row.bytes) if known else None, largest_mb=row.largest_mb or 0,
            compared=int(row.compared or 0), before=int(row.before or 0), after=int(row.after or 0),
        )


def _total(row: Row[Any]) -> TotalOfDay:
    return TotalOfDay(_owner(row), row.collected_date, row.collected_at, total_of(row))


def _owner(row: Row[Any]) -> Owner:
    return Owner(row.owner_id, row.owner, row.db_type)


def _chosen(rows: FromClause, choice: Choice) -> list[Condition]:
    """*rows*: one of the two tables, or an alias of it."""
    c, conditions = rows.c, list[Condition]()
    if choice.first_day is not None:
        conditions.append(c.collected_date >= choice.first_day)
    if choice.last_day is not None:
        conditions.append(c.collected_date <= choice.last_day)
    if choice.instance_ids:
        conditions.append(c.instance_id.in_(sorted(choice.instance_ids)))
    if choice.engines:
        of_engines = select(instances.c.id).where(instances.c.db_type.in_(sorted(choice.engines)))
        conditions.append(c.instance_id.in_(of_engines))
    if "is_deleted" in c:
        conditions.append(c.is_deleted == false())
    elif choice.database_name is not None:
        conditions.append(c.database_name == choice.database_name)
    return conditions


def _compared(table: Table, choice: Choice, size: str, same: Sameness) -> Select[Any]:
    """The figures of a `Summary`: each instance's rows of its last chosen day, beside those of its first."""
    now, then = table.alias("now"), table.alias("then")
    days = select(table.c.instance_id, func.min(table.c.collected_date).label("first_day"),
                  func.max(table.c.collected_date).label("last_day"),
                  ).where(*_chosen(table, choice)).group_by(table.c.instance_id).subquery("days")
    last = and_(now.c.instance_id == days.c.instance_id, now.c.collected_date == days.c.last_day)
    first = and_(then.c.instance_id == days.c.instance_id, then.c.collected_date == days.c.first_day,
                 days.c.first_day < days.c.last_day, *_chosen(then, choice),
                 *([then.c.database_name == now.c.database_name] if "database_name" in table.c else []))
    joined = days.join(now, last).outerjoin(then, first)
    return _figures(now, then, size, and_(then.c.id.is_not(None), same(then, now))).select_from(joined).where(
        *_chosen(now, choice))


def _figures(now: FromClause, then: FromClause, size: str, same: Condition) -> Select[Any]:
    megabytes, exact = f"{size}_mb", f"{size}_bytes"
    in_bytes = and_(now.c[exact].is_not(None), then.c[exact].is_not(None))

    def summed(rows: FromClause) -> ColumnElement[Any]:
        return func.sum(case((same, case((in_bytes, rows.c[exact]), else_=rows.c[megabytes] * MIB)), else_=0))

    return select(
        func.count(now.c.instance_id.distinct()).label("instances"), func.count().label("count_"),
        func.sum(now.c[megabytes]).label("megabytes"), func.sum(now.c[exact]).label("bytes"),
        func.count(now.c[exact]).label("with_bytes"), func.max(now.c[megabytes]).label("largest_mb"),
        func.sum(case((same, 1), else_=0)).label("compared"), summed(then).label("before"),
        summed(now).label("after"),
    )


def _same_measure(then: FromClause, now: FromClause) -> Condition:
    return and_(*(or_(then.c[key].is_(None), now.c[key].is_(None), then.c[key] == now.c[key])
                  for key in ("identity", "method", "basis")))


def _both_complete(then: FromClause, now: FromClause) -> Condition:
    """A legacy row does not say how many databases were expected: it counts as complete."""
    return and_(*(func.coalesce(rows.c.measured_count, rows.c.database_count)
                  == func.coalesce(rows.c.expected_count, rows.c.database_count) for rows in (then, now)))
