"""A monitored instance, and what its engine is, as flat data."""
from collections.abc import Mapping
from enum import Enum

from attrs import field, frozen, validators

from capacity_sync.domain.capacity import MbRounding
from capacity_sync.domain.guard import GuardPolicy

_positive = validators.gt(0)


@frozen
class EnvSecret:
    """The password stands in an environment variable."""

    name: str


@frozen
class FileSecret:
    """The password is the content of a file, without its last line break."""

    path: str


@frozen
class CommandSecret:
    """The password is what a command prints, without its last line break. No shell."""

    argv: tuple[str, ...] = field(converter=tuple[str, ...])


@frozen
class PlainSecret:
    """The password itself. Never shown."""

    value: str = field(repr=False)


Secret = EnvSecret | FileSecret | CommandSecret | PlainSecret


class TlsMode(Enum):
    """How much a connection insists on TLS, least first."""

    DISABLE = "disable"
    PREFER = "prefer"
    REQUIRE = "require"
    VERIFY_FULL = "verify-full"


@frozen
class Tls:
    """TLS settings; `ca`: a PEM file of trusted certificates, None for the driver's default."""

    mode: TlsMode = TlsMode.PREFER
    ca: str | None = None


@frozen
class Timeouts:
    """Seconds, per instance: to connect, for one statement, for everything."""

    connect: float = field(default=10, validator=_positive)
    statement: float = field(default=300, validator=_positive)
    deadline: float = field(default=600, validator=_positive)


class Locator(Enum):
    """How an engine's instances are found."""

    HOST = "host"
    PATH = "path"


@frozen
class EngineTraits:
    """What an engine is. Stands at the top of its adapter, each fact with a link to the vendor's page.

    `driver`: the module to import, `distribution`: who publishes it, `extra`: how our users install it; all
    None when the engine needs none. `url_schemes`: the parts of a URL before `+` or `:` that mean this engine.
    `include_system`: whether its system databases are inventoried unless configured otherwise.
    `legacy_system`: whether the legacy service let them pass all the same.
    `isolated`: its driver cannot bound or separate connections itself, so each one lives in its own process.
    """

    name: str
    title: str
    mb_rounding: MbRounding
    locator: Locator = Locator.HOST
    driver: str | None = None
    distribution: str | None = None
    extra: str | None = None
    default_port: int | None = None
    url_schemes: frozenset[str] = frozenset()
    tls_modes: frozenset[TlsMode] = frozenset()
    include_system: bool = False
    legacy_system: bool = False
    isolated: bool = False


def _no_slash(_: object, __: object, name: str) -> None:
    if not name or "/" in name:
        raise ValueError("an instance's name is not empty and has no slash")


@frozen
class Instance:
    """One instance of the fleet. The password is a reference, resolved only when a connection opens.

    `volume`: the name of the disk that it shares with others.
    """

    name: str = field(validator=_no_slash)
    engine: str
    host: str | None = None
    port: int | None = None
    database: str | None = None
    username: str | None = None
    password: Secret | None = None
    path: str | None = None
    tls: Tls = Tls()
    tags: Mapping[str, str] = field(factory=dict)
    timeouts: Timeouts = Timeouts()
    guard: GuardPolicy = GuardPolicy()
    include_system: bool | None = None
    limit_bytes: int | None = None
    retries: int = field(default=0, validator=validators.ge(0))
    volume: str | None = None

    def wants_system(self, traits: EngineTraits) -> bool:
        """Whether system databases are inventoried here."""
        return traits.include_system if self.include_system is None else self.include_system
