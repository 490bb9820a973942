"""What comes between inventory and sizes: a cut connection, a new database. Needs `reader` and `database`."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from capacity_sync.domain.outcomes import Category, EngineError
from tests.servers.proxy import proxy_of


def test_a_connection_that_is_reset_is_a_broken_network_and_may_be_tried_again(reader, database):
    name = database()
    with (proxy_of(reader.server.host, reader.server.port) as proxy,
          reader.session(host="127.0.0.1", port=proxy.port) as session):
        assert name in {row.name for row in reader.adapter.fetch_inventory(session)}
        proxy.reset()
        with pytest.raises(EngineError) as caught:
            reader.adapter.fetch_capacity(session, [name])

    assert (caught.value.failure.category, caught.value.failure.retryable) == (Category.NETWORK, True)


def test_a_call_that_hangs_ends_when_its_connection_is_severed_from_another_thread(reader):
    with (proxy_of(reader.server.host, reader.server.port) as proxy, ThreadPoolExecutor(1) as threads,
          reader.session(host="127.0.0.1", port=proxy.port) as session):
        proxy.stall()
        listing = threads.submit(reader.adapter.fetch_inventory, session)
        assert proxy.held.wait(20)
        session.sever()
        with pytest.raises(EngineError) as caught:
            listing.result(timeout=20)

        assert caught.value.failure.category is Category.NETWORK
        session.close()
        session.sever()


def test_a_database_created_after_the_listing_waits_for_the_next_sync(reader, database):
    old = database()
    with reader.session() as session:
        listed = [row.name for row in reader.adapter.fetch_inventory(session) if not row.is_system]
        new = database()
        measured = {row.database_name for row in reader.adapter.fetch_capacity(session, listed)}

    assert old in measured
    assert new not in measured
    assert new in {row.name for row in reader.listing()}
