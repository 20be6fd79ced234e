"""The events of a request that is looked at once somebody asks (``deferred``).

How it works: an event has no lane and no payload before one of them is asked
for. Then it finds out where its request belongs, and holds that no more.
"""

from collections.abc import Callable
from typing import Any

from minichannels.flow.journal.events import Entry
from minichannels.flow.journal.masking import masked_text
from minichannels.flow.recording.application.short.answers import BODY, START
from minichannels.flow.recording.application.short.deferred import (
    Later,
    Whereabouts,
    filling,
    placed,
)
from minichannels.flow.recording.bodies import where_to
from minichannels.flow.recording.clients.shown import without


class Told(Entry):
    """What was sent, in the journal: whose it is, and what, is asked later.

    Attributes:
        deferred: the connection; None once it was asked.
        raw: what it carries, until then.
        carried: returns what may be kept of that.
    """

    kind, is_http = "send", True
    deferred: Any
    raw: Any
    carried: Callable[[], dict[str, Any]]

    # Made without a further call: whoever makes it sets what it knows.
    __init__ = object.__init__

    def settle(self) -> None:
        """Find out whose it is, and what may be kept of what it carries."""
        with filling:
            if self.deferred is not None:  # else another thread has
                self.belongs(placed(self.deferred))

    def belongs(self, place: Whereabouts) -> None:
        """Note whose it is, and keep what may be kept, if that is not done."""
        if self.deferred is None:
            return
        self.payload = without(place.secrets, self.carried())
        self.lane, self.deferred, self.raw = place.lane, None, None
        self.is_open = False

    lane: Any = Later("lane", settle)
    payload: Any = Later("payload", settle)


class Start(Told):
    """The start of a response.

    Attributes:
        raw: what its server has said of the request.
        code: the status of the response.
        is_open: whether its connection is there, and has no lane so far.
    """

    type, is_open = START, True
    code: int

    def carried(self) -> dict[str, Any]:
        """Return what may be kept of what it carries."""
        return {**where_to(self.raw), "status": self.code}


class Whole(Told):
    """The body of a response."""

    type, ends = BODY, True

    def carried(self) -> dict[str, Any]:
        """Return what may be kept of what it carries."""
        return {"body": masked_text(self.raw)}
