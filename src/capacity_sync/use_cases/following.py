"""A dispatched run as it is followed: the store says what is over, workers' reports say how it went."""
from collections.abc import Callable, Sequence

from attrs import define, field

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import Category, Failure
from capacity_sync.domain.sync_report import InstanceRun, RunRecord, RunReport, Status, SyncReport
from capacity_sync.ports import Dispatcher, SyncObserver
from capacity_sync.use_cases.errands import ErrandSync
from capacity_sync.use_cases.leasing import AFTER_THE_DEADLINE
from capacity_sync.use_cases.telling import told, with_warnings

AT_A_TIME = 0.5
"""Seconds between two looks."""
PATIENCE = 20
"""Looks for reports that come later than the end of their run."""
WITHOUT_REPORT = Failure(Category.INTERNAL, "the worker's report did not come back; what it wrote is in the store",
                         remedy="see `capacity-sync sizes` and `capacity-sync runs`")
NO_TURN = Failure(Category.TIMEOUT, "the run was closed before its turn", remedy="sync again")


@define
class Following:
    record: RunRecord
    instances: Sequence[Instance]
    budget: float
    dispatcher: Dispatcher
    errands: ErrandSync
    observer: SyncObserver
    reports: dict[str, SyncReport] = field(factory=dict, init=False)
    begun: float = field(init=False)

    @begun.default
    def _now(self) -> float:
        return self.errands.clock.monotonic()

    def to_the_end(self, wait: Callable[[float], None]) -> RunRecord:
        """Observers hear of each instance once. The run as it was closed."""
        while (found := self._look()).status is Status.RUNNING:
            if self._now() - self.begun > self.budget + AFTER_THE_DEADLINE:
                self.errands.stop_waiting(self.record.run_id)
            wait(AT_A_TIME)
        for _ in range(PATIENCE):
            if len(self.reports) == len(self.instances):
                break
            wait(AT_A_TIME)
            self._listen(found)
        return found

    def report(self, ended: RunRecord) -> RunReport:
        """Of the run that *ended*; what no worker reported is as its record tells it."""
        outcomes = {one.name: one for one in ended.instances}
        reports = [self.reports.get(one.name) or _told_by(outcomes.get(one.name), one) for one in self.instances]
        return RunReport(ended.run_id, ended.status, ended.started_at, ended.finished_at or ended.started_at,
                         ended.collected_date, reports)

    def _look(self) -> RunRecord:
        found = self.errands.record_of(self.record.run_id) or self.record
        self._listen(found)
        return found

    def _listen(self, found: RunRecord) -> None:
        """A report counts once its outcome stands in the record; a worker that failed leaves one that is awaited."""
        outcomes = {one.name: one for one in found.instances}
        unheard = [one.name for one in self.instances if one.name not in self.reports]
        for name, answer in self.dispatcher.answers(found.run_id, unheard).items():
            outcome = outcomes.get(name)
            if outcome is None:
                continue
            if outcome.status is not Status.RUNNING:
                self._hear(answer if isinstance(answer, SyncReport) else _recorded(outcome))
            elif isinstance(answer, Failure):
                self.errands.record(found.run_id, SyncReport(name, outcome.engine, Status.FAILED, error=answer))

    def _hear(self, report: SyncReport) -> None:
        unheard = told(lambda: self.observer.instance_finished(report))
        self.reports[report.name] = with_warnings(report, unheard)


def _told_by(outcome: InstanceRun | None, instance: Instance) -> SyncReport:
    if outcome is None:
        return SyncReport(instance.name, instance.engine, Status.SKIPPED, error=NO_TURN)
    return _recorded(outcome)


def _recorded(outcome: InstanceRun) -> SyncReport:
    return SyncReport(outcome.name, outcome.engine, outcome.status, error=outcome.error,
                      warnings=(*outcome.warnings, WITHOUT_REPORT), duration_s=outcome.duration_s)
