"""What happened: events, their order, and how they are stored."""

from minichannels.flow.journal.events import Event
from minichannels.flow.journal.journal import Journal

__all__ = ["Event", "Journal"]
