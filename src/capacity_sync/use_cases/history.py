"""The history of sizes, for pages and charts, and how it stands now. Reads only."""
from collections.abc import Callable

from attrs import frozen

from capacity_sync.domain.growth import DatabaseAggregate, InstanceAggregate
from capacity_sync.domain.history import Choice, Cut, Page, SizeOfDay, Summary, TotalOfDay
from capacity_sync.domain.periods import PeriodKind
from capacity_sync.domain.standing import Standing
from capacity_sync.ports import UnitOfWork
from capacity_sync.use_cases.run import transaction


@frozen
class HistoryReader:
    unit_of_work: Callable[[], UnitOfWork]

    def sizes(self, choice: Choice, cut: Cut) -> Page[SizeOfDay]:
        """One row per database and day, the newest day first."""
        with transaction(self.unit_of_work, commit=False) as work:
            return work.history.sizes(choice, cut)

    def totals(self, choice: Choice, cut: Cut) -> Page[TotalOfDay]:
        """One row per instance and day, the newest day first."""
        with transaction(self.unit_of_work, commit=False) as work:
            return work.history.totals(choice, cut)

    def size_summary(self, choice: Choice) -> Summary:
        with transaction(self.unit_of_work, commit=False) as work:
            return work.history.size_summary(choice)

    def total_summary(self, choice: Choice) -> Summary:
        with transaction(self.unit_of_work, commit=False) as work:
            return work.history.total_summary(choice)

    def standing(self) -> Standing:
        """The newest of everything, in a few statements however many instances there are."""
        with transaction(self.unit_of_work, commit=False) as work:
            last = work.runs.recent(1)
            return Standing(work.history.newest_sizes(), work.history.newest_totals(), work.runs.last_outcomes(),
                            last[0] if last else None)

    def database_aggregates(self, kind: PeriodKind, choice: Choice, cut: Cut) -> Page[DatabaseAggregate]:
        """One row per database and period that has one of the chosen days, the newest period first."""
        with transaction(self.unit_of_work, commit=False) as work:
            return work.aggregates.databases(kind, choice, cut)

    def instance_aggregates(self, kind: PeriodKind, choice: Choice, cut: Cut) -> Page[InstanceAggregate]:
        """One row per instance and period that has one of the chosen days, the newest period first."""
        with transaction(self.unit_of_work, commit=False) as work:
            return work.aggregates.instances(kind, choice, cut)

    def name_of(self, instance_id: int) -> str | None:
        """The name of an instance, inactive ones too."""
        with transaction(self.unit_of_work, commit=False) as work:
            return next((name for name, id_ in work.instances.ids().items() if id_ == instance_id), None)
