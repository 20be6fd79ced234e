"""Journals of several processes: written as they go, and joined into one."""
