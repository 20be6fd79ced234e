"""Bridges to other frameworks, each imported only by whoever names it."""
