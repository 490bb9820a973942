"""`volumes:` of fleet.yaml, and which instances lie on them."""
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.volume import Volume
from capacity_sync.settings.byte_counts import byte_count
from capacity_sync.settings.findings import Findings, Wrong, did_you_mean, kind
from capacity_sync.settings.values import title


def volumes_of(raw: Any, instances: Iterable[Instance], findings: Findings) -> tuple[Volume, ...]:
    """The volumes in *raw* that are right, in its order, each with those of *instances* that name it."""
    if raw is None:
        return ()
    if not isinstance(raw, Mapping):
        findings.wrong(("volumes",), f"expected a mapping of names to sizes, got {kind(raw)}")
        return ()
    there = list(instances)
    found = []
    for name, size in raw.items():
        try:
            members = [one.name for one in there if one.volume == name]
            found.append(Volume(title(name), byte_count(size), members))
        except Wrong as error:
            findings.wrong(("volumes", str(name)), str(error))
    return tuple(found)


def strange_volume(name: str | None, raw: Any) -> Iterator[tuple[str, str]]:
    """Key and text of an instance's volume that is not among those in *raw*, right or wrong ones."""
    if name is None or not isinstance(raw, Mapping | None) or name in (raw or {}):
        return
    known = [str(key) for key in raw or {}]
    listed = f"; known are {', '.join(known[:10])}{', ...' if len(known) > 10 else ''}"
    yield "volume", (f'no volume "{name}"{did_you_mean(name, known)}{listed}' if known else
                     f'no volume "{name}"; there is none: give names and sizes under volumes: at the top level')
