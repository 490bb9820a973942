"""Adapters that misbehave in ways only a process of their own survives."""
import os
import signal
import sys
import time
from pathlib import Path

from attrs import define, frozen

from capacity_sync.adapters.engines.base import BaseCapacitySyncAdapter
from capacity_sync.domain.capacity import Basis, CapacityRow, MbRounding, Measurements
from capacity_sync.domain.diagnosis import Diagnosis
from capacity_sync.domain.instance import EngineTraits
from capacity_sync.domain.inventory import Completeness, InventoryRow, Listing
from capacity_sync.domain.outcomes import AuthenticationFailed

TRAITS = EngineTraits("misbehaving", "Misbehaving", MbRounding.TRUNCATE, isolated=True)


@define
class Held:
    path: str

    def close(self):
        Path(self.path).write_text("closed")


@frozen
class Misbehaving(BaseCapacitySyncAdapter):
    """Does in `connect` what the instance's `database` says, and in `fetch_inventory` what the file at `path` says."""

    traits: EngineTraits = TRAITS

    def connect(self, instance, password):
        _act(instance.database or "")
        return Held(instance.path)

    def fetch_inventory(self, connection):
        _act(Path(connection.path).read_text())
        return Listing((InventoryRow(str(os.getpid())),))

    def fetch_capacity(self, connection, inventory):
        return Measurements(CapacityRow(name, 2**62, "st_size", Basis.FILE) for name in inventory)

    def diagnose(self, connection):
        return Diagnosis(None, Completeness.COMPLETE)

    def grants(self, user):
        return [f"-- nothing for {user}"]

    def translate(self, error):
        return None


def _act(what):
    match what:
        case "hang":
            time.sleep(60)
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "refuse":
            raise AuthenticationFailed("wrong password", code="18456", remedy="mend it")
        case "bug":
            raise KeyError("x")
        case "print":
            sys.stdout.write("noise")
