"""How long a test waits."""

LIMIT = 10
"""Seconds for something that should come at once."""
