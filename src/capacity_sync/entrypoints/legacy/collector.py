"""The old service's class: one instance, one connection, dicts in and dicts out."""
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, final

from attrs import define, field, frozen

from capacity_sync.container import Container
from capacity_sync.domain.capacity import Unmeasured
from capacity_sync.domain.inventory import Listing
from capacity_sync.domain.outcomes import EngineError, Failure, InternalFailure, as_engine_error, error_for
from capacity_sync.domain.stamp import Stamp
from capacity_sync.entrypoints.hosts import Adoption
from capacity_sync.entrypoints.legacy.rows import (
    Row,
    inventory_summary,
    listing_of,
    metadata_row,
    size_row,
    stored_rows,
)
from capacity_sync.entrypoints.legacy.verdicts import nothing_came, what_failed
from capacity_sync.entrypoints.site import current_site
from capacity_sync.ports import Connection
from capacity_sync.use_cases.run import RunContext
from capacity_sync.use_cases.steps import SyncSteps, Visit


@final
@frozen
class _NotOpen(Connection):
    """For what only the store is asked for."""

    def close(self) -> None: ...


@define
class DatabaseSizeCollectorService:
    """`instance`: an object of the host application, or an `Instance`.

    `container`: by default that of the current Flask app's extension, else one made from the environment. One
    connection is one run: the clock is read when it opens, and `collected_date` is that instant's date in the
    configured zone, by default Asia/Shanghai. Beyond the old interface, `unmeasured` and `warnings` say what the
    dicts cannot. Raises: EngineError: of the instance; StoreFailed: of the store.
    """

    instance: Any
    container: Container = field(factory=lambda: current_site().container, kw_only=True)
    unmeasured: list[Unmeasured] = field(factory=list, init=False)
    warnings: list[Failure] = field(factory=list, init=False)
    _visit: Visit | None = field(default=None, init=False)
    _refusal: EngineError | None = field(default=None, init=False)
    _listing: Listing | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.disconnect()

    def connect(self) -> bool:
        """False when the instance cannot be reached; whatever needs the connection then raises why."""
        if self._visit is None:
            try:
                with as_engine_error():
                    there = self._unconnected()
                    self._visit = self._steps.enter(there.instance, there.run)
                self._refusal = None
            except EngineError as error:
                self._refusal = error
        return self._visit is not None

    def disconnect(self) -> None:
        """Twice is once."""
        visit, self._visit, self._listing = self._visit, None, None
        if visit is not None:
            try:
                with as_engine_error():
                    visit.connection.close()
            except EngineError as error:
                self.warnings.append(error.failure)

    def fetch_databases_metadata(self) -> list[Row]:
        """`database_name` and `is_system` of every database, before filters."""
        visit = self._connected()
        listing = self._listing = self._steps.listing(visit)
        rows = listing.by_name()
        return [metadata_row(rows[name]) for name in _shown_names(visit, listing)]

    def sync_instance_databases(self, metadata: Iterable[Mapping[str, Any]]) -> Row:
        """Make the inventory follow *metadata*, under the guard and the filters. Needs no connection."""
        visit = self._visit or self._unconnected()
        fetched = Listing() if self._listing is None else self._listing
        left_out = fetched.by_name().keys() - set(_shown_names(visit, fetched))
        return self._synchronized(visit, listing_of(metadata, fetched, left_out))

    def synchronize_database_inventory(self) -> Row:
        """Fetch and synchronize in one."""
        visit = self._connected()
        self._listing = self._steps.listing(visit)
        return self._synchronized(visit, self._listing)

    def _synchronized(self, visit: Visit, listing: Listing) -> Row:
        self.warnings.extend((*listing.warnings, *([listing.witness] if listing.witness else ())))
        return inventory_summary(self._steps.synchronize(visit, listing))

    def collect_database_sizes(self, target_databases: Collection[str] | None = None) -> list[Row]:
        """Sizes of *target_databases* without the filtered ones; None: of all; empty: none, and no query is run.

        Raises: EngineError: there are databases to measure, and none could be.
        """
        visit = self._connected()
        if target_databases is not None and not target_databases:
            return []
        listing = self._listing = self._steps.listing(visit) if self._listing is None else self._listing
        impossible = self._impossible(visit, listing) if target_databases is None else {}
        named = _shown_names(visit, listing) if target_databases is None else dict.fromkeys(target_databases)
        measured = self._steps.measure(visit, [n for n in self._steps.wanted(visit, named) if n not in impossible])
        lost = [*measured.unmeasured, *impossible.values()]
        self.unmeasured.extend(lost)
        self.warnings.extend(measured.warnings)
        if not measured.rows:
            self._refuse_nothing(visit, lost, everything=target_databases is None)
        system, rounding = {row.name for row in listing if row.is_system}, visit.adapter.traits.mb_rounding
        return [size_row(row, rounding, visit.run.stamp, system) for row in measured]

    def _impossible(self, visit: Visit, listing: Listing) -> dict[str, Unmeasured]:
        """The databases of which the listing says that no size can exist, without the filtered ones."""
        wanted = self._steps.wanted(visit, _shown_names(visit, listing))
        return {row.name: Unmeasured(row.name, row.unmeasurable) for name, row in listing.by_name().items()
                if name in wanted and row.unmeasurable is not None}

    def _refuse_nothing(self, visit: Visit, lost: Sequence[Unmeasured], *, everything: bool) -> None:
        if lost:
            raise error_for(lost[0].failure)
        active = self._steps.wanted(visit, self._steps.active(visit)) if everything else ()
        if active:
            raise error_for(nothing_came(len(active)))

    def save_collected_data(self, data: Iterable[Mapping[str, Any]]) -> int:
        """The number of rows written: those that do not worsen their day. Needs no connection."""
        visit = self._visit or self._unconnected()
        return self._steps.save_sizes(visit, stored_rows(data, visit.run.stamp))

    def save_instance_size_stat(self, data: Iterable[Mapping[str, Any]]) -> bool:
        """The total of each day in *data*; False when there is nothing to sum. Needs no connection."""
        visit = self._visit or self._unconnected()
        sizes = stored_rows(data, visit.run.stamp)
        stamps = {size.collected_date: Stamp(size.collected_at, size.collected_date) for size in sizes}
        totals = [self._steps.save_total(visit, stamp, [s for s in sizes if s.collected_date == day])
                  for day, stamp in stamps.items()]
        return any(total is not None for total in totals)

    def update_instance_total_size(self) -> bool:
        """Today's total anew, from what is stored; False when there is nothing to sum. Needs no connection."""
        visit = self._visit or self._unconnected()
        return self._steps.save_total(visit, visit.run.stamp) is not None

    def collect_and_save(self) -> int:
        """Inventory, sizes and total; the number of size rows written.

        Raises: EngineError: also when databases are active and not one could be measured; the inventory stays.
        """
        report = self.container.coordinator().collect_and_save_over(self._connected())
        self.warnings.extend(report.warnings)
        self.unmeasured.extend(report.capacity.unmeasured if report.capacity else ())
        failure = what_failed(report)
        if failure is not None:
            raise error_for(failure)
        return report.capacity.saved if report.capacity else 0

    @property
    def _steps(self) -> SyncSteps:
        return self.container.coordinator().steps

    def _connected(self) -> Visit:
        if self._visit is None:
            raise self._refusal or InternalFailure("not connected", remedy="call connect() or use `with`")
        return self._visit

    def _unconnected(self) -> Visit:
        engines, config = self.container.engines(), self.container.config
        instance = Adoption(engines, config.instance_defaults()).legacy_instance(self.instance)
        stamp = Stamp.of(self.container.clock().stamp().at, config.legacy_timezone())
        return Visit(instance, engines.adapter(instance.engine), _NotOpen(), RunContext(stamp))


def _shown_names(visit: Visit, listing: Listing) -> list[str]:
    """The names in *listing*, sorted, without system databases where these are left out."""
    system_too = visit.instance.wants_system(visit.adapter.traits)
    return [name for name, row in listing.by_name().items() if system_too or not row.is_system]
