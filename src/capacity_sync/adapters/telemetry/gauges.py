"""Which figures of the fleet's standing are published, and under which names. What is not known has no sample.

Labels are `instance_name` and `database_name`: `instance` is a label that a Prometheus server sets itself.
"""
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from attrs import field, frozen

from capacity_sync.domain.history import LastOutcome, SizeOfDay, TotalOfDay
from capacity_sync.domain.standing import Standing
from capacity_sync.domain.sync_report import RunRecord

Row = TypeVar("Row")
Sample = tuple[tuple[str, ...], float]
OF_INSTANCE = ("instance_name", "engine")
OF_DATABASE = (*OF_INSTANCE, "database_name")


@frozen
class Family:
    """`name` without the prefix; each sample has a value for each of `labels`."""

    name: str
    text: str
    labels: tuple[str, ...]
    samples: tuple[Sample, ...] = field(converter=tuple[Sample, ...])


@frozen
class _Figure(Generic[Row]):
    """One figure of every row. `value`: None where it is not known."""

    name: str
    text: str
    value: Callable[[Row], float | None]

    def of(self, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], Row]]) -> Family:
        found = ((key, self.value(row)) for key, row in rows)
        return Family(self.name, self.text, labels, ((key, value) for key, value in found if value is not None))


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _took(run: RunRecord) -> float | None:
    return None if run.finished_at is None else (run.finished_at - run.started_at).total_seconds()


DATABASES = (
    _Figure[SizeOfDay]("database_size_bytes", "Data files on the newest day, without logs.",
                       lambda row: row.size.size_bytes),
    _Figure[SizeOfDay]("database_log_bytes", "Log files, where the engine has them per database.",
                       lambda row: row.size.log_bytes),
    _Figure[SizeOfDay]("database_limit_bytes", "What the data files may grow to, where all are bounded.",
                       lambda row: row.size.max_bytes),
    _Figure[SizeOfDay]("database_measured_timestamp_seconds", "When the size was measured.",
                       lambda row: _seconds(row.size.collected_at)),
)
TOTALS = (
    _Figure[TotalOfDay]("instance_size_bytes", "Sum of the measured databases on the newest day.",
                        lambda row: row.total.total_bytes),
    _Figure[TotalOfDay]("instance_databases_measured", "Databases in that sum.", lambda row: row.total.measured_count),
    _Figure[TotalOfDay]("instance_databases_expected", "Active databases of that day.",
                        lambda row: row.total.expected_count),
    _Figure[TotalOfDay]("instance_overhead_bytes", "Files of the instance that belong to no database.",
                        lambda row: row.total.facts.overhead_bytes),
    _Figure[TotalOfDay]("instance_log_bytes", "Logs of the instance.", lambda row: row.total.facts.log_bytes),
    _Figure[TotalOfDay]("instance_measured_timestamp_seconds", "When that sum was taken.",
                        lambda row: _seconds(row.at)),
)
OUTCOMES = (
    _Figure[LastOutcome]("instance_last_sync_timestamp_seconds", "When the last sync began, whatever it came to.",
                         lambda row: _seconds(row.at)),
    _Figure[LastOutcome]("instance_last_success_timestamp_seconds", "When the last sync began that lacked nothing.",
                         lambda row: _seconds(row.completed_at)),
    _Figure[LastOutcome]("instance_last_sync_duration_seconds", "How long the last sync took.",
                         lambda row: row.outcome.duration_s),
    _Figure[LastOutcome]("instance_databases_unmeasured", "Databases that the last sync could not measure.",
                         lambda row: row.outcome.counts.get("unmeasured")),
    _Figure[LastOutcome]("instance_databases_held", "Databases whose absence waits for a decision.",
                         lambda row: len(row.outcome.held) if row.outcome.counts else None),
)
OUTCOME = _Figure[LastOutcome]("instance_last_sync_outcome", "1 at what the last sync came to; without an error the "
                               "category is empty.", lambda _: 1)
RUN = (
    _Figure[RunRecord]("last_run_timestamp_seconds", "When the last run began.", lambda run: _seconds(run.started_at)),
    _Figure[RunRecord]("last_run_duration_seconds", "How long the last run took, if it has ended.", _took),
)


def families(now: Standing) -> Iterator[Family]:
    """Every family, also one without samples."""
    sizes = [((row.owner.name, row.owner.engine, row.size.database_name), row) for row in now.sizes]
    totals = [((row.owner.name, row.owner.engine), row) for row in now.totals]
    outcomes = [((row.outcome.name, row.outcome.engine), row) for row in now.outcomes]
    yield from (figure.of(OF_DATABASE, sizes) for figure in DATABASES)
    yield from (figure.of(OF_INSTANCE, totals) for figure in TOTALS)
    yield from (figure.of(OF_INSTANCE, outcomes) for figure in OUTCOMES)
    yield OUTCOME.of((*OF_INSTANCE, "status", "category"), [((*key, *_how(row)), row) for key, row in outcomes])
    yield Family("instances", "Instances by the outcome of their last sync.", ("status",), _counted(now.outcomes))
    yield from (figure.of(("status",), [((run.status.value,), run) for run in (now.last_run,) if run])
                for figure in RUN)


def _how(row: LastOutcome) -> tuple[str, str]:
    error = row.outcome.error
    return row.outcome.status.value, error.category.value if error else ""


def _counted(rows: Sequence[LastOutcome]) -> Iterator[Sample]:
    counts = Counter(row.outcome.status.value for row in rows)
    return (((status,), count) for status, count in sorted(counts.items()))
