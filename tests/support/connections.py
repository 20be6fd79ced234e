"""Connections without a server, as the recorder would make them."""

from minichannels.flow.journal.journal import Journal
from minichannels.flow.recording.application.connection import (
    Connection,
    Surroundings,
)
from minichannels.flow.recording.clients.names import ClientEnd


def connect(journal: Journal, name: str = "ada") -> Connection:
    """Return a connection of a client to ``app of name``."""
    lane = journal.open_lane(name, f"app of {name}")
    around = Surroundings(journal, (), lambda: None, lambda name: 1)
    return Connection(around, lane, ClientEnd(name))
