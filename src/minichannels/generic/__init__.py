"""Consumers for common protocols, to derive your own from.

Source: Channels, "Generic Consumers".
"""
