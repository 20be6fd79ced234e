"""Slips in single lines: those that ran without use, and those that failed."""
