"""What still holds: who is connected and who is a member, by the word of whom.

How it works: a connection begins with an event and ends with another, and so
does a membership. In between the first one is worth keeping, however old it
is: without it a picture of today lacks somebody. So each event that says so
knows the fact that it stands for, until that holds no more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from minichannels.flow.journal.events import Entry, Lane, Who, name_of
from minichannels.flow.journal.kinds import KINDS

OF_MEMBERS = frozenset({"join", "leave", "ghost", "loss"})
"""The kinds of events that may begin or end a membership."""

ACCEPT = "websocket.accept"

_Place = tuple[str, str]
"""A layer and a group; two empty texts for a connection itself."""

_OPEN: _Place = ("", "")


@dataclass(slots=True, eq=False)
class Fact:
    """Somebody is connected, or a member.

    Attributes:
        who: the connection's lane; or the member, by lane or by name.
        where: the layer and the group, of a member.
        said: the events that say so.
    """

    who: Who
    where: _Place
    said: list[Entry] = field(default_factory=list)


class Facts:
    """The facts that hold, as far as the events of a journal say."""

    def __init__(self) -> None:
        self._facts: dict[Who, dict[_Place, Fact]] = {}

    def note(self, entry: Entry) -> Iterable[Entry]:
        """Take in an event; return those that stand for nothing any more."""
        if entry.kind in OF_MEMBERS:
            return self._note_member(entry)
        if entry.ends:
            return self.closed(entry.lane)
        if KINDS[entry.kind].at_socket:
            _say(self._fact(entry.lane, _OPEN), entry)
        return ()

    def _note_member(self, entry: Entry) -> Iterable[Entry]:
        where = name_of(entry.target), entry.group
        match entry.kind:
            case "join" if not (fact := self._fact(entry.member, where)).said:
                _say(fact, entry)
            case "leave":
                return self._end(entry.member, where)
            case "ghost":
                self._haunt(entry)
            case "loss" if entry.status == "expired":
                over = self._memberships(entry.lane)
                return [e for f in over for e in self._end(f.who, f.where)]
        return ()

    def _haunt(self, entry: Entry) -> None:
        """Take in that a member is a ghost."""
        for fact in self._memberships(entry.lane):
            if fact.where[1] == entry.group:
                _say(fact, entry)

    def closed(self, lane: Lane) -> Iterable[Entry]:
        """Note that a connection is over; return what has said it was not."""
        lane.open = False
        return self._end(lane, _OPEN)

    def forget(self, entry: Entry) -> Iterable[Entry]:
        """Forget what an event stands for, and return all that do."""
        fact = entry.fact
        return self._end(fact.who, fact.where) if fact else ()

    def _fact(self, who: Who, where: _Place) -> Fact:
        facts = self._facts.setdefault(who, {})
        return facts.setdefault(where, Fact(who, where))

    def _memberships(self, lane: Lane) -> list[Fact]:
        """Return those of whoever is, or reads, in a lane."""
        # A mailbox without a reader is a member by its name.
        who = lane.application if lane.mailbox else lane
        facts = self._facts.get(who, {}).values()
        return [fact for fact in facts if fact.where != _OPEN]

    def _end(self, who: Who, where: _Place) -> Iterable[Entry]:
        facts = self._facts.get(who, {})
        fact = facts.pop(where, None)
        if fact is None:
            return ()
        if not facts:
            del self._facts[who]
        for entry in fact.said:
            entry.fact = None
        return fact.said


def _say(fact: Fact, entry: Entry) -> None:
    entry.fact = fact
    fact.said.append(entry)
