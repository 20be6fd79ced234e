"""A second notebook, played: a process of its own that runs cells."""
