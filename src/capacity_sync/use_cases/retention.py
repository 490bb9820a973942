"""Forgetting what is older than what is to be kept, in short transactions."""
from collections.abc import Callable
from datetime import date

from attrs import frozen

from capacity_sync.domain.retention import Keep, Kind, Pruned, PruneReport, cut_by
from capacity_sync.ports import Clock, UnitOfWork
from capacity_sync.use_cases.run import transacted, transaction

BATCH = {Kind.SIZES: 5000, Kind.TOTALS: 5000, Kind.RUNS: 50}
"""Rows of one transaction. A run has a row for each of its instances besides."""


@frozen
class Retention:
    """Raises: StoreFailed: the store is broken; what went until then is gone."""

    unit_of_work: Callable[[], UnitOfWork]
    clock: Clock

    def look(self, keep: Keep) -> PruneReport:
        """What `prune` would do now. Writes nothing."""
        today = self.clock.stamp().day
        horizon = keep.horizon(today)
        with transaction(self.unit_of_work, commit=False) as work:
            pruned = [Pruned(kind, work.retention.count(kind, horizon), work.retention.partitions(kind, horizon))
                      for kind in Kind]
        return PruneReport(horizon, pruned, cut_by(horizon, today))

    def prune(self, keep: Keep) -> PruneReport:
        """Drop whole partitions, and delete the rest in batches, instance by instance."""
        today = self.clock.stamp().day
        horizon = keep.horizon(today)
        return PruneReport(horizon, [self._pruned(kind, horizon) for kind in Kind], cut_by(horizon, today))

    def _pruned(self, kind: Kind, horizon: date) -> Pruned:
        with transaction(self.unit_of_work, commit=False) as work:
            partitions = work.retention.partitions(kind, horizon)
        dropped = sum(self._dropped(kind, partition, horizon) for partition in partitions)
        with transaction(self.unit_of_work, commit=False) as work:
            owners = [None] if kind is Kind.RUNS else work.retention.owners(kind, horizon)
        return Pruned(kind, dropped + sum(self._deleted(kind, horizon, owner) for owner in owners), partitions)

    def _dropped(self, kind: Kind, partition: str, horizon: date) -> int:
        return transacted(self.unit_of_work, lambda work: work.retention.drop(kind, partition, horizon))

    def _deleted(self, kind: Kind, horizon: date, owner: int | None) -> int:
        limit, deleted = BATCH[kind], 0
        while True:
            batch = transacted(self.unit_of_work, lambda work: work.retention.delete(kind, horizon, limit, owner))
            deleted += batch
            if batch < limit:
                return deleted
