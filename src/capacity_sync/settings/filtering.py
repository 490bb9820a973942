"""The filter rules: inline in fleet.yaml, or in a file of the legacy form."""
from collections.abc import Mapping
from pathlib import Path as Folder
from typing import Any

from attrs import evolve, frozen

from capacity_sync.domain.filters import EngineRules, FilterRules
from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.ports.engines import EngineCatalog
from capacity_sync.settings.document import Document, read
from capacity_sync.settings.findings import Findings, Path, did_you_mean, kind
from capacity_sync.settings.schema import RulesEntry
from capacity_sync.settings.structure import Structuring

LEVEL = "database_filters"


@frozen
class FilterReading:
    engines: EngineCatalog
    folder: Folder
    structuring: Structuring

    @property
    def findings(self) -> Findings:
        return self.structuring.findings

    def read(self, raw: Any) -> FilterRules:
        """The rules in *raw*: nothing, a mapping by engine (with or without the level above), or the name of a file.

        Raises: ConfigurationRefused: the file is missing or malformed.
        """
        if raw is None:
            return FilterRules()
        if isinstance(raw, str) and raw and "\0" not in raw:
            return self._file(raw)
        if not isinstance(raw, Mapping):
            self.findings.wrong(("filters",), f"expected a file name or a mapping by engine, got {kind(raw)}")
            return FilterRules()
        return self._rules(raw[LEVEL], ("filters", LEVEL)) if set(raw) == {LEVEL} else self._rules(raw, ("filters",))

    def _rules(self, raw: Any, path: Path) -> FilterRules:
        if not isinstance(raw, Mapping):
            self.findings.wrong(path, f"expected a mapping by engine, got {kind(raw)}")
            return FilterRules()
        for engine in raw:
            if engine not in self.engines.names():
                near = did_you_mean(str(engine), self.engines.names())
                self.findings.warn((*path, str(engine)), f"no such engine is installed, these rules do nothing{near}")
        return FilterRules({engine: self._engine(rules, (*path, engine)) for engine, rules in raw.items()})

    def _engine(self, raw: Any, path: Path) -> EngineRules:
        if raw is None:
            return EngineRules()
        entry = self.structuring.take(RulesEntry, raw, path)
        return EngineRules(entry.exclude_databases or (), entry.exclude_patterns or ())

    def _file(self, name: str) -> FilterRules:
        file, own = self.folder / name, Findings()
        try:
            document = read(str(file), file.read_bytes(), own)
        except OSError as error:
            raise ConfigurationRefused(f"filters: {file}: {(error.strerror or str(error)).lower()}") from error
        rules = evolve(self, structuring=evolve(self.structuring, findings=own))._document(document)
        if own.mistakes:
            raise ConfigurationRefused(*document.told(own.mistakes))
        for warning in document.told(own.warnings):
            self.findings.warn(("filters",), warning)
        return rules

    def _document(self, document: Document) -> FilterRules:
        data = document.data
        if not isinstance(data, Mapping) or LEVEL not in data:
            self.findings.wrong((), f"the key {LEVEL} is missing; expected {LEVEL}: "
                                    "{ENGINE: {exclude_databases: [...], exclude_patterns: [...]}}")
            return FilterRules()
        return self._rules(data[LEVEL], (LEVEL,))
