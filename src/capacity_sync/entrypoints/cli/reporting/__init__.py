"""`capacity-sync report`: from options to questions, and from answers to sheets."""
from datetime import date
from typing import Any

from attrs import evolve, frozen

from capacity_sync.container import Container, Purpose
from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.domain.periods import PeriodKind
from capacity_sync.domain.report import Grouping
from capacity_sync.entrypoints.cli.browsing import Choice
from capacity_sync.entrypoints.cli.reporting.alerts import alert_sheet
from capacity_sync.entrypoints.cli.reporting.growth import growth_sheet, print_summary
from capacity_sync.entrypoints.cli.reporting.plotting import check_plot, draw_plot
from capacity_sync.entrypoints.cli.selecting import one_of
from capacity_sync.entrypoints.cli.session import Session
from capacity_sync.settings import Settings
from capacity_sync.use_cases.alerting import Watch
from capacity_sync.use_cases.reporting import Question

FOUND = 6
"""The exit code of alerts: none of the others says that everything worked and something was found."""
PLOTTED_DAYS = 400
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9998, 12, 31)
"""What lies around these days can still be looked at."""


@frozen
class Wanted:
    kind: str
    grouping: str
    top: int
    plot: str | None = None


@frozen
class _Asking:
    settings: Settings
    container: Container
    chosen: dict[str, Any]

    @classmethod
    def of(cls, session: Session, choice: Choice) -> "_Asking":
        """Raises: ConfigurationRefused: one of the options names nothing that there is."""
        if choice.day is not None and not FIRST_DAY <= choice.day <= LAST_DAY:
            raise ConfigurationRefused(f"--date: expected a day from {FIRST_DAY} to {LAST_DAY}")
        settings = session.settings_to_read()
        container = session.container(settings, Purpose.READ)
        engine = None if choice.engine is None else one_of("--engine", choice.engine, container.engines().names())
        names = choice.names(settings, container.browser().instances())
        limits = {one.name: one.limit_bytes for one in settings.instances if one.limit_bytes is not None}
        chosen = {"instances": None if names is None else frozenset(names), "engine": engine, "limits": limits,
                  "volumes": settings.volumes}
        return cls(settings, container, chosen)


def show_report(session: Session, choice: Choice, wanted: Wanted, form: str) -> None:
    asking = _Asking.of(session, choice)
    if wanted.plot is not None:
        check_plot(asking.container, wanted.plot)
    question = Question(asking.container.clock().stamp().day, Grouping(wanted.grouping), PeriodKind(wanted.kind),
                        choice.day, wanted.top, tags={one.name: one.tags for one in asking.settings.instances},
                        **asking.chosen)
    if wanted.plot is not None:
        question = evolve(question, history_days=PLOTTED_DAYS)
    report = asking.container.reporter().report(question)
    growth_sheet(report, question.grouping).print(form, lambda: print_summary(report, question.grouping))
    if not report.lines:
        session.say(_nothing(question))
    if wanted.plot is not None:
        draw_plot(session, asking.container, report, question.grouping, wanted.plot)


def _nothing(question: Question) -> str:
    if question.grouping is Grouping.VOLUME and not any(one.instances for one in question.volumes):
        return "no instance lies on a volume; give them under volumes: in the fleet file, and volume: to instances"
    return f"nothing {question.kind.value} is aggregated; run `capacity-sync aggregate` after a sync"


def show_alerts(session: Session, choice: Choice, form: str) -> int:
    """0: nothing was found, else FOUND."""
    asking = _Asking.of(session, choice)
    now = asking.container.clock().stamp()
    found = asking.container.alerts().findings(
        Watch(now, choice.day or now.day, asking.settings.alerts, **asking.chosen))
    alert_sheet(found).print(form)
    if not found:
        session.say("nothing grew quickly, is nearly full or was not measured")
    return FOUND if found else 0
