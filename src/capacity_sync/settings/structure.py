"""From raw values to the entries of the schema, keeping what is right and telling what is wrong."""
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import attrs
from attrs import frozen
from cattrs import AttributeValidationNote, BaseValidationError, Converter, ForbiddenExtraKeysError

from capacity_sync.settings.findings import Finding, Findings, Path, Wrong, did_you_mean
from capacity_sync.settings.schema import DefaultsEntry, FleetEntry, InstanceEntry, converter

T = TypeVar("T")
_TIMEOUTS = attrs.fields_dict(DefaultsEntry)


@frozen
class Structuring:
    """Every entry has a default for every key, so what is left without the wrong values can always be taken."""

    findings: Findings
    _converter: Converter = attrs.field(factory=converter, repr=False)

    def take(self, entry: type[T], raw: Any, path: Path) -> T:
        """*raw* as *entry*; wrong values go to the findings and count as not given."""
        try:
            return self._converter.structure(raw, entry)
        except Wrong as error:
            self.findings.wrong(path, str(error))
            return entry()
        except BaseValidationError as error:
            wrong = list(_findings(error, ()))
        for finding in wrong:
            self.findings.wrong((*path, *finding.path), finding.text)
        return self._converter.structure(_without(raw, {f.path[0] for f in wrong}), entry)


def _findings(error: BaseException, path: Path) -> Iterator[Finding]:
    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            notes = [n.name for n in getattr(inner, "__notes__", ()) if isinstance(n, AttributeValidationNote)]
            yield from _findings(inner, (*path, *notes))
    elif isinstance(error, ForbiddenExtraKeysError):
        for key in sorted(map(str, error.extra_fields)):
            yield Finding((*path, key), _unknown(key, error.cl))
    elif isinstance(error, Wrong):
        yield Finding((*path, *error.where), str(error))
    else:
        raise error


def _unknown(key: str, entry: type) -> str:
    known = [a.name for a in attrs.fields(entry)]
    if entry is InstanceEntry and key in attrs.fields_dict(FleetEntry):
        return "unknown key here; it belongs to the top level"
    if entry is FleetEntry and key in attrs.fields_dict(InstanceEntry):
        return f"unknown key here; it belongs {'under defaults' if key in _TIMEOUTS else 'to an instance'}"
    return f"unknown key{did_you_mean(key, known) or '; known are ' + ', '.join(known)}"


def _without(raw: Mapping[Any, Any], keys: set[Any]) -> dict[Any, Any]:
    return {key: value for key, value in raw.items() if str(key) not in keys}
