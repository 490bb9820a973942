"""What a horizon leaves behind in the store in memory: what the SQL store's statements are compared with."""
from collections.abc import Callable, Collection, MutableMapping, Sequence
from datetime import date, datetime
from typing import Any, final

from attrs import frozen

from capacity_sync.domain.capacity import InstanceTotal, StoredSize
from capacity_sync.domain.retention import Kind
from capacity_sync.domain.sync_report import RunRecord
from capacity_sync.ports import RetentionRepository


@final
@frozen
class MemoryRetention(RetentionRepository):
    """`active`: the ids of instances, and the (id, name) of databases."""

    active: Collection[int | tuple[int, str]]
    sizes: MutableMapping[tuple[int, date, str], StoredSize]
    totals: MutableMapping[tuple[int, date], InstanceTotal]
    totalled: MutableMapping[tuple[int, date], datetime]
    runs: MutableMapping[str, RunRecord]

    def count(self, kind: Kind, horizon: date) -> int:
        return len(self._doomed(kind, horizon))

    def partitions(self, kind: Kind, horizon: date) -> Sequence[str]:
        return ()

    def drop(self, kind: Kind, partition: str, horizon: date) -> int:
        return 0

    def owners(self, kind: Kind, horizon: date) -> Sequence[int]:
        keys: dict[Kind, Collection[Any]] = {Kind.SIZES: self.sizes, Kind.TOTALS: self.totalled, Kind.RUNS: ()}
        return sorted({key[0] for key in keys[kind] if key[1] < horizon})

    def delete(self, kind: Kind, horizon: date, limit: int, instance_id: int | None = None) -> int:
        tables: dict[Kind, MutableMapping[Any, Any]] = {
            Kind.SIZES: self.sizes, Kind.TOTALS: self.totalled, Kind.RUNS: self.runs}
        doomed = [key for key in self._doomed(kind, horizon) if instance_id is None or key[0] == instance_id][:limit]
        for key in doomed:
            del tables[kind][key]
            if kind is Kind.TOTALS:
                self.totals.pop(key, None)
        return len(doomed)

    def _doomed(self, kind: Kind, horizon: date) -> list[Any]:
        """Keys of what is to go, oldest first."""
        if kind is Kind.RUNS:
            return self._doomed_runs(horizon)
        if kind is Kind.SIZES:
            return self._but_the_last(self.sizes, self.sizes, horizon, lambda key: (key[0], key[2]))
        return self._but_the_last(self.totalled, self.totals, horizon, lambda key: key[0])

    def _but_the_last(self, keys: Collection[Any], live: Collection[Any], horizon: date,
                      owner: Callable[[Any], Any]) -> list[Any]:
        in_time = sorted(keys, key=lambda key: key[1])
        last = {owner(key): key for key in in_time if key in live and owner(key) in self.active}
        return [key for key in in_time if key[1] < horizon and last.get(owner(key)) != key]

    def _doomed_runs(self, horizon: date) -> list[str]:
        in_time = sorted(self.runs.values(), key=lambda run: (run.started_at, run.run_id))
        return [run.run_id for run in in_time[:-1] if run.collected_date < horizon]
