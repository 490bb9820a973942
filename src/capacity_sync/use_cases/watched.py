"""Syncs as the thread that watches them sees them."""
from time import monotonic

from attrs import define, evolve, field

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import Category, EngineError, Failure, as_engine_error
from capacity_sync.domain.schedule import Schedule
from capacity_sync.domain.sync_report import Status, SyncReport
from capacity_sync.ports import Severable
from capacity_sync.use_cases.coordinator import CapacitySyncCoordinator
from capacity_sync.use_cases.draft import SyncDraft
from capacity_sync.use_cases.leasing import give_back
from capacity_sync.use_cases.run import RunContext


@define(eq=False)
class WatchedSync:
    """One instance's sync in a thread of its own. `reason`: of what is missing when its deadline has come."""

    coordinator: CapacitySyncCoordinator
    instance: Instance
    run: RunContext
    reason: Failure
    draft: SyncDraft = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.draft = SyncDraft(self.instance)

    @property
    def seconds(self) -> float:
        return self.instance.timeouts.deadline

    def play(self) -> SyncReport:
        return self.coordinator.collect_and_save(self.instance, self.run, self.draft)

    def cut(self) -> SyncReport | None:
        """What was committed, and a timeout for the rest. None: it is just writing."""
        report = self.draft.cut(self.reason, self.seconds)
        return None if report is None else evolve(report, warnings=(*report.warnings, *self._severed()))

    def _severed(self) -> list[Failure]:
        """Make the thread and the server's session end soon; what goes wrong with that."""
        try:
            with as_engine_error():
                if isinstance(self.draft.connection, Severable):
                    self.draft.connection.sever()
        except EngineError as error:
            return [error.failure]
        return []


@define
class Queue:
    """The syncs of one run, handed out one by one, and not one more when its *budget*, in seconds, is spent."""

    schedule: Schedule
    coordinator: CapacitySyncCoordinator
    run: RunContext
    budget: float
    _begun: dict[str, WatchedSync] = field(factory=dict, init=False)
    _ends: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._ends = monotonic() + self.budget

    def next(self) -> WatchedSync | None:
        """The next one, with no more time than the budget has left; None: none now."""
        left = self._ends - monotonic()
        instance = self.schedule.take() if left > 0 else None
        if instance is None:
            return None
        reason = _late(instance.timeouts.deadline)
        if left < instance.timeouts.deadline:
            instance = evolve(instance, timeouts=evolve(instance.timeouts, deadline=left))
            reason = self._spent("before it was done")
        self._begun[instance.name] = WatchedSync(self.coordinator, instance, self.run, reason)
        return self._begun[instance.name]

    def ended(self, name: str) -> None:
        """Another one of its host may begin, and somebody else may sync one that was cut."""
        self.schedule.release(name)
        draft = self._begun.pop(name).draft
        if draft.leased and draft.is_cut and not self.run.dry_run:
            draft.given_back = True
            give_back(self.coordinator.unit_of_work, draft.instance)

    def without_a_turn(self) -> list[SyncReport]:
        """Of those that `next` never gave and never will."""
        return [SyncReport(one.name, one.engine, Status.FAILED, error=self._spent("before its turn"))
                for one in self.schedule.rest()]

    def _spent(self, when: str) -> Failure:
        return Failure(Category.TIMEOUT, f"the run's budget of {self.budget:.6g} s was spent {when}",
                       remedy="raise `budget` or `workers`, or see which instances take long: `capacity-sync runs`")


def _late(seconds: float) -> Failure:
    return Failure(Category.TIMEOUT, f"not done within {seconds:.6g} s, its deadline",
                   remedy="see what the server is doing, or raise `deadline`")
