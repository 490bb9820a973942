"""What an instance without databases, or without sizes, still says of itself."""
from capacity_sync.domain.capacity import InstanceFacts
from capacity_sync.testing.engines import GONE


def test_an_instance_without_databases_still_says_its_version(world):
    world.server()

    assert world.sync_one().server_version == "1.0"


def test_an_instance_of_which_nothing_could_be_measured_still_says_its_facts(world):
    server = world.server(a=10)
    server.lost["a"] = GONE
    server.facts = InstanceFacts(overhead_bytes=5, log_bytes=7)

    assert world.sync_one().facts == InstanceFacts(5, 7)
