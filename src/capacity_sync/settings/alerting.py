"""`alerts:` as the policy of the rules; what is not given keeps the rule's default."""
from typing import Any

from attrs import asdict

from capacity_sync.domain.alerts import AlertPolicy
from capacity_sync.settings.schema import AlertsEntry, FullAlertEntry, GrowthAlertEntry, StaleAlertEntry


def alert_policy(entry: AlertsEntry | None) -> AlertPolicy:
    given = entry or AlertsEntry()
    growth, full = given.growth or GrowthAlertEntry(), given.nearly_full or FullAlertEntry()
    return AlertPolicy(**_named("growth", growth), **_named("full", full),
                       **_named("stale", given.stale or StaleAlertEntry()))


def _named(rule: str, entry: GrowthAlertEntry | FullAlertEntry | StaleAlertEntry) -> dict[str, Any]:
    return {f"{rule}_{key}": value for key, value in asdict(entry).items() if value is not None}
