"""The kinds of events, each with all that holds for every event of it.

How it works: the recorder writes down what happened under one of these names.
Whoever orders, counts, draws or words events asks here what a kind is like, and
not for its name. So a new kind is a row of this table; what is said or drawn
of it alone (an arrow, a sign) stands with the other arrows and signs.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """What holds for all events of one kind.

    Attributes:
        sentence: says what happened, with names of an event's fields;
            ``{became}`` is what became of a message, such as ``waits at``.
        does: the same in a table, in a word or two.
        to: what it is done to, where that is not who it goes to.
        became: what became of it, where its status does not say that.
        at_socket: whether an application is handed it, or sends it, over
            its connection.
        outward: whether it goes from the application to its client.
        at_layer: whether its line begins or ends at the channel layer.
        at_mailbox: whether it changes what a mailbox holds, or who reads it.
        posts: whether it puts messages into mailboxes.
        hands: whether a message reaches an application with it.
        ends_wait: whether a message waits no more.
        passive: whether it happens to a lane that does nothing for it.
        numbered: whether it has a number; a note has none.
        by_code: whether it is an act of the application's own code.
        fails: whether it tells of a failure, whatever its status.
        is_error: whether that is an error, which has words and may have a line.
        word: what stands beside its sign in a picture.
        counted: what one of them is called where they are counted.
        carries: whether it carries something that is worth showing.
    """

    sentence: str
    does: str = "{type}"
    to: str = ""
    became: str = ""
    at_socket: bool = False
    outward: bool = False
    at_layer: bool = False
    at_mailbox: bool = False
    posts: bool = False
    hands: bool = False
    ends_wait: bool = False
    passive: bool = False
    numbered: bool = True
    by_code: bool = False
    fails: bool = False
    is_error: bool = False
    word: str = ""
    counted: str = ""
    carries: bool = True


class _Kinds(dict[str, Kind]):
    def __missing__(self, name: str) -> Kind:
        raise ValueError(
            f"there is no kind of event {repr(name)[:40]}; there are"
            f" {', '.join(self)}"
        )


KINDS: Mapping[str, Kind] = _Kinds(
    {
        # At the socket: what an application is handed, and what it sends.
        "receive": Kind("{source} sends {type}", at_socket=True, hands=True),
        "send": Kind(
            "{source} sends {type} to {target}",
            at_socket=True,
            outward=True,
            by_code=True,
        ),
        # The server sends it once more, as no ack has come.
        "repeat": Kind(
            "{type} is sent to {target} again",
            "{type} again",
            at_socket=True,
            outward=True,
        ),
        # At the layer: who belongs where, and what is sent.
        "join": Kind(
            "{member} joins {group}",
            to="{group}",
            at_layer=True,
            by_code=True,
        ),
        "leave": Kind(
            "{member} leaves {group}",
            to="{group}",
            at_layer=True,
            by_code=True,
        ),
        "group_send": Kind(
            "{source} calls group_send",
            does="group_send",
            to="{group}",
            at_layer=True,
            posts=True,
            by_code=True,
        ),
        "channel_send": Kind(
            "{source} calls send",
            does="send",
            to="{member}",
            at_layer=True,
            posts=True,
            by_code=True,
        ),
        # In a mailbox: it came, was read after a wait, or will not be read.
        "deliver": Kind(
            "{type}: {became} {target}",
            at_layer=True,
            at_mailbox=True,
            hands=True,
            passive=True,
        ),
        "read": Kind(
            "{target} reads {type}, which waited",
            became="read, waited",
            at_layer=True,
            at_mailbox=True,
            hands=True,
            ends_wait=True,
        ),
        "loss": Kind(
            "{type}: {became} {target}",
            at_layer=True,
            at_mailbox=True,
            ends_wait=True,
            passive=True,
        ),
        # In an application: it raised, or it or its framework logged an error
        # and went on, or it returned with something still owed, or went on
        # though it was told of the end; or a handler waited for a thread.
        "crash": Kind(
            "{application} raises {type}",
            became="RAISED",
            fails=True,
            is_error=True,
            word="raised",
            counted="error",
            carries=False,
        ),
        "logged": Kind(
            "{application} logs {type}",
            "logs {type}",
            became="LOGGED",
            fails=True,
            is_error=True,
            word="logged",
            counted="logged error",
            carries=False,
        ),
        "return": Kind(
            "{application} returns without {type}",
            "returns without {type}",
            became="EARLY",
            fails=True,
            word="returned",
            counted="early return",
            carries=False,
        ),
        "linger": Kind(
            "{application} goes on after {type}",
            "goes on after {type}",
            became="IN VAIN",
            fails=True,
            word="goes on",
            counted="swallowed disconnect",
            carries=False,
        ),
        "wait": Kind(
            "{type}() of {application} waits for a thread",
            "{type}() waited over a second for a thread",
            carries=False,
        ),
        # A task that a connection has left behind, as others have.
        "task": Kind(
            "{type}() of {member} still runs",
            "{type}() still runs, of {member}",
            carries=False,
        ),
        # A note: what follows from the events before it.
        "ghost": Kind(
            "{member} is gone, but still in {group}",
            "is gone, but still a member",
            became="GHOST",
            at_mailbox=True,
            passive=True,
            numbered=False,
            word="ghost",
            counted="ghost",
            carries=False,
        ),
    }
)
"""All kinds of events, by name; a ValueError says which there are."""

BY_CODE = frozenset(name for name, kind in KINDS.items() if kind.by_code)
"""The kinds of events that are acts of the application's own code."""
