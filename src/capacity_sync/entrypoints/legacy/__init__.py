"""The interface of the old service, over the same use cases. Dicts exist in this package only."""
