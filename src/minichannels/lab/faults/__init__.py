"""Faults on purpose: what a network does now and then, from a seed."""

from minichannels.lab.faults.shuffled import ShuffledLayer

__all__ = ["ShuffledLayer"]
