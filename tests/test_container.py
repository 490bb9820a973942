"""The wiring: what type checkers do not see, because every provider is `Provider[Anything]` to them."""
import ast
import inspect
from collections.abc import Callable
from typing import get_args, get_origin
from zoneinfo import ZoneInfo

import attrs
import pytest
import sqlalchemy as sa
from dependency_injector import errors, providers

from capacity_sync import Container, Settings, ports
from capacity_sync import container as composition
from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.sync_report import Status
from capacity_sync.testing.engines import ScriptedEngines, ScriptedServer

PROVIDERS = sorted(Container.providers.keys() - {"config"})
PROMISED = {
    node.target.id: eval(ast.unparse(node.annotation.slice), vars(composition))
    for node in ast.walk(ast.parse(inspect.getsource(composition)))
    if isinstance(node, ast.AnnAssign) and isinstance(node.annotation, ast.Subscript)
}
"""`Port` of each `name: providers.Provider[Port]`, from the source: dependency_injector forgets it."""
ORDERS = Instance("orders", "scripted")


@pytest.fixture
def container():
    container = Container.from_settings(Settings("sqlite://", ZoneInfo("UTC")))
    yield container
    if isinstance(storage := container.storage(), sa.Engine):
        storage.dispose()


def is_a(value, wanted):
    """Whether *value* is what the annotation *wanted* promises: a port by name, not only by shape."""
    if get_origin(wanted) is Callable:
        return is_a(value(), get_args(wanted)[1])
    if get_origin(wanted) is tuple:
        return isinstance(value, tuple) and all(is_a(one, get_args(wanted)[0]) for one in value)
    return wanted in type(value).__mro__ if hasattr(wanted, "__mro__") else isinstance(value, wanted)


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_gives_what_its_annotation_promises(container, name):
    assert is_a(container.providers[name](), PROMISED[name])


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_field_of_what_is_provided_gets_what_it_declares(container, name):
    made = container.providers[name]()

    if attrs.has(type(made)):
        for field in attrs.fields(attrs.resolve_types(type(made))):
            if field.init and not field.name.startswith("_"):
                assert is_a(getattr(made, field.name), field.type), field.name


def test_every_port_that_the_core_asks_for_has_a_provider():
    wanted = {port for kind in PROMISED.values() for port in asked_for(kind)}

    assert wanted
    assert wanted <= set(PROMISED.values())


def asked_for(kind):
    hints = [field.type for field in attrs.fields(attrs.resolve_types(kind))] if attrs.has(kind) else []
    flat = [get_args(hint)[1] if get_origin(hint) is Callable else hint for hint in hints]
    return {hint for hint in flat if hint in vars(ports).values()}


@pytest.mark.parametrize(("name", "once"), [("engines", True), ("storage", True), ("unit_of_work", False)])
def test_what_is_shared_is_made_once(container, name, once):
    assert (container.providers[name]() is container.providers[name]()) == once


def test_a_container_without_settings_says_what_is_missing():
    with pytest.raises(errors.Error, match="timezone"):
        Container().clock()


def test_making_a_container_opens_no_store(tmp_path):
    Container.from_settings(Settings(f"sqlite:///{tmp_path}/store.db"))

    assert list(tmp_path.iterdir()) == []


def test_two_containers_share_nothing(tmp_path):
    one, two = (Container.from_settings(Settings(f"sqlite:///{tmp_path}/{name}.db")) for name in ("one", "two"))

    assert one.engines() is not two.engines()
    assert one.storage().url != two.storage().url


def test_a_store_can_be_replaced_and_the_whole_way_works(container):
    store = InMemoryUnitOfWork()
    engines = ScriptedEngines.of({"orders": ScriptedServer({"shop": 8192, "audit": 4096})})
    replaced = providers.Object(store)

    with (container.unit_of_work.override(replaced), container.engines.override(providers.Object(engines)),
          container.connections.override(providers.Object(engines))):
        report = container.fleet().run([ORDERS])
        sizes = container.browser().sizes()

    assert report.status is Status.COMPLETED
    assert {size.size.database_name: size.size.size_bytes for size in sizes} == {"shop": 8192, "audit": 4096}
    assert [run.run_id for run in container.browser().runs(1)] == []


def test_the_example_of_the_interface_works(container):
    engines = providers.Object(ScriptedEngines.of({"orders": ScriptedServer({"shop": 8192})}))

    with container.engines.override(engines), container.connections.override(engines):
        report = container.coordinator().collect_and_save(ORDERS)

    assert report.status is Status.COMPLETED
    assert report.capacity.total_bytes == 8192
