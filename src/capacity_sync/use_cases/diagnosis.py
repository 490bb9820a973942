"""What a login may see, per instance. Writes nothing."""
from collections.abc import Sequence
from contextlib import closing

from attrs import frozen

from capacity_sync.domain.diagnosis import InstanceCheck
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import EngineError, as_engine_error
from capacity_sync.ports import ConnectionFactory, EngineCatalog


@frozen
class FleetCheck:
    """Asks each instance: reachable, login accepted, which privileges are missing."""

    engines: EngineCatalog
    connections: ConnectionFactory

    def check(self, instances: Sequence[Instance]) -> list[InstanceCheck]:
        return [self._one(instance) for instance in instances]

    def _one(self, instance: Instance) -> InstanceCheck:
        try:
            with as_engine_error(), closing(self.connections.open(instance)) as connection:
                diagnosis = self.engines.adapter(instance.engine).diagnose(connection)
        except EngineError as error:
            return InstanceCheck(instance.name, instance.engine, error=error.failure)
        return InstanceCheck(instance.name, instance.engine, diagnosis=diagnosis)
