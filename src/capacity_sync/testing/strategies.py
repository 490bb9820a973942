"""Hypothesis strategies for the domain's values. Needs `hypothesis`.

Values drawn here are those an engine or a store can really give: valid, but as unpleasant as servers allow.
The *colliding* ones draw names and identities from so small a pool that one example meets the same name again.
"""
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from capacity_sync.domain.capacity import (
    Basis,
    CapacityRow,
    InstanceFacts,
    MbRounding,
    Measurements,
    StoredSize,
    Unmeasured,
)
from capacity_sync.domain.filters import EngineRules, FilterRules
from capacity_sync.domain.guard import Accepted, GuardMode, GuardPolicy
from capacity_sync.domain.instance import CommandSecret, EnvSecret, FileSecret, Instance, PlainSecret, Secret
from capacity_sync.domain.inventory import NAME_LIMIT, Completeness, InventoryRow, KnownDatabase, Listing
from capacity_sync.domain.outcomes import Category, Failure
from capacity_sync.domain.stamp import Stamp

PETABYTE = 2**50

_AWKWARD = (
    "orders", "Orders", "ORDERS", "orders ", " orders", "or ders", "a  b", "it's", 'say "no"', "`tick`", "[box]",
    "100%", "under_score", "back\\slash", "semi;--colon", "$(dollar)", "tab\tnew\nline", "😀", "e\u0301", "\u00e9",
    "straße", "STRASSE", "İstanbul", "\u00a0", "\u202eabc", "null", "None", "0", "-", "=1+1", "x" * 128,
    "é" * 200, "😀" * NAME_LIMIT,
)
_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)

names: st.SearchStrategy[str] = st.sampled_from(_AWKWARD) | _texts
"""Database names that every store can hold: any case, blanks, quotes, `%`, emoji, up to 255 characters."""

unstorable_names: st.SearchStrategy[str] = (
    st.integers(NAME_LIMIT + 1, NAME_LIMIT + 50).map("y".__mul__)
    | _texts.map("{}\0".format)
    | _texts.map("{}\udc80".format)
)
"""Names that no store can hold: too long, with NUL, or with half of a surrogate pair."""

colliding_names: st.SearchStrategy[str] = st.sampled_from(["orders", "Orders", "orders "])
"""So few, and so alike, that a sequence of steps meets the same name twice."""

colliding_identities: st.SearchStrategy[str | None] = st.sampled_from([None, "16384", "16385"])
identities: st.SearchStrategy[str | None] = st.none() | st.text("0123456789abcdef-", min_size=1, max_size=128)

days: st.SearchStrategy[date] = st.dates(date(2020, 1, 1), date(2035, 12, 31))
instants: st.SearchStrategy[datetime] = st.datetimes(
    datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
stamps: st.SearchStrategy[Stamp] = st.builds(Stamp.of, instants, st.timezones())
"""One reading of the clock, and its calendar day somewhere on Earth."""

failures: st.SearchStrategy[Failure] = st.builds(
    Failure, st.sampled_from(Category), st.text(min_size=1, max_size=20),
    code=st.none() | st.sampled_from(["42501", "ORA-00942", "1227"]), remedy=st.none() | st.text(max_size=20),
    retryable=st.booleans(),
)
completeness: st.SearchStrategy[Completeness] = st.sampled_from(Completeness)


def inventory_rows(name: st.SearchStrategy[str] = names,
                   identity: st.SearchStrategy[str | None] = identities) -> st.SearchStrategy[InventoryRow]:
    """One listed database; every eighth is a system database, some cannot have a size."""
    return st.builds(InventoryRow, name, identity, st.integers(0, 7).map((7).__eq__),
                     st.sampled_from([None, "ONLINE", "RESTORING"]), st.none() | failures)


def listings(rows: st.SearchStrategy[InventoryRow] | None = None, *, max_size: int = 8,
             complete: st.SearchStrategy[Completeness] = completeness) -> st.SearchStrategy[Listing]:
    """One reading of an instance: rows in any order, repetitions too. Incomplete ones have a witness."""
    of = inventory_rows() if rows is None else rows
    return st.builds(_listing, st.lists(of, max_size=max_size), complete, failures)


def _listing(rows: list[InventoryRow], complete: Completeness, witness: Failure) -> Listing:
    return Listing(rows, complete, None if complete is Completeness.COMPLETE else witness, "1.0")


colliding_rows: st.SearchStrategy[InventoryRow] = inventory_rows(colliding_names, colliding_identities)
colliding_listings: st.SearchStrategy[Listing] = listings(colliding_rows)


@st.composite
def known_databases(draw: st.DrawFn, name: st.SearchStrategy[str] = names,
                    identity: st.SearchStrategy[str | None] = identities,
                    today: st.SearchStrategy[date] = days) -> KnownDatabase:
    """One database as a store knows it *today*: active, held (`absent_since`, after it was last seen), or deleted."""
    now, ages = draw(today), sorted(draw(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 400))))
    missed, last, first = (now - timedelta(age) for age in ages)
    fate = draw(st.sampled_from(["active", "held", "deleted"]))
    return KnownDatabase(
        draw(name), first, last, is_active=fate != "deleted", identity=draw(identity),
        deleted_at=datetime.combine(missed, time(3), UTC) if fate == "deleted" else None,
        absent_since=missed if fate == "held" else None,
        state=draw(st.sampled_from([None, "ONLINE"])),
    )


def inventories(databases: st.SearchStrategy[KnownDatabase] | None = None, *,
                max_size: int = 8) -> st.SearchStrategy[list[KnownDatabase]]:
    """Everything a store knows of one instance: each name once."""
    of = known_databases() if databases is None else databases
    return st.lists(of, max_size=max_size, unique_by=lambda known: known.name)


colliding_inventories: st.SearchStrategy[list[KnownDatabase]] = inventories(
    known_databases(colliding_names, colliding_identities))

_modes = st.sampled_from([GuardMode.HOLD] * 3 + [GuardMode.TRUST])
policies: st.SearchStrategy[GuardPolicy] = st.builds(
    GuardPolicy, _modes, st.integers(1, 10), st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    st.integers(1, 9))


def accepted(name: st.SearchStrategy[str] = names) -> st.SearchStrategy[Accepted]:
    """What a user lets through: nothing, everything, or some names."""
    some = st.builds(Accepted, names=st.sets(name, max_size=2))
    return st.just(Accepted()) | some | st.just(Accepted(everything=True))


byte_counts: st.SearchStrategy[int] = st.integers(0, PETABYTE)
maybe_bytes: st.SearchStrategy[int | None] = st.none() | byte_counts
facts: st.SearchStrategy[InstanceFacts] = st.builds(InstanceFacts, maybe_bytes, maybe_bytes)


def capacity_rows(name: st.SearchStrategy[str] = names,
                  identity: st.SearchStrategy[str | None] = identities) -> st.SearchStrategy[CapacityRow]:
    """One measured database, up to a pebibyte."""
    return st.builds(CapacityRow, name, byte_counts, st.sampled_from(["stat", "query"]), st.sampled_from(Basis),
                     data_bytes=maybe_bytes, log_bytes=maybe_bytes, max_bytes=maybe_bytes, identity=identity)


def measurements(name: st.SearchStrategy[str] = names, *, max_size: int = 6) -> st.SearchStrategy[Measurements]:
    """What an engine answered, as carelessly as a plug-in may: names twice, or both measured and unmeasured."""
    return st.builds(
        Measurements, st.lists(capacity_rows(name), max_size=max_size),
        st.lists(st.builds(Unmeasured, name, failures), max_size=max_size), facts, st.lists(failures, max_size=2),
        st.frozensets(name, max_size=2),
    )


@st.composite
def stored_sizes(draw: st.DrawFn, name: st.SearchStrategy[str] = names,
                 identity: st.SearchStrategy[str | None] = identities) -> StoredSize:
    """One row of a day: measured by this package, or without bytes as the legacy service wrote it."""
    row, at, legacy = draw(capacity_rows(name, identity)), draw(instants), draw(st.booleans())
    size_mb = draw(st.sampled_from(MbRounding)).megabytes(row.size_bytes)
    if legacy:
        return StoredSize(row.database_name, at.date(), at, size_mb, size_mb)
    return StoredSize(row.database_name, at.date(), at, size_mb, identity=row.identity, method=row.method,
                      size_bytes=row.size_bytes, data_bytes=row.data_bytes, log_bytes=row.log_bytes,
                      max_bytes=row.max_bytes, basis=row.basis)


patterns: st.SearchStrategy[str] = st.text("abAB%_\\.*[", max_size=8)
"""SQL LIKE patterns, with characters that other pattern languages treat as special."""

engine_rules: st.SearchStrategy[EngineRules] = st.builds(
    EngineRules, st.frozensets(names, max_size=3), st.lists(patterns, max_size=3))
filter_rules: st.SearchStrategy[FilterRules] = st.builds(
    FilterRules, st.dictionaries(st.sampled_from(["scripted", "other", "unknown"]), engine_rules))

_words = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12)
secrets: st.SearchStrategy[Secret] = st.one_of(
    st.builds(EnvSecret, _words), st.builds(FileSecret, _words), st.builds(CommandSecret, st.lists(_words, min_size=1)),
    st.builds(PlainSecret, st.text(min_size=1)),
)
instances: st.SearchStrategy[Instance] = st.builds(
    Instance, _words, st.just("scripted"), _words, st.none() | st.integers(1, 65535), password=st.none() | secrets,
    tags=st.dictionaries(_words, _words, max_size=2), guard=policies, include_system=st.none() | st.booleans())
