"""What the old service counted as a failure of an instance."""
from capacity_sync.domain.outcomes import Category, Failure
from capacity_sync.domain.sync_report import Status, SyncReport


def what_failed(report: SyncReport) -> Failure | None:
    """Why the instance of *report* failed: also when its databases are active and not one of them has a size, and when
    somebody else is at work on it."""
    if report.status is Status.FAILED:
        return report.error or Failure(Category.INTERNAL, "the sync failed and does not say why")
    if report.status is Status.SKIPPED:
        return report.error
    active = report.inventory.active_databases if report.inventory else ()
    if not active or report.capacity is None or report.capacity.databases:
        return None
    if report.capacity.unmeasured:
        return report.capacity.unmeasured[0].failure
    return nothing_came(len(active))


def nothing_came(active: int) -> Failure:
    """*active* databases, and no size of any."""
    return Failure(Category.QUERY, f"{active} databases are active and the server lists none of them: no size was read",
                   remedy="look whether they are gone or the login no longer sees them; `capacity-sync check` tells",
                   retryable=True)


def told(name: str, failure: Failure) -> str:
    """One line for the list of errors."""
    code = f" ({failure.code})" if failure.code else ""
    return f"{name}: {failure.message}{code}{f'; {failure.remedy}' if failure.remedy else ''}"
