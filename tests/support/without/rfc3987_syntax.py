"""A package that is there, and is as good as not there."""

raise ImportError("taken as not installed, for its import takes seconds")
