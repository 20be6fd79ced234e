"""What still holds: who is connected and who is a member, by the word of whom.

How it works: a connection begins with an event and ends with another, and so
does a membership. In between the first one is worth keeping, however old it
is: without it a picture of today lacks somebody. So each *fact* knows the
events that say so, until it holds no more.

=======================  ==============================================
event                    what it says
=======================  ==============================================
the first at a socket    somebody is connected
``websocket.accept``     the same once more
any that *ends*          it is connected no more
join                     somebody is a member, unless that is known
leave                    it is no member any more
ghost                    it is a member still, though it is gone
loss that has *expired*  its reader is no member of any group any more
=======================  ==============================================

This is said here and nowhere else. A journal asks before it forgets (there,
whoever is meant is a lane, for names may still change), and the fold before
anything is drawn (``model.fold``).
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from minichannels.flow.journal.events import Entry, Event, name_of
from minichannels.flow.journal.kinds import KINDS

OF_MEMBERS = frozenset({"join", "leave", "ghost", "loss"})
"""The kinds of events that may begin or end a membership."""

ACCEPT = "websocket.accept"

Group = tuple[str, str]
"""A layer and a group; two empty texts for a connection itself."""

OPEN: Group = ("", "")

Somebody = TypeVar("Somebody", bound=Hashable)
Said = TypeVar("Said", Entry, Event)


@dataclass(slots=True, eq=False)
class Fact(Generic[Somebody, Said]):
    """Somebody is connected, or a member.

    Attributes:
        who: whoever is connected, or a member.
        where: the layer and the group of a member; ``OPEN`` of a connection.
        said: the events that say so.
        over: whether it holds no more.
    """

    who: Somebody
    where: Group
    said: list[Said] = field(default_factory=list)
    over: bool = False


class Facts(Generic[Somebody, Said]):
    """The facts that hold after some events."""

    def __init__(self) -> None:
        self._facts: dict[Somebody, dict[Group, Fact[Somebody, Said]]] = {}

    def __iter__(self) -> Iterator[Fact[Somebody, Said]]:
        for facts in self._facts.values():
            yield from facts.values()

    def note(
        self, event: Said, here: Somebody, member: Somebody
    ) -> Iterable[Fact[Somebody, Said]]:
        """Take in an event; return the facts that begin, change or end.

        Args:
            event: the event.
            here: where it happens; of a connection, one that is not over.
            member: who joins or leaves with it, if somebody does.
        """
        if event.kind in OF_MEMBERS:
            return self._note_member(event, here, member)
        if event.ends:
            return self.end(here, OPEN)
        if KINDS[event.kind].at_socket:
            fact = self._fact(here, OPEN)
            if not fact.said or event.type == ACCEPT:
                return _say([fact], event)
        return ()

    def _note_member(
        self, event: Said, here: Somebody, member: Somebody
    ) -> Iterable[Fact[Somebody, Said]]:
        where = name_of(event.target), event.group
        match event.kind:
            case "join" if not (fact := self._fact(member, where)).said:
                return _say([fact], event)
            case "leave":
                return self.end(member, where)
            case "ghost":
                there = self._memberships(here)
                return _say([f for f in there if f.where[1] == where[1]], event)
            case "loss" if event.status == "expired":
                there = self._memberships(here)
                return [over for f in there for over in self.end(here, f.where)]
        return ()

    def end(
        self, who: Somebody, where: Group
    ) -> Iterable[Fact[Somebody, Said]]:
        """Note that something holds no more; return it, if it did."""
        facts = self._facts.get(who, {})
        fact = facts.pop(where, None)
        if fact is None:
            return ()
        if not facts:
            del self._facts[who]
        fact.over = True
        return (fact,)

    def _fact(self, who: Somebody, where: Group) -> Fact[Somebody, Said]:
        facts = self._facts.setdefault(who, {})
        return facts.setdefault(where, Fact(who, where))

    def _memberships(self, who: Somebody) -> list[Fact[Somebody, Said]]:
        facts = self._facts.get(who, {}).values()
        return [fact for fact in facts if fact.where != OPEN]


def _say(
    facts: list[Fact[Somebody, Said]], event: Said
) -> Iterable[Fact[Somebody, Said]]:
    """Note that an event says what some facts say."""
    for fact in facts:
        fact.said.append(event)
    return facts
