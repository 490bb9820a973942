"""Observers: what a run tells while it goes."""
