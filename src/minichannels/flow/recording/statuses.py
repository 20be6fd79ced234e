"""What became of a message: all that may, and the one place that says so.

What an entry of the journal says of a message is its *fate*: a status, and
the same in words, the reason. It is first "delivered" (or "waiting", for
what lies in a mailbox) and may change once, by a function of this module:

  what is noticed                            then it is    function

  of a delivery, one member's copy:
    it was sent                              waiting       mark_waiting
    it is read                               delivered *   mark_read
    there is no room for it: group_send      dropped       mark_without_room
                             send            refused       mark_without_room
    it was too old to be read                expired *     mark_lost
    its mailbox, or the recording, ended     undelivered * mark_lost
    one that was sent later is read **       undelivered   mark_overtaken

  of what an application was handed:
    its consumer has no handler for it       unhandled     mark_unhandled
    its consumer ended before it began       undelivered   mark_not_begun

  of what an application sent:
    the layer raised an error                refused       mark_refused
    it turns its client away                 refused       mark_refused
    the server raised an error               undelivered   mark_not_arrived
    no ack came, for as long as one may take unanswered    mark_unanswered

 * A delivery arrives at one moment, and its end may come at another. What
   the entry says stays true of its own moment: it goes on "waiting" there,
   and an entry of its own (a read, a loss) tells of the end where it came.
   Only if nothing happened at the reader in between, the two are one moment
   to it, and one entry.
** Where a layer tells of its losses it is not needed to guess them.
"""

from minichannels.flow.journal.events import Entry
from minichannels.flow.journal.journal import Journal


def mark_waiting(entry: Entry, number: int, capacity: int | None) -> None:
    """Note in which place of its mailbox a message waits.

    It is put into words when somebody reads the journal: most are read first.
    """
    if capacity is not None and number > capacity:
        number = capacity  # a layer that does not tell has dropped some
    entry.status, entry.waiting, entry.capacity = "waiting", number, capacity


def mark_read(entry: Entry, journal: Journal) -> Entry:
    """Note that a delivery is read; return the entry that says so."""
    if entry.moved == entry.lane.moved:
        mark_read_at_once(entry, journal.clock())
        journal.changed()
        return entry
    read = _later("read", entry)
    read.waited = _time_since(entry, journal)
    journal.add(read)
    return read


def mark_read_at_once(entry: Entry, now: float) -> None:
    """Note that a delivery was read before its reader did anything."""
    if entry.status == "waiting":  # or it was said already
        if entry.at is not None:
            entry.waited = now - entry.at
        entry.status, entry.waiting, entry.capacity = "delivered", None, None


def mark_without_room(entry: Entry, status: str, capacity: int | None) -> None:
    """Note that a mailbox was full: a delivery was dropped, or refused."""
    words = "full" if capacity is None else f"full {capacity}/{capacity}"
    entry.become(status, words, capacity=capacity)


def mark_lost(entry: Entry, journal: Journal, status: str, words: str) -> None:
    """Note that what waited will not be read any more."""
    loss = _later("loss", entry)
    loss.become(status, words)
    loss.waited = _time_since(entry, journal)
    journal.add(loss)


def mark_overtaken(entry: Entry) -> None:
    """Note that a later delivery was read: this one was never kept."""
    entry.become("undelivered", "not received")


def mark_unhandled(entry: Entry) -> None:
    """Note that a consumer has no handler for what it was handed."""
    entry.become("unhandled", "no handler")


def mark_not_begun(entry: Entry) -> None:
    """Note that a consumer was handed something, and did not come to it."""
    if entry.status == "delivered":  # it may have had no handler, either
        entry.become("undelivered", "undelivered")


def mark_refused(entry: Entry, words: str) -> None:
    """Note that what an application sent was not taken."""
    entry.become("refused", words)


def mark_not_arrived(entry: Entry) -> None:
    """Note that what an application sent did not reach its client."""
    entry.become("undelivered", "undelivered")


def mark_unanswered(entry: Entry) -> None:
    """Note that no ack has come: it, or its ack, was lost on its way."""
    entry.become("unanswered", "no ack")


def _time_since(entry: Entry, journal: Journal) -> float | None:
    return None if entry.at is None else journal.clock() - entry.at


def _later(kind: str, entry: Entry) -> Entry:
    """Return an entry of its own for the end of a delivery."""
    later = Entry(kind, entry.lane, entry.type, entry.payload)
    later.source, later.target = entry.source, entry.target
    later.group, later.cause = entry.group, entry.id
    return later
