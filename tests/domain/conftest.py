"""The domain is pure and quick: many examples, no deadline that a busy machine could miss."""
import os

from hypothesis import settings

settings.register_profile("domain", deadline=None, max_examples=60)
settings.register_profile("mutation", settings.get_profile("domain"), derandomize=True, database=None)
settings.load_profile(os.environ.get("CAPACITY_SYNC_HYPOTHESIS", "domain"))
