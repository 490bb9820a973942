"""Sizes: exact bytes, how they were measured, and what could not be."""
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import Enum
from typing import TypeVar, overload

from attrs import field, frozen

from capacity_sync.domain.bounds import byte_count, maybe_byte_count, text
from capacity_sync.domain.inventory import same_incarnation, valid_identity
from capacity_sync.domain.outcomes import Category, Failure

MIB = 1024 * 1024


def _frozen_names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


class Basis(Enum):
    """What a size rests on, best first."""

    FILE = "file"
    ALLOCATED = "allocated"
    USED = "used"
    ESTIMATE = "estimate"


class MbRounding(Enum):
    """How the legacy megabyte columns were rounded, by engine: history must stay continuous."""

    CEIL = "ceil"
    TRUNCATE = "truncate"

    def megabytes(self, size: int) -> int:
        """*size* bytes as the whole MiB that the legacy service would have stored."""
        return -(-size // MIB) if self is MbRounding.CEIL else size // MIB


@frozen
class CapacityRow:
    """The measured size of one database, in bytes.

    `size_bytes`: its data files, without its log. `data_bytes`: the same unless the engine splits it.
    `log_bytes`: None where the engine has no log per database. `max_bytes`: the bound of the data files,
    None if any is unbounded. `identity`: the measured incarnation, None where the engine has none.
    """

    database_name: str = field(validator=text())
    size_bytes: int = field(validator=byte_count)
    method: str = field(validator=text(32))
    basis: Basis
    data_bytes: int | None = field(kw_only=True, validator=maybe_byte_count)
    log_bytes: int | None = field(default=None, kw_only=True, validator=maybe_byte_count)
    max_bytes: int | None = field(default=None, kw_only=True, validator=maybe_byte_count)
    identity: str | None = field(default=None, kw_only=True, validator=valid_identity)

    @data_bytes.default
    def _all_of_it(self) -> int:
        return self.size_bytes


@frozen
class Unmeasured:
    """A database whose size is not known, and why. Never a zero."""

    database_name: str
    failure: Failure


@frozen
class InstanceFacts:
    """Bytes that belong to an instance and to no database: never in totals. None: not known."""

    overhead_bytes: int | None = field(default=None, validator=maybe_byte_count)
    log_bytes: int | None = field(default=None, validator=maybe_byte_count)


@frozen
class Measurements(Sequence[CapacityRow]):
    """The rows an engine measured, and beside them what it could not.

    `degraded`: names measured by an estimate only because a privilege is missing (the warning has the GRANT).
    """

    rows: tuple[CapacityRow, ...] = field(default=(), converter=tuple[CapacityRow, ...])
    unmeasured: tuple[Unmeasured, ...] = field(default=(), converter=tuple[Unmeasured, ...])
    facts: InstanceFacts = InstanceFacts()
    warnings: tuple[Failure, ...] = field(default=(), converter=tuple[Failure, ...])
    degraded: frozenset[str] = field(default=frozenset(), converter=_frozen_names)

    @overload
    def __getitem__(self, index: int) -> CapacityRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[CapacityRow]: ...
    def __getitem__(self, index: int | slice) -> CapacityRow | Sequence[CapacityRow]:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)


def nothing_measured(targets: Iterable[str], failure: Failure) -> Measurements:
    """All *targets* unmeasured for one common reason."""
    return Measurements(unmeasured=(Unmeasured(name, failure) for name in sorted(set(targets))))


def account_for(measured: Measurements, targets: Iterable[str]) -> Measurements:
    """*measured* with every target exactly once, in `rows` or in `unmeasured`, and nothing else.

    A target the engine passed over, and one it gave two different sizes for, is unmeasured.
    Rows are sorted by name.
    """
    wanted = sorted(set(targets))
    sizes: dict[str, set[CapacityRow]] = {}
    for row in measured.rows:
        sizes.setdefault(row.database_name, set()).add(row)
    reasons = {u.database_name: u.failure for u in measured.unmeasured}
    lost = {name: reasons.get(name) or _unclear(len(sizes.get(name, ())))
            for name in wanted if name in reasons or len(sizes.get(name, ())) != 1}
    return Measurements(
        rows=(next(iter(sizes[name])) for name in wanted if name not in lost),
        unmeasured=(Unmeasured(name, failure) for name, failure in lost.items()),
        facts=measured.facts,
        warnings=measured.warnings,
        degraded=measured.degraded.intersection(wanted).difference(lost),
    )


def _unclear(answers: int) -> Failure:
    if answers == 0:
        return Failure(Category.QUERY, "the engine returned no size for this database", retryable=True)
    return Failure(Category.INTERNAL, f"the engine returned {answers} different sizes for this database")


@frozen
class StoredSize:
    """A row of `database_size_stats`. Byte fields are None in rows that the legacy service wrote."""

    database_name: str
    collected_date: date
    collected_at: datetime
    size_mb: int
    data_size_mb: int | None = None
    log_size_mb: int | None = None
    identity: str | None = None
    size_bytes: int | None = None
    data_bytes: int | None = None
    log_bytes: int | None = None
    max_bytes: int | None = None
    method: str | None = None
    basis: Basis | None = None


@frozen
class InstanceTotal:
    """A row of `instance_size_stats`: the day's rows of active databases, summed.

    `total_bytes` is None when a row of the day has no bytes (legacy). `measured_count` rows were summed;
    `expected_count` databases are active.
    """

    total_mb: int
    total_bytes: int | None
    measured_count: int
    expected_count: int
    facts: InstanceFacts = InstanceFacts()


LARGEST_TOTAL_MB = 2**31 - 1
"""What the legacy column for it holds, two pebibytes; the exact bytes have a wider one."""


def total_of(sizes: Iterable[StoredSize], active: Iterable[str], facts: InstanceFacts) -> InstanceTotal | None:
    """The instance's total over the day's *sizes* of *active* databases; None when there is no such row."""
    expected = set(active)
    counted = [s for s in sizes if s.database_name in expected]
    known = [s.size_bytes for s in counted if s.size_bytes is not None]
    if not counted:
        return None
    return InstanceTotal(
        total_mb=min(sum(s.size_mb for s in counted), LARGEST_TOTAL_MB),
        total_bytes=sum(known) if len(known) == len(counted) else None,
        measured_count=len(counted),
        expected_count=len(expected),
        facts=facts,
    )


Measured = TypeVar("Measured", CapacityRow, StoredSize)


def worth_saving(rows: Iterable[Measured], stored: Iterable[StoredSize]) -> Iterator[Measured]:
    """Those *rows* that do not worsen the day: an estimate never replaces a better value of the same incarnation."""
    estimate = Basis.ESTIMATE
    before = {s.database_name: s for s in stored if s.basis is not None and s.basis is not estimate}
    for row in rows:
        better = None if row.basis is not estimate else before.get(row.database_name)
        if better is None or not same_incarnation(better.identity, row.identity):
            yield row
