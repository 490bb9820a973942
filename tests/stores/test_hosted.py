"""A host application's own transaction, session and connection around ours: it commits, and its rollback undoes all."""
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from attrs import evolve
from dependency_injector import providers
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from capacity_sync import Container, Settings, host_unit_of_work
from capacity_sync.adapters.stores.sql.leases import leases_in
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.adapters.stores.sql.tables import capacity_sync_store, database_size_stats, instances
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import StoreFailed, StoreInterrupted
from capacity_sync.domain.sync_report import Status
from capacity_sync.testing.engines import ScriptedEngines, ScriptedServer
from capacity_sync.testing.store_contract.examples import AT, SIZE
from tests.servers.stores import emptied

ORDERS = Instance("orders", "scripted")
AN_HOUR = 3600.0


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def host(request, tmp_path):
    """The host's own engine, made as hosts make them, on a current store without a row."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/host.db"
        ready_to_sync(open_store(url))
    else:
        url = request.getfixturevalue(f"{request.param}_store")
        emptied(url).dispose()
    driver = {"postgresql": "postgresql+psycopg2", "mysql": "mysql+pymysql"}
    engine = sa.create_engine(sa.make_url(url).set(drivername=driver.get(url.partition(":")[0], "sqlite")))
    yield engine
    with engine.begin() as connection:
        connection.execute(sa.delete(capacity_sync_store).where(capacity_sync_store.c.value == "the host's"))
    engine.dispose()


@pytest.fixture
def container():
    """One whose own store must never be opened."""
    container = Container.from_settings(Settings("sqlite:////nowhere/at/all.db"))
    engines = providers.Object(ScriptedEngines.of({"orders": ScriptedServer({"shop": 1, "zoo": 2})}))
    with container.engines.override(engines), container.connections.override(engines):
        yield container


def count(engine, table=database_size_stats):
    with engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table))


def note(key):
    return sa.insert(capacity_sync_store).values(key=key, value="the host's")


SYNCS = {
    "coordinator": lambda container: container.coordinator().collect_and_save(ORDERS).status,
    "fleet": lambda container: container.fleet().run([ORDERS], workers=4).status,
}


@pytest.mark.parametrize("sync", SYNCS.values(), ids=SYNCS)
@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_the_host_decides_what_becomes_of_a_sync(host, container, sync, ends):
    with Session(host) as session, container.unit_of_work.override(providers.Object(host_unit_of_work(session))):
        session.execute(note("before"))
        assert sync(container) is Status.COMPLETED
        assert session.scalar(sa.select(sa.func.count()).select_from(database_size_stats)) == 2
        session.execute(note("after"))
        if host.dialect.name != "sqlite":
            assert (count(host), count(host, instances)) == (0, 0)
        getattr(session, ends)()

    kept = ends == "commit"
    assert (count(host), count(host, instances)) == ((2, 1) if kept else (0, 0))
    with host.connect() as connection:
        noted = set(connection.scalars(sa.select(capacity_sync_store.c.key))) & {"before", "after"}
    assert noted == ({"before", "after"} if kept else set())


def test_one_session_serves_many_transactions_of_the_host(host, container):
    with Session(host) as session, container.unit_of_work.override(providers.Object(host_unit_of_work(session))):
        for end in (session.rollback, session.commit, session.rollback):
            assert container.fleet().run([ORDERS]).status is Status.COMPLETED
            end()

    assert count(host) == 2


def test_a_connection_will_do(host, container):
    with host.connect() as connection:
        with container.unit_of_work.override(providers.Object(host_unit_of_work(connection))):
            assert container.fleet().run([ORDERS]).status is Status.COMPLETED
        connection.rollback()
        assert count(host) == 0
        with container.unit_of_work.override(providers.Factory(host_unit_of_work, connection)):
            assert container.fleet().run([ORDERS]).status is Status.COMPLETED
        connection.commit()

    assert count(host) == 2


def test_what_the_host_added_to_its_session_is_seen(host):
    class Base(sa.orm.DeclarativeBase):
        pass

    class OfHost(Base):
        __table__ = sa.Table("instances", Base.metadata, sa.Column("id", sa.Integer, primary_key=True), *(
            sa.Column(column.name, column.type) for column in instances.c if column.name != "id"))

    sessions = scoped_session(sessionmaker(host))
    sessions.add(OfHost(name="orders", db_type="mysql", is_active=True, created_at=AT, updated_at=AT))

    with host_unit_of_work(sessions) as work:
        assert work.instances.ids().keys() == {"orders"}
    sessions.remove()


def test_a_refused_statement_costs_our_transaction_and_not_the_hosts(host):
    with Session(host) as session:
        session.execute(note("before"))
        work = host_unit_of_work(session)
        with work:
            owner = work.instances.register([ORDERS], AT)["orders"]
            with pytest.raises(StoreFailed):
                work.sizes.save(owner, [evolve(SIZE, size_bytes=2**63)])
        with work:
            assert work.instances.ids() == {}
        session.commit()

    with host.connect() as connection:
        assert "before" in set(connection.scalars(sa.select(capacity_sync_store.c.key)))


def test_a_deadlock_is_not_tried_again_and_says_what_to_do(host):
    if host.dialect.name == "sqlite":
        return   # whoever writes there waits for the one lock there is
    with Session(host) as session:
        work = host_unit_of_work(session)
        with work:
            for name in ("one", "two"):
                work.instances.register([Instance(name, "scripted")], AT)
            work.commit()
        session.commit()
    both = Barrier(2)

    def crossing(first, second):
        with Session(host) as session, host_unit_of_work(session) as work:
            work.instances.register([Instance(first, "scripted")], AT)
            both.wait(timeout=30)
            work.instances.register([Instance(second, "scripted")], AT)

    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(crossing, "one", "two"), pool.submit(crossing, "two", "one")]
        [error] = [error for end in ends if (error := end.exception(timeout=60))]

    assert isinstance(error, StoreFailed)
    assert not isinstance(error, StoreInterrupted)
    assert "the transaction of the host is lost: roll it back" in str(error)


def test_another_process_is_kept_away_while_the_host_syncs(host, container):
    seen = []

    class Looking(ScriptedServer):
        def step(self, call):
            super().step(call)
            if call == "fetch_inventory" and host.dialect.name != "sqlite":
                seen.append(leases_in(host).take("instance orders", AN_HOUR))

    engines = providers.Object(ScriptedEngines.of({"orders": Looking({"shop": 1})}))
    with (Session(host) as session, container.engines.override(engines), container.connections.override(engines),
          container.unit_of_work.override(providers.Object(host_unit_of_work(session)))):
        assert container.fleet().run([ORDERS]).status is Status.COMPLETED
        session.commit()

    assert seen == ([] if host.dialect.name == "sqlite" else [False])
    leases = leases_in(host)
    assert leases.take("instance orders", AN_HOUR)
    leases.release("instance orders")


def test_flask_sqlalchemy_commits_and_rolls_back(host, container):
    app = Flask("host")
    app.config["SQLALCHEMY_DATABASE_URI"] = host.url
    database = SQLAlchemy(app)

    with app.app_context():
        with container.unit_of_work.override(providers.Factory(host_unit_of_work, database.session)):
            for end in (database.session.rollback, database.session.commit):
                report = container.coordinator().collect_and_save(ORDERS)
                assert report.status is Status.COMPLETED
                end()
                database.session.remove()
        database.engine.dispose()

    assert count(host) == 2
