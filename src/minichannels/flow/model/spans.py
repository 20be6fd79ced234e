"""What lasts: scopes, runs of handlers, memberships, messages that wait.

An event happens at one place; whoever wants to see what holds *between* two
events has to know which of them begin something and which end it. That is
said once, in this table, and worked out once, in ``model.fold``. Every
picture and every step of the live view is made of the spans found there.

===============  ==============  =============  ============  ===============
event            its scope       a run          a membership  a wait
===============  ==============  =============  ============  ===============
receive          begins, longer  begins
deliver, read    begins, longer  begins (4)                   ends (a read)
deliver, waits                                                begins
loss                                            ends (1)      ends
join, leave      longer          longer         begins, ends
send, *_send     longer          longer
wait             longer          longer
crash            longer          longer, fails
ghost                                           haunts
any that *ends*  ends (2)                       ends (2)
===============  ==============  =============  ============  ===============

Rule 1: a message that expires ends all memberships of its reader: a reader
that stopped reading is taken for dead.
Rule 2: a scope that has ended still grows with what its consumer does later
(a ``disconnect`` that calls ``group_discard``), and its memberships with it;
not with what a task does that it began and left behind. Those of a ghost go
on after it, until somebody ends them.
Rule 3: what holds already does not begin again. A second join, or a second
leave, changes nothing.
Rule 4: what is delivered where no scope has begun, and to no known handler,
was taken out of its mailbox by other code, such as a cell; nothing runs.
Rule 5: a run belongs to what triggered it, and is as long as what that caused
in the same lane. So a slow handler's run covers what happened meanwhile.

A *place* is a number that grows with the events: a height in the lanes, an
event's own number in the mailboxes. The spans know nothing more of it.
"""

from dataclasses import dataclass

from minichannels.flow.journal.events import Event


@dataclass(slots=True, eq=False, weakref_slot=True)
class Span:
    """Something that lasts.

    Attributes:
        event: what it began with, as it is known by now.
        connection: the number of its lane; 0 if that is not known.
        start: the place where it begins.
        end: the place where it ends; None while it goes on.
        void: whether it turned out that it never was.
    """

    event: Event
    connection: int
    start: float
    end: float | None = None
    void: bool = False


@dataclass(slots=True, eq=False)
class Scope(Span):
    """The life of a connection."""


@dataclass(slots=True, eq=False)
class Run(Span):
    """A handler's run.

    Attributes:
        raised: whether it ended with an exception.
    """

    raised: bool = False

    @property
    def name(self) -> str:
        """The handler's name; of what has none, the application's."""
        return self.event.handler or self.event.application.rpartition("#")[0]

    @property
    def last(self) -> float:
        """Where it did something last, as far as known."""
        return self.start if self.end is None else self.end


@dataclass(slots=True, eq=False)
class Belonging(Span):
    """A membership in a group.

    Attributes:
        scope: the member's, once it has begun.
        ghost: whether it goes on after the scope.
    """

    scope: Scope | None = None
    ghost: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether it is not over."""
        over = self.scope is not None and self.scope.end is not None
        return self.end is None and (self.ghost or not over)

    @property
    def lives(self) -> float | None:
        """Where the scope ends during the membership; None if it does not."""
        end = None if self.scope is None else self.scope.end
        return None if end is None else _earlier(max(self.start, end), self.end)

    @property
    def over(self) -> float | None:
        """Where it ends, be it with its scope; None while it goes on."""
        return self.end if self.ghost else _earlier(self.lives, self.end)


@dataclass(slots=True, eq=False)
class Wait(Span):
    """A message that waits in a mailbox.

    Attributes:
        slot: at which of two places side by side; -1 if it is not shown.
        fate: ``read`` or what else it ended with; empty while it waits.
    """

    slot: int = 0
    fate: str = ""


@dataclass(slots=True, eq=False)
class Full(Span):
    """The time while a large mailbox is full."""


def _earlier(one: float | None, other: float | None) -> float | None:
    known = [place for place in (one, other) if place is not None]
    return min(known, default=None)


def acts_there(event: Event) -> bool:
    """Return whether something is done in an event's lane."""
    return not event.traits.passive or starts_run(event)


def starts_run(event: Event) -> bool:
    """Return whether a handler, or an application, begins with an event."""
    if event.kind == "deliver":
        return event.status == "delivered"
    return event.traits.hands and event.status != "undelivered"
