"""Many rows at once: nothing is lost, cut off, merged or mistaken for syntax on the way to the driver."""
import sqlite3
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capacity_sync.adapters.stores.sql import bulk
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.capacity import StoredSize
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.outcomes import StoreFailed
from capacity_sync.domain.reconciliation import EventKind, LifecycleEvent

AT, DAY = datetime(2026, 3, 1, 4, 5, 6, 789012, tzinfo=UTC), date(2026, 3, 1)
EVERYWHERE = pytest.mark.parametrize("store", ["sqlite", "postgresql", "mariadb"], indirect=True)
HOSTILE = (
    "shop", "Shop", "shop ", " shop", "\N{GRINNING FACE}", "été", "库名", "it's", 'say "so"', "back\\slash", "\\",
    "\\\\", "\\'", '\\"', '"', "'", "`", "%", "%s", "%%", "%(new_database_name)s", "?", ":name", "NULL", "null", "{}",
    "{", "}", ",", "','", '","', "),(", "a\nb", "a\tb", "a\rb", "\x1a", "\b", "--", "/*", "$1", "1", "true",
    "2026-03-01", "\x7f",
)
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)


@pytest.fixture
def work(store):
    return SqlUnitOfWork(store)


@pytest.fixture
def owner(work):
    with work:
        owner = work.instances.register([Instance("orders", "mysql")], AT)["orders"]
        work.commit()
    return owner


@pytest.fixture
def sent(store):
    """The first word of each statement."""
    words = []
    sa.event.listen(store, "before_cursor_execute", lambda _, __, sql, *___: words.append((sql.split()[0], len(sql))))
    return words


def known(name, identity=None):
    return KnownDatabase(name, DAY, DAY, identity=identity)


def saved(work, owner, databases):
    """What the store knows once *databases* are saved; taken back."""
    with work:
        work.databases.save(owner, databases, AT)
        return work.databases.known(owner)


@EVERYWHERE
@pytest.mark.parametrize("more", [(), ("unit\x1fseparator",), ("\x1f",)], ids=["plain", "with a separator", "only one"])
def test_hostile_names_come_back_byte_for_byte(work, owner, more):
    databases = sorted(map(known, (*HOSTILE, *more)), key=lambda one: one.name)

    assert saved(work, owner, databases) == databases


@EVERYWHERE
@pytest.mark.parametrize("given_to", [lambda n: None, lambda n: str(n), lambda n: None if n % 3 else f"id, {n}'\\"],
                         ids=["none", "all", "some"])
def test_what_is_null_stays_null(work, owner, given_to):
    databases = [known(f"db {n:03}", given_to(n)) for n in range(120)]

    assert saved(work, owner, databases) == databases


@EVERYWHERE
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(databases=st.lists(st.builds(known, names, st.none() | names), max_size=5, unique_by=lambda one: one.name))
def test_any_text_comes_back(work, owner, databases):
    assert saved(work, owner, databases) == sorted(databases, key=lambda one: one.name)


@EVERYWHERE
def test_instants_that_are_equal_in_their_zone_are_two(work, owner):
    """02:30 in the night when the clocks go back."""
    first = datetime(2025, 10, 26, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    second = first.replace(fold=1)
    assert first == second

    with work:
        work.sizes.save(owner, [StoredSize("a", DAY, first, 1), StoredSize("b", DAY, second, 1)])
        found = [size.collected_at for size in work.sizes.of_day(owner, DAY)]

    assert found == [datetime(2025, 10, 26, 0, 30, tzinfo=UTC), datetime(2025, 10, 26, 1, 30, tzinfo=UTC)]


@EVERYWHERE
def test_a_time_without_a_zone_is_refused(work, owner):
    sizes = [StoredSize(name, DAY, AT.replace(tzinfo=None), 1) for name in "ab"]

    with work, pytest.raises((ValueError, StoreFailed), match="without a zone"):
        work.sizes.save(owner, sizes)


@EVERYWHERE
@pytest.mark.parametrize("rows", [1, 2, 49, 50, 51, 100, 120])
def test_every_row_of_every_group_is_written(work, owner, rows):
    sizes = [StoredSize(f"db {n:03}", DAY + timedelta(n % 2), AT, n, size_bytes=2**62 + n) for n in range(rows)]
    with work:
        for _ in range(2):
            work.sizes.save(owner, [evolve(size, log_bytes=7) for size in reversed(sizes)])
        found = [*work.sizes.of_day(owner, DAY), *work.sizes.of_day(owner, DAY + timedelta(1))]

    assert sorted(found, key=lambda size: size.database_name) == [evolve(size, log_bytes=7) for size in sizes]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_an_old_sqlite_could_take_every_statement(work, owner):
    """999 values are as many as versions before 3.32 take."""
    with work:
        raw = work._connection().connection.dbapi_connection
        raw.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
        work.sizes.save(owner, [StoredSize(f"db {n}", DAY, AT, 1) for n in range(120)])
        work.databases.save(owner, [known(f"db {n}") for n in range(120)], AT)

        assert len(work.sizes.of_day(owner, DAY)) == len(work.databases.known(owner)) == 120


@EVERYWHERE
def test_rows_without_a_key_may_be_the_same(work, owner):
    event = LifecycleEvent("shop", EventKind.CREATED)
    with work:
        work.databases.record(owner, [event, event], None, AT)

        assert work.databases.events(owner) == [event, event]


@pytest.mark.parametrize("store", ["postgresql", "mariadb"], indirect=True)
@pytest.mark.parametrize("others", [[], [known("other")]], ids=["alone", "among others"])
def test_a_text_that_does_not_fit_is_refused_and_not_cut_off(work, owner, others):
    with work, pytest.raises(StoreFailed, match="too long"):
        work.databases.save(owner, [known("shop", "x" * 129), *others], AT)


@EVERYWHERE
def test_very_many_rows_are_written_some_at_a_time(work, owner, sent, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 100)
    events = [LifecycleEvent(f"db {n:04}", EventKind.CREATED) for n in range(250)]

    with work:
        work.databases.record(owner, events, None, AT)
        assert work.databases.events(owner) == events
    assert [word for word, _ in sent].count("INSERT") == 3


@pytest.mark.parametrize("store", ["mariadb"], indirect=True)
def test_a_statement_stays_below_the_largest_packet_by_far(work, owner, sent):
    databases = [known(f"{n:04}" + "\N{GRINNING FACE}" * 251) for n in range(2500)]

    assert saved(work, owner, databases) == databases
    assert 2 < [word for word, _ in sent].count("INSERT") < 6
    assert all(length < bulk.STATEMENT_BYTES + 1000 for _, length in sent)


def test_the_last_of_equal_keys_counts_and_keys_are_in_order():
    values = {"owner": [2, 1, 2], "name": ["b", "a", "b"], "size": [1, 2, 3]}

    assert bulk.told_apart(values, ("owner", "name")) == {"owner": [1, 2], "name": ["a", "b"], "size": [2, 3]}
    assert bulk.told_apart(values, ()) is values
    assert bulk.told_apart({"name": ["a", "b"], "size": [1, 2]}, ("name",)) == {"name": ["a", "b"], "size": [1, 2]}


@pytest.mark.parametrize(("column", "text"), [
    ([1, None, -3], "{1,NULL,-3}"), ([True, False], "{True,False}"), ([], "{}"), ([None], "{NULL}"),
    (["a", None, 'b"\\'], '{"a",NULL,"b\\"\\\\"}'), (["", "NULL"], '{"","NULL"}'), ([1, "1,2"], '{"1","1,2"}'),
    ([DAY], "{2026-03-01}"),
])
def test_arrays_as_postgresql_reads_them(column, text):
    assert bulk.array(column) == text


def test_what_stands_in_many_rows_is_converted_once():
    made = []
    at, same = AT, AT.replace()

    assert bulk.each_once(lambda value: made.append(value) or len(made), [at, at, same, at]) == [1, 1, 2, 1]
    assert len(made) == 2
    assert bulk.each_once(lambda value: made.append(value) or len(made), [at, at, at]) == [3, 3, 3]
    assert bulk.each_once(made.append, []) == []
    assert len(made) == 3
