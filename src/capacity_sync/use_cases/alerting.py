"""The alert rules over everything that is active in the store. Reads only."""
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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
    def stale_since(self) -> datetime:
        """What was measured then or before is stale."""
        return self.at - min(timedelta(hours=self.policy.stale_hours), self.at - datetime.min.replace(tzinfo=UTC))

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
            reading = _Reading(work, watch, ids)
            watched = [*reading.databases(), *reading.instances(), *reading.volumes()]
        return findings(watched, watch.policy, watch.day, watch.at)


@frozen
class _Reading:
    work: UnitOfWork
    watch: Watch
    ids: Collection[int] | None

    def databases(self) -> Iterator[Watched]:
        """Those to which a rule may apply; of those less full than a half nobody asks when they will be full."""
        doubtful = self._chosen(self.work.series.doubtful(self.watch.day, self.watch.stale_since, self.ids))
        risen = self._risen()
        rows = dict(self._grown(risen))
        rows |= histories.databases(self.work, {one.key for one in doubtful if one.half_full}, Days(self.watch.day))
        for last in {one.key: one for one in (*doubtful, *risen)}.values():
            yield Watched(
                last.owner.name, last.database_name, histories.points_of(rows.get(last.key, ())),
                last.size.max_bytes if last.size and last.half_full else None,
                last.size.collected_at if last.size else None, datetime.combine(last.first_seen, time(), UTC))

    def _risen(self) -> Sequence[LastSize]:
        """The databases of the instances in which any grew."""
        policy, day = self.watch.policy, self.watch.day
        ids = self.work.series.risen(policy.within(day), day, policy.growth_bytes, self.ids)
        return self._chosen(self.work.series.newest(day, ids)) if ids else ()

    def _grown(self, risen: Sequence[LastSize]) -> Mapping[DatabaseKey, Sequence[StoredSize]]:
        days = Days(self.watch.day, self.watch.policy.growth_days + 1)
        return histories.databases(self.work, [last.key for last in risen], days)

    def _chosen(self, found: Iterable[LastSize]) -> list[LastSize]:
        return [last for last in found if self.watch.engine in (None, last.owner.engine)]

    def instances(self) -> Iterator[Watched]:
        """Those with a limit: their totals may be near it. What grows in them, their databases tell."""
        limits = self.watch.limits
        owners = self.work.series.active_owners(self.ids) if limits else ()
        limited = {one.instance_id: one.name for one in owners
                   if one.name in limits and self.watch.engine in (None, one.engine)}
        found = histories.instances(self.work, limited, Days(self.watch.day))
        for id_, name in limited.items():
            yield Watched(name, None, histories.points_of_totals(found[id_]), limits[name])

    def volumes(self) -> Iterator[Watched]:
        """A day on which one of its instances was not measured as a whole is a gap."""
        watch = self.watch
        chosen = volumes_of(self.work, watch.volumes, watch.instances, watch.engine)
        ids = self.work.instances.ids(instances_of(chosen))
        found = histories.instances(self.work, ids.values(), Days(watch.day))
        whole = {name: found[id_].whole for name, id_ in ids.items()}
        for one in chosen:
            yield Watched(None, None, added_up([whole.get(name, {}) for name in one.instances]), one.limit,
                          volume=one.name)
