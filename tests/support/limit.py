"""How long a test waits."""

LIMIT = 10
"""Seconds for something that should come at once."""

OF_PROCESS = 60
"""Seconds for a process of its own, which first imports all that it needs."""
