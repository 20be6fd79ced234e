"""Lessons executed and stored; a maintainer's tools."""
