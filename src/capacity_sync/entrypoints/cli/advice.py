"""What a person has to do after a run: what is held, failed, not measured, and the statement that mends it."""
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from capacity_sync.domain.capacity import Unmeasured
from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Category, Failure
from capacity_sync.domain.reconciliation import LifecycleEvent
from capacity_sync.domain.sync_report import RunRecord, RunReport, Status, SyncReport
from capacity_sync.entrypoints.cli.printing import counted, iec
from capacity_sync.entrypoints.cli.tables import heading, print_lines

MOST_NAMES = 5
MOST_REMEDIES = 20


def print_advice(report: RunReport, *, command: str, dry_run: bool) -> None:
    """*command*: how the user called us, global options included, to be typed again."""
    for one in report.instances:
        _print_instance(one, command)
    print_lines(["", _summary(report, dry_run)])


def _print_instance(report: SyncReport, command: str) -> None:
    name, failed = report.name, report.status is Status.FAILED
    held = report.inventory.held if report.inventory else ()
    lost = report.capacity.unmeasured if report.capacity else ()
    hiding = _what_hides(report) if held else []
    if failed and lost:
        block(f"{name}: FAILED, none of its databases could be measured", "failed", _grouped(lost))
    elif failed and report.error:
        block(f"{name}: FAILED", "failed", told(report.error))
    elif lost:
        block(f"{name}: {len(lost)} NOT MEASURED", "partial", _grouped(lost))
    elif report.status is Status.SKIPPED and report.error:
        block(f"{name}: SKIPPED", "skipped", told(report.error))
    elif report.error:
        block(f"{name}: not all went well", "partial", told(report.error))
    if held:
        block(f"{name}: {len(held)} HELD, waiting for your decision", "held", _held(report, hiding, command))
    for warning in report.warnings:
        if warning not in hiding:
            block(f"{name}: warning", "partial", told(warning))


def _what_hides(report: SyncReport) -> list[Failure]:
    """The warnings that say why a listing is not complete."""
    if report.inventory is None or report.inventory.completeness is Completeness.COMPLETE:
        return []
    return [warning for warning in report.warnings if warning.category is Category.PERMISSION]


def block(title: str, status: str, lines: Iterable[str]) -> None:
    print_lines([""])
    heading(title, status)
    print_lines(f"  {line}" for line in lines)


def told(failure: Failure) -> Iterator[str]:
    yield f"{failure.category.value}: {failure.message}{f' ({failure.code})' if failure.code else ''}"
    if failure.remedy:
        yield f"  {failure.remedy}"


def _held(report: SyncReport, hiding: Sequence[Failure], command: str) -> Iterator[str]:
    held = report.inventory.held if report.inventory else ()
    yield f"missing from the listing and kept active: {_some(held)}"
    if report.inventory and report.inventory.completeness is Completeness.COMPLETE:
        yield "so many at once may be a mistake; if a sync of a later day misses them too, they are deactivated"
    else:
        yield "the login may not see everything; mend that, and sync again:"
    for failure in hiding:
        yield from (f"  {line}" for line in told(failure))
    accept = f"{command} sync {shlex.quote(report.name)} --accept"
    yield "if all of them are really gone:"
    yield f"  {accept} {shlex.quote(report.name)}"
    if len(held) > 1:
        yield "if only some are, one --accept for each, such as:"
        yield f"  {accept} {shlex.quote(f'{report.name}/{held[0]}')}"


def _grouped(lost: Iterable[Unmeasured]) -> Iterator[str]:
    """Databases that share a reason stand together; every remedy once."""
    groups: dict[tuple[str, str | None], list[tuple[str, Failure]]] = {}
    for one in lost:
        groups.setdefault((one.failure.category.value, one.failure.code), []).append((one.database_name, one.failure))
    for members in groups.values():
        yield _some([name for name, _ in members])
        yield from _told_once([failure for _, failure in members])


def _told_once(failures: Sequence[Failure]) -> Iterator[str]:
    first = failures[0]
    yield f"  {first.category.value}: {first.message}{f' ({first.code})' if first.code else ''}"
    remedies = list(dict.fromkeys(f.remedy for f in failures if f.remedy))
    yield from (f"    {remedy}" for remedy in remedies[:MOST_REMEDIES])
    if len(remedies) > MOST_REMEDIES:
        yield f"    and {len(remedies) - MOST_REMEDIES} more: --format json has all of them"


def _by_kind(events: Sequence[LifecycleEvent]) -> Iterator[str]:
    kinds: dict[str, list[str]] = {}
    for event in events:
        kinds.setdefault(f"{event.kind.value}{f' ({event.detail})' if event.detail else ''}", []).append(
            event.database_name)
    yield from (f"{kind}: {_some(names)}" for kind, names in kinds.items())


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _summary(report: RunReport, dry_run: bool) -> str:
    if dry_run:
        return f"{report.collected_date}: {report.status.value}; dry run, nothing was written"
    measured = [one.capacity for one in report.instances if one.capacity]
    totals = [capacity.total_bytes for capacity in measured if capacity.total_bytes is not None]
    count = counted(sum(len(capacity.databases) for capacity in measured)) + " measured"
    seconds = f"{(report.finished_at - report.started_at).total_seconds():.1f} s"
    said = [report.status.value, count, *([iec(sum(totals))] if totals else []), seconds, f"run {report.run_id}"]
    return f"{report.collected_date}: {', '.join(said)}"


def history(record: RunRecord, happened: Mapping[str, Sequence[LifecycleEvent]]) -> None:
    """What one run of the history has to tell."""
    for one in record.instances:
        if one.name in happened:
            block(f"{one.name}: changed", "completed", _by_kind(happened[one.name]))
        if one.error:
            block(f"{one.name}: {one.status.value}", one.status.value, told(one.error))
        if one.held:
            block(f"{one.name}: held", "held", [_some(one.held)])
        if one.unmeasured:
            block(f"{one.name}: not measured", "partial", _grouped(one.unmeasured))
        for warning in one.warnings:
            block(f"{one.name}: warning", "partial", told(warning))
    print_lines(["", f"{record.collected_date}: {record.status.value}; run {record.run_id}"
                     f"{f'; {record.error}' if record.error else ''}"])
