"""Opens one connection to a monitored instance: secret, driver, adapter, in this order."""
from importlib.util import find_spec
from typing import final

from attrs import frozen

from capacity_sync.adapters.engines.discreet import Blotter
from capacity_sync.domain.instance import EngineTraits, Instance
from capacity_sync.domain.outcomes import Unsupported
from capacity_sync.ports import Connection, ConnectionFactory, EngineCatalog, SecretSource


@final
@frozen
class EngineConnections(ConnectionFactory):
    engines: EngineCatalog
    secrets: SecretSource

    def open(self, instance: Instance) -> Connection:
        adapter = self.engines.adapter(instance.engine)
        _want_driver(adapter.traits)
        password = None if instance.password is None else self.secrets.reveal(instance.password)
        with Blotter(password).over_errors():
            return adapter.connect(instance, password)


def _want_driver(traits: EngineTraits) -> None:
    """Raises: Unsupported: the driver is not installed. It is looked for, not imported."""
    if traits.driver is not None and find_spec(traits.driver) is None:
        raise Unsupported(f"the driver {traits.driver!r} of {traits.title} is not installed",
                          remedy=f"pip install 'capacity-sync[{traits.extra}]'")
