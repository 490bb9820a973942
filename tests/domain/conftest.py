"""The domain is pure and quick: many examples, no deadline that a busy machine could miss."""
import os

from hypothesis import HealthCheck, settings

settings.register_profile("domain", deadline=None, max_examples=60)
settings.register_profile("mutation", deadline=None, max_examples=60, derandomize=True, database=None,
                          suppress_health_check=[HealthCheck.differing_executors])
settings.load_profile(os.environ.get("CAPACITY_SYNC_HYPOTHESIS", "domain"))
