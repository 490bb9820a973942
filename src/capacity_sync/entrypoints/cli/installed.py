"""`capacity-sync engines` and `grants`: what is installed, without settings or store."""
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from capacity_sync.container import Container
from capacity_sync.domain.instance import EngineTraits
from capacity_sync.domain.outcomes import EngineError
from capacity_sync.entrypoints.cli.printing import Column, Sheet
from capacity_sync.entrypoints.cli.selecting import one_of

ENGINES = (
    Column("name", "Engine"), Column("title", "For"), Column("usable", "Usable"), Column("driver", "Driver"),
    Column("driver_version", "Version"), Column("install", "To install"), Column("error"),
)


def show_engines(form: str) -> None:
    Sheet(ENGINES, [_row(name) for name in Container().engines().names()]).print(form)


def _row(name: str) -> dict[str, Any]:
    try:
        traits = Container().engines().adapter(name).traits
    except EngineError as error:
        return {"name": name, "usable": False, "error": str(error), "install": error.failure.remedy}
    usable = traits.driver is None or find_spec(traits.driver) is not None
    return {
        "name": name, "title": traits.title, "usable": usable, "driver": traits.driver or "none needed",
        "driver_version": _version(traits), "error": None,
        "install": None if usable else f"pip install 'capacity-sync[{traits.extra}]'",
    }


def _version(traits: EngineTraits) -> str | None:
    try:
        return version(traits.distribution) if traits.distribution else None
    except PackageNotFoundError:
        return None


def show_grants(engine: str, user: str, form: str) -> None:
    engines = Container().engines()
    statements = engines.adapter(one_of("ENGINE", engine, engines.names())).grants(user)
    if form == "table":
        from capacity_sync.entrypoints.cli.tables import print_lines

        print_lines([text if text.endswith(";") or "; --" in text else f"{text};" for text in statements])
    else:
        Sheet((Column("statement"),), [{"statement": text} for text in statements]).print(form)
