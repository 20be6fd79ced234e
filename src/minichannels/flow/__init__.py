"""Message flow: a journal of what moved, and how it is shown.

An application has one seam to the world (``receive`` and ``send``), a consumer
one to the others (the channel layer). :class:`Recorder` wraps the first,
``RecordedLayer`` the second; both write to a :class:`Journal`, and a
:class:`Flow` shows it: as lanes, mailboxes, topology or threads, as a table or
text.
"""

from minichannels.flow.charts.onion import onion
from minichannels.flow.charts.states import state_diagram
from minichannels.flow.flow import Flow
from minichannels.flow.journal.events import Event
from minichannels.flow.journal.journal import Journal
from minichannels.flow.record import Recording, record
from minichannels.flow.recording.application.recorder import Recorder

__all__ = [
    "Event",
    "Flow",
    "Journal",
    "Recorder",
    "Recording",
    "onion",
    "record",
    "state_diagram",
]
