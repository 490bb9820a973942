"""Where an instance is: by its keys, or by a URL. Which engine that means comes from the catalog alone."""
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from attrs import frozen

from capacity_sync.domain.instance import EngineTraits, Locator
from capacity_sync.domain.outcomes import EngineError
from capacity_sync.ports.engines import EngineCatalog
from capacity_sync.settings.findings import Wrong, did_you_mean

BY_HOST = ("host", "port", "database", "username")
IN_A_URL = ("host", "port", "database", "username", "password", "path")


@frozen
class Address:
    """The parts of a URL, percent-decoded. `dialect`: the scheme before its `+`."""

    dialect: str
    host: str | None = None
    port: int | None = None
    database: str | None = None
    username: str | None = None
    password: str | None = None
    path: str | None = None


def address(url: str) -> Address:
    """The parts of *url*. With a host, what follows is the database; without one, a path.

    Raises: Wrong: it is no URL. The text never repeats it: a password may stand in it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Wrong("not a valid URL; a name or password in it must be percent-encoded") from error
    if not parts.scheme or "://" not in url:
        raise Wrong("not a valid URL; expected SCHEME://USER@HOST:PORT/DATABASE")
    if parts.query or parts.fragment:
        raise Wrong("options after ? or # are not read; use keys such as tls: {mode: ...} "
                    "and percent-encode ? and # in names")
    decoded = [unquote(p) or None if p else None for p in
               (parts.hostname, parts.path.removeprefix("/"), parts.username, parts.password)]
    host, rest, username, password = decoded
    return Address(parts.scheme.partition("+")[0].lower(), host, port, rest if host else None, username, password,
                   None if host else rest)


def engine_of(dialect: str, engines: EngineCatalog) -> str:
    """The engine whose traits know *dialect*.

    Raises: Wrong: none does.
    """
    names = list(engines.names())
    schemes = {name: name for name in names}
    for name in names:
        found = traits_of(name, engines)
        schemes |= dict.fromkeys(found.url_schemes, name) if found else {}
    if dialect not in schemes:
        raise Wrong(f'no installed engine for "{dialect}://"{did_you_mean(dialect, schemes)} '
                    f"installed: {', '.join(names)}")
    return schemes[dialect]


def traits_of(engine: str, engines: EngineCatalog) -> EngineTraits | None:
    """What *engine* is; None when its plug-in does not load, which fails its own instances only."""
    try:
        return engines.adapter(engine).traits
    except EngineError:
        return None


def misplaced(traits: EngineTraits, given: set[str]) -> Iterator[tuple[str, str]]:
    """Key and text of what *traits* make missing or senseless among the keys *given*."""
    needed = traits.locator.value
    if needed not in given:
        yield needed, f"missing; {traits.title} is found by its {needed}"
    for key in sorted(given & set(("path",) if traits.locator is Locator.HOST else BY_HOST)):
        yield key, f"{traits.title} has none; it is found by its {needed}"
