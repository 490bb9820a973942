"""How the record of a run begins, whoever syncs its instances."""
from collections.abc import Callable, Collection, Mapping, Sequence

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.sync_report import RunRecord
from capacity_sync.ports import UnitOfWork
from capacity_sync.use_cases.run import transacted

LATELY = 5
"""How many runs are looked at for how long instances take."""


def begin_record(unit_of_work: Callable[[], UnitOfWork], record: RunRecord, instances: Sequence[Instance], *,
                 whole_fleet: bool) -> Collection[str]:
    """Write *record*, and make its instances known. The other runs that are open."""
    def start(work: UnitOfWork) -> Collection[str]:
        others = set(work.runs.running()) - {record.run_id}
        work.instances.register(instances, record.started_at)
        if whole_fleet:
            work.instances.retire({instance.name for instance in instances}, record.started_at)
        work.runs.start(record)
        return others

    return transacted(unit_of_work, start)


def usual_seconds(unit_of_work: Callable[[], UnitOfWork]) -> Mapping[str, float]:
    """How long instances took lately, by name."""
    return transacted(unit_of_work, lambda work: work.runs.durations(LATELY), commit=False)
