"""No password in anything an adapter says: drivers echo what they were given, some of them long after connecting."""
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast, final
from urllib.parse import quote, quote_plus

from attrs import evolve, field, frozen

from capacity_sync.domain.capacity import Measurements, Unmeasured
from capacity_sync.domain.diagnosis import Diagnosis
from capacity_sync.domain.instance import EngineTraits, Instance
from capacity_sync.domain.inventory import Listing
from capacity_sync.domain.outcomes import EngineError, Failure, as_engine_error, error_for
from capacity_sync.ports import Connection, EngineAdapter, Severable


@frozen
class Blotter:
    """Blots one password out of texts, as it is, and as URLs, Python and libpq's DSNs write it. None: nothing."""

    password: str | None = field(repr=False)

    @contextmanager
    def over_errors(self) -> Iterator[None]:
        """Raises: EngineError: what is raised inside, without the password."""
        try:
            with as_engine_error():
                yield
        except EngineError as error:
            blotted = self.failure(error.failure)
            if blotted == error.failure:
                raise
            raise error_for(blotted) from None

    def failure(self, failure: Failure) -> Failure:
        return evolve(failure, message=self._text(failure.message),
                      remedy=None if failure.remedy is None else self._text(failure.remedy))

    def failures(self, failures: Iterable[Failure]) -> tuple[Failure, ...]:
        return tuple(map(self.failure, failures))

    def _text(self, text: str) -> str:
        for written in self._written() if self.password else ():
            text = text.replace(written, "***")
        return text

    def _written(self) -> Sequence[str]:
        word = self.password or ""
        in_quotes = word.replace("\\", "\\\\").replace("'", "\\'")
        forms = {word, quote(word, safe=""), quote_plus(word), repr(word)[1:-1], in_quotes}
        return sorted(forms, key=len, reverse=True)


@final
@frozen
class DiscreetConnection(Connection, Severable):
    inner: Connection
    blotter: Blotter

    def close(self) -> None:
        with self.blotter.over_errors():
            self.inner.close()

    def sever(self) -> None:
        if isinstance(self.inner, Severable):
            with self.blotter.over_errors():
                self.inner.sever()


@final
@frozen
class DiscreetAdapter(EngineAdapter):
    """*inner*, with the password of each connection blotted out of what it raises and returns."""

    inner: EngineAdapter

    @property
    def traits(self) -> EngineTraits:
        return self.inner.traits

    def connect(self, instance: Instance, password: str | None) -> Connection:
        blotter = Blotter(password)
        with blotter.over_errors():
            return DiscreetConnection(self.inner.connect(instance, password), blotter)

    def fetch_inventory(self, connection: Connection) -> Listing:
        opened = _discreet(connection)
        with opened.blotter.over_errors():
            return _listing(self.inner.fetch_inventory(opened.inner), opened.blotter)

    def fetch_capacity(self, connection: Connection, inventory: Sequence[str]) -> Measurements:
        opened = _discreet(connection)
        with opened.blotter.over_errors():
            return _measurements(self.inner.fetch_capacity(opened.inner, inventory), opened.blotter)

    def diagnose(self, connection: Connection) -> Diagnosis:
        opened = _discreet(connection)
        with opened.blotter.over_errors():
            found = self.inner.diagnose(opened.inner)
            return evolve(found, missing=opened.blotter.failures(found.missing))

    def grants(self, user: str) -> Sequence[str]:
        return self.inner.grants(user)


def _discreet(connection: Connection) -> DiscreetConnection:
    return cast("DiscreetConnection", connection)


def _listing(found: Listing, blotter: Blotter) -> Listing:
    if any(row.unmeasurable for row in found.rows):
        found = evolve(found, rows=(row if row.unmeasurable is None else evolve(
            row, unmeasurable=blotter.failure(row.unmeasurable)) for row in found.rows))
    return evolve(found, warnings=blotter.failures(found.warnings),
                  witness=None if found.witness is None else blotter.failure(found.witness))


def _measurements(found: Measurements, blotter: Blotter) -> Measurements:
    return evolve(found, warnings=blotter.failures(found.warnings), unmeasured=tuple(
        Unmeasured(one.database_name, blotter.failure(one.failure)) for one in found.unmeasured))
