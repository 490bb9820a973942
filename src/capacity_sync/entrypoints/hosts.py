"""The host application's instance objects as `Instance` values. Its models are never imported."""
from typing import Any, Protocol

from attrs import evolve, frozen

from capacity_sync.domain.instance import EngineTraits, Instance, PlainSecret
from capacity_sync.domain.outcomes import AuthenticationFailed, InternalFailure
from capacity_sync.ports import EngineCatalog
from capacity_sync.settings.instances import InstanceDefaults


class HostCredential(Protocol):
    username: str

    def get_plain_password(self) -> str: ...


class HostInstance(Protocol):
    """What an instance object of the host has, at least. `db_type`: the engine's name."""

    id: int
    name: str
    db_type: str
    host: str
    port: int | None
    database_name: str | None
    main_version: str | None
    is_active: bool
    credential: HostCredential | None


@frozen
class Adoption:
    """Turns what the host has into what is synced; an `Instance` stays one."""

    engines: EngineCatalog
    defaults: InstanceDefaults

    def instance(self, given: Any) -> Instance:
        """Raises: EngineError: its engine is not installed, or its credential cannot be read."""
        return given if isinstance(given, Instance) else self._adapted(given)

    def legacy_instance(self, given: Any) -> Instance:
        """The same, as the old service would have seen it."""
        found = self.instance(given)
        return _as_the_legacy_did(found, self.engines.adapter(found.engine).traits)

    def _adapted(self, given: HostInstance) -> Instance:
        username, password = _credential(given)
        traits = self.engines.adapter(given.db_type).traits
        try:
            return Instance(
                given.name, given.db_type, host=given.host, port=given.port or traits.default_port,
                database=given.database_name or None, username=username, password=password,
                timeouts=self.defaults.timeouts, guard=self.defaults.guard,
                include_system=self.defaults.include_system, limit_bytes=self.defaults.limit_bytes,
                retries=self.defaults.retries,
            )
        except ValueError as error:
            raise InternalFailure(f"instance {given.name!r}: {error}", remedy="rename it in the host") from error


def _credential(given: HostInstance) -> tuple[str | None, PlainSecret | None]:
    credential = given.credential
    if credential is None:
        return None, None
    try:
        password = credential.get_plain_password()
    except Exception as error:
        raise AuthenticationFailed(f"the host's credential cannot be read: {type(error).__name__}",
                                   remedy="mend the credential in the host") from error
    return credential.username, PlainSecret(password) if password else None


def _as_the_legacy_did(instance: Instance, traits: EngineTraits) -> Instance:
    """System databases that the old service inventoried stay inventoried."""
    if traits.legacy_system and instance.include_system is None:
        return evolve(instance, include_system=True)
    return instance
