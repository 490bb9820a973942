"""What the core needs to draw."""
from abc import abstractmethod
from typing import Protocol

from capacity_sync.domain.chart import Chart


class ChartPainter(Protocol):
    @abstractmethod
    def ready(self) -> None:
        """Raises: Unsupported: what it draws with is not installed; with the remedy."""

    @abstractmethod
    def paint(self, chart: Chart, file: str) -> None:
        """Write *chart* to *file*, as its suffix says: `.svg` or `.png`.

        Raises: Unsupported, OSError: the file cannot be written.
        """
