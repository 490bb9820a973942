"""`--plot FILE`: refused before anything is read, drawn after everything is."""
from capacity_sync.container import Container
from capacity_sync.domain.chart import MOST_PANELS, chart_of
from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.domain.report import Grouping, Report
from capacity_sync.entrypoints.cli.session import Session

SUFFIXES = (".svg", ".png")


def check_plot(container: Container, file: str) -> None:
    """Raises: ConfigurationRefused: no such kind of picture; Unsupported: nothing to draw it with."""
    if not file.lower().endswith(SUFFIXES):
        raise ConfigurationRefused(f"--plot {file}: the name must end in .svg or .png")
    container.charts().ready()


def draw_plot(session: Session, container: Container, report: Report, grouping: Grouping, file: str) -> None:
    """Raises: ConfigurationRefused: the file cannot be written."""
    if not report.lines:
        session.say("nothing to draw")
        return
    try:
        container.charts().paint(chart_of(report, grouping.value), file)
    except OSError as error:
        raise ConfigurationRefused(f"--plot {file}: {(error.strerror or str(error)).lower()}") from error
    drawn = min(len(report.lines), MOST_PANELS)
    session.say(f"drew {drawn} of {len(report.lines)} lines: {file}" if drawn < len(report.lines) else f"drew {file}")
