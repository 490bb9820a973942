"""What users import: the names of `interface.md` section 4, each where it says it is."""
import ast
import inspect
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest

import capacity_sync

PROMISED = {
    "BaseCapacitySyncAdapter", "CapacityPersistence", "CapacityRow", "CapacitySyncCoordinator", "Container",
    "InMemoryUnitOfWork", "Instance", "InventoryManager", "InventoryRow", "Listing", "Settings", "SyncReport",
}


def errors():
    outcomes = import_module("capacity_sync.domain.outcomes")
    return {name for name, kind in vars(outcomes).items()
            if inspect.isclass(kind) and issubclass(kind, outcomes.CapacitySyncError)}


def test_the_names_are_sorted_and_listed_once():
    assert capacity_sync.__all__ == sorted(set(capacity_sync.__all__))


def test_everything_promised_is_there():
    assert set(capacity_sync.__all__) >= PROMISED | errors()


@pytest.mark.parametrize("name", capacity_sync.__all__)
def test_every_public_name_resolves_to_the_thing_of_that_name(name):
    thing = getattr(capacity_sync, name)

    assert thing.__name__ == name
    assert inspect.getdoc(thing)


def test_what_type_checkers_see_is_what_there_is():
    tree = ast.parse(Path(capacity_sync.__file__).read_text(encoding="utf-8"))
    seen = {alias.name: node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
            for alias in node.names if node.module.startswith("capacity_sync")}

    assert seen.keys() == set(capacity_sync.__all__)
    assert all(vars(import_module(home))[name] is getattr(capacity_sync, name) for name, home in seen.items())


def test_dir_shows_the_public_names():
    assert dir(capacity_sync) == capacity_sync.__all__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = capacity_sync.Nothing


def test_the_package_says_that_it_is_typed():
    assert files("capacity_sync").joinpath("py.typed").is_file()
