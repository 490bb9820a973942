"""A run whose instances workers sync: begun here, followed here, and kept together by its record in the store."""
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from attrs import field, frozen

from capacity_sync.domain.errand import Errand
from capacity_sync.domain.guard import Accepted
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import StoreFailed
from capacity_sync.domain.schedule import ordered
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.sync_report import RunRecord, RunReport, Status
from capacity_sync.ports import Clock, Dispatcher, SyncObserver, UnitOfWork
from capacity_sync.use_cases.errands import ErrandSync
from capacity_sync.use_cases.following import Following
from capacity_sync.use_cases.leasing import close_the_dead
from capacity_sync.use_cases.outcomes_awaited import awaiting
from capacity_sync.use_cases.run import RunContext
from capacity_sync.use_cases.run_record import begin_record, usual_seconds
from capacity_sync.use_cases.telling import told, warned


@frozen
class Order:
    """What is to be synced. `budget`: seconds after which nobody waits any more; `place`: the machine that asks."""

    instances: Sequence[Instance]
    budget: float
    accepted: Mapping[str, Accepted] = field(factory=dict)
    whole_fleet: bool = False
    place: str = ""
    stale_after: float | None = None


@frozen
class DispatchedSync:
    """Raises: DispatchFailed: the broker is away; StoreFailed. Either, and an interrupt, closes the run's record, and
    workers leave what they have not begun."""

    unit_of_work: Callable[[], UnitOfWork]
    clock: Clock
    observer: SyncObserver
    new_run_id: Callable[[], str]
    errands: ErrandSync
    _wait: Callable[[float], None] = time.sleep

    def run(self, order: Order, dispatcher: Dispatcher) -> RunReport:
        """Begin, and follow to the end."""
        record = self.begin(order, dispatcher)
        with self._closing(record):
            warnings = told(lambda: self.observer.run_started(record, order.instances))
            following = Following(record, order.instances, order.budget, dispatcher, self.errands, self.observer)
            ended = following.to_the_end(self._wait)
        report = following.report(ended)
        return warned(report, [*warnings, *told(lambda: self.observer.run_finished(report))])

    def begin(self, order: Order, dispatcher: Dispatcher, run_id: str | None = None) -> RunRecord:
        """Write the run down, and leave its errands for the workers.

        With a *run_id* that is known already, leave those again that are awaited: whoever began it died over it.
        """
        run_id = run_id or self.new_run_id()
        record = self.errands.record_of(run_id) or self._recorded(run_id, order)
        with self._closing(record):
            self.errands.close_overdue(order.budget)
            self._send(record, order, dispatcher)
            if not order.instances:
                self.errands.stop_waiting(run_id)
        return record

    def _recorded(self, run_id: str, order: Order) -> RunRecord:
        stamp = self.clock.stamp()
        record = awaiting(RunRecord(run_id, Status.RUNNING, stamp.at, stamp.day), order.instances)
        others = begin_record(self.unit_of_work, record, order.instances, whole_fleet=order.whole_fleet)
        close_the_dead(self.unit_of_work, others, RunContext(stamp, run_id))
        return record

    def _send(self, record: RunRecord, order: Order, dispatcher: Dispatcher) -> None:
        stamp = Stamp(record.started_at, record.collected_date)
        awaited = {one.name for one in record.instances if one.status is Status.RUNNING}
        for one in ordered(order.instances, usual_seconds(self.unit_of_work), self.errands.per_host):
            if one.name in awaited:
                accepted = order.accepted.get(one.name, Accepted())
                errand = Errand(record.run_id, one.name, one.engine, stamp, order.budget, accepted, order.place,
                                order.stale_after)
                dispatcher.send(errand, one)

    @contextmanager
    def _closing(self, record: RunRecord) -> Iterator[None]:
        """What ends the block early closes the run, if it is open."""
        try:
            yield
        except BaseException as error:
            status = Status.FAILED if isinstance(error, Exception) else Status.INTERRUPTED
            with suppress(StoreFailed):
                self.errands.abandon(record.run_id, status, f"{type(error).__name__}: {error}")
            raise
