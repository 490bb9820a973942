"""The alert rules over everything that is active in the store. Reads only."""
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from attrs import field, frozen

from capacity_sync.domain.alerts import AlertPolicy, Finding, Watched, findings
from capacity_sync.domain.capacity import StoredSize
from capacity_sync.domain.history import DatabaseKey, LastSize
from capacity_sync.domain.report import added_up
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.volume import Volume
from capacity_sync.ports import UnitOfWork
from capacity_sync.use_cases import histories
from capacity_sync.use_cases.histories import Days
from capacity_sync.use_cases.reporting import chosen_ids
from capacity_sync.use_cases.run import transaction
from capacity_sync.use_cases.volumes import instances_of, volumes_of

LOOKED_AT = 2
"""A database less full than a half is not asked when it will be full: few histories are read, not all."""


@frozen
class Watch:
    """What is looked at, and when. `instances` None: all. `limits` in bytes, by the instance's name."""

    now: Stamp
    day: date
    policy: AlertPolicy = AlertPolicy()
    instances: frozenset[str] | None = None
    engine: str | None = None
    limits: Mapping[str, int] = field(factory=dict)
    volumes: tuple[Volume, ...] = field(default=(), converter=tuple[Volume, ...])

    @property
    def at(self) -> datetime:
        """Of a day that has passed: its end."""
        end = datetime.combine(self.day + timedelta(1), time(), UTC)
        return self.now.at if self.day >= self.now.day else min(end, self.now.at)


@frozen
class AlertReader:
    unit_of_work: Callable[[], UnitOfWork]

    def findings(self, watch: Watch) -> list[Finding]:
        """Sorted by instance, database and rule; volumes last."""
        with transaction(self.unit_of_work, commit=False) as work:
            ids = chosen_ids(work, watch.instances)
            newest = [last for last in work.series.newest(watch.day, ids)
                      if watch.engine in (None, last.owner.engine)]
            reading = _Reading(work, watch, ids)
            watched = [*reading.databases(newest), *reading.instances(newest), *reading.volumes()]
        return findings(watched, watch.policy, watch.day, watch.at)


@frozen
class _Reading:
    work: UnitOfWork
    watch: Watch
    ids: Collection[int] | None

    def databases(self, newest: Sequence[LastSize]) -> Iterator[Watched]:
        """All of them may be stale; only those that may have grown or may be full have points."""
        full = {last.key for last in newest if _may_be_full(last.size)}
        rows = dict(self._grown(newest)) | dict(histories.databases(self.work, full, Days(self.watch.day)))
        for last in newest:
            yield Watched(
                last.owner.name, last.database_name, histories.points_of(rows.get(last.key, ())),
                last.size.max_bytes if last.size and last.key in full else None,
                last.size.collected_at if last.size else None, datetime.combine(last.first_seen, time(), UTC))

    def _grown(self, newest: Sequence[LastSize]) -> Mapping[DatabaseKey, Sequence[StoredSize]]:
        policy = self.watch.policy
        risen = self.work.series.risen(policy.within(self.watch.day), self.watch.day, policy.growth_bytes, self.ids)
        keys = [last.key for last in newest if last.owner.instance_id in risen]
        return histories.databases(self.work, keys, Days(self.watch.day, policy.growth_days + 1))

    def instances(self, newest: Sequence[LastSize]) -> Iterator[Watched]:
        """Those with a limit: their totals may be near it. What grows in them, their databases tell."""
        limited = {last.owner.instance_id: last.owner.name for last in newest if last.owner.name in self.watch.limits}
        found = histories.instances(self.work, limited, Days(self.watch.day))
        for id_, name in limited.items():
            points = histories.points_of_totals(found[id_])
            yield Watched(name, None, points, self.watch.limits[name])

    def volumes(self) -> Iterator[Watched]:
        """A day on which one of its instances was not measured as a whole is a gap."""
        watch = self.watch
        chosen = volumes_of(self.work, watch.volumes, watch.instances, watch.engine)
        ids = self.work.instances.ids(instances_of(chosen))
        found = histories.instances(self.work, ids.values(), Days(watch.day))
        whole = {name: histories.whole(found[id_]) for name, id_ in ids.items()}
        for one in chosen:
            yield Watched(None, None, added_up([whole.get(name, {}) for name in one.instances]), one.limit,
                          volume=one.name)


def _may_be_full(size: StoredSize | None) -> bool:
    return (size is not None and size.size_bytes is not None and size.max_bytes is not None
            and size.size_bytes * LOOKED_AT >= size.max_bytes)
