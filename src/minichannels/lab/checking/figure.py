"""The small picture in a message: the rows concerned, and what is marked."""

from collections.abc import Sequence

from minichannels.flow import Event
from minichannels.lab.checking.texts import say


def shown(
    events: Sequence[Event], at: Event | None, missing: str
) -> tuple[str, str]:
    """Return the words of "where in the picture", and the picture.

    Args:
        events: what moved.
        at: the event to mark, if any.
        missing: what is not there, in words.
    """
    if at is None and not missing:
        return "", ""
    words = say("event", seq=at.seq) if at is not None else ""
    return f"{words} {missing}".strip(), ""
