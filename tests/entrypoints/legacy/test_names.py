"""What an application of the old service imports."""
import inspect
import subprocess
import sys

import pytest

from capacity_sync import legacy


def test_the_old_names_and_no_others():
    assert legacy.__all__ == dir(legacy) == ["DatabaseSizeCollectorService", "collect_all_instances_database_sizes"]


@pytest.mark.parametrize("name", legacy.__all__)
def test_each_is_the_thing_of_that_name(name):
    assert getattr(legacy, name).__name__ == name
    assert inspect.getdoc(getattr(legacy, name))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = legacy.Nothing


def test_importing_them_loads_nothing_else_until_they_are_used():
    look = "import sys, capacity_sync.legacy as old; print('sqlalchemy' in sys.modules, 'flask' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", look], capture_output=True, text=True).stdout == "False False\n"


def test_the_old_methods_take_what_they_took():
    service = legacy.DatabaseSizeCollectorService
    taken = {name: list(inspect.signature(getattr(service, name)).parameters)[1:] for name in (
        "connect", "disconnect", "fetch_databases_metadata", "sync_instance_databases",
        "synchronize_database_inventory", "collect_database_sizes", "save_collected_data",
        "save_instance_size_stat", "update_instance_total_size", "collect_and_save")}

    assert {name: parameters for name, parameters in taken.items() if parameters} == {
        "sync_instance_databases": ["metadata"], "collect_database_sizes": ["target_databases"],
        "save_collected_data": ["data"], "save_instance_size_stat": ["data"]}
    assert next(iter(inspect.signature(service).parameters)) == "instance"
    assert all(p.default is not p.empty or p.kind is p.KEYWORD_ONLY for p in inspect.signature(
        legacy.collect_all_instances_database_sizes).parameters.values())
