"""The observer that tells nobody."""
from collections.abc import Sequence
from typing import final

from attrs import frozen

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.sync_report import RunRecord, RunReport, SyncReport
from capacity_sync.ports import SyncObserver


@final
@frozen
class SilentObserver(SyncObserver):
    def run_started(self, run: RunRecord, instances: Sequence[Instance]) -> None:
        """Nothing."""

    def instance_started(self, instance: Instance) -> None:
        """Nothing."""

    def instance_finished(self, report: SyncReport) -> None:
        """Nothing."""

    def run_finished(self, report: RunReport) -> None:
        """Nothing."""
