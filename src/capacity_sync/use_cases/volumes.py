"""Volumes among the chosen instances."""
from collections.abc import Collection, Iterable

from capacity_sync.domain.volume import Volume
from capacity_sync.ports import UnitOfWork


def volumes_of(work: UnitOfWork, volumes: Iterable[Volume], instances: Collection[str] | None,
               engine: str | None) -> tuple[Volume, ...]:
    """Those on which one of these instances lies, None: any. They stay whole: a part of a disk never fills it."""
    engines = {} if engine is None else work.instances.engines()

    def chosen(name: str) -> bool:
        return (instances is None or name in instances) and (engine is None or engines.get(name) == engine)

    return tuple(one for one in volumes if any(map(chosen, one.instances)))


def instances_of(volumes: Iterable[Volume]) -> frozenset[str]:
    return frozenset[str]().union(*(one.instances for one in volumes))
