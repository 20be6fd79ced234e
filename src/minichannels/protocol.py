"""The order of ASGI events, as one table.

How it works: a connection is in one :class:`State`; each event that is sent
or received leads to another one. :data:`TABLE` holds every allowed step, and
:func:`advance` looks one up. There is no input or output here, so the table
can be drawn and tested without a server.

Rule 1: an event with ``more_body`` leaves the state as it is.
Rule 2: what the table does not list is out of order.

Source: ASGI specification, "HTTP & WebSocket ASGI Message Format" (2.5),
"WebSocket Denial Response" extension and "Lifespan Protocol" (2.0).
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from minichannels.exceptions import ProtocolError
from minichannels.types import Message


class State(Enum):
    """Where a connection stands, as its application sees it."""

    # WebSocket
    CONNECTING = "connecting"
    OPEN = "open"
    REFUSING = "refusing"
    CLOSED = "closed"
    # HTTP
    REQUESTED = "requested"
    RESPONDING = "responding"
    COMPLETE = "complete"
    # Lifespan
    IDLE = "idle"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    ENDED = "ended"
    # Either: the client is gone
    DISCONNECTED = "disconnected"

    # Each event looks its state up; an Enum's own hash is written in Python.
    __hash__ = object.__hash__


START: Mapping[str, State] = MappingProxyType(
    {
        "websocket": State.CONNECTING,
        "http": State.REQUESTED,
        "lifespan": State.IDLE,
    }
)
"""The first state of a scope, by the scope's type."""

TABLE: Mapping[State, Mapping[str, State]] = MappingProxyType(
    {
        State.CONNECTING: {
            "websocket.connect": State.CONNECTING,
            "websocket.accept": State.OPEN,
            "websocket.close": State.CLOSED,
            "websocket.http.response.start": State.REFUSING,
            "websocket.disconnect": State.DISCONNECTED,
        },
        State.OPEN: {
            "websocket.receive": State.OPEN,
            "websocket.send": State.OPEN,
            "websocket.close": State.CLOSED,
            "websocket.disconnect": State.DISCONNECTED,
        },
        State.REFUSING: {
            "websocket.http.response.body": State.CLOSED,
            "websocket.disconnect": State.DISCONNECTED,
        },
        State.CLOSED: {
            # Frames that were under way when the application closed.
            "websocket.receive": State.CLOSED,
            "websocket.disconnect": State.DISCONNECTED,
        },
        State.REQUESTED: {
            "http.request": State.REQUESTED,
            "http.response.debug": State.REQUESTED,
            "http.response.early_hint": State.REQUESTED,
            "http.response.push": State.REQUESTED,
            "http.response.start": State.RESPONDING,
            "http.disconnect": State.DISCONNECTED,
        },
        State.RESPONDING: {
            "http.request": State.RESPONDING,
            "http.response.push": State.RESPONDING,
            "http.response.body": State.COMPLETE,
            "http.response.zerocopysend": State.COMPLETE,
            "http.response.pathsend": State.COMPLETE,
            "http.disconnect": State.DISCONNECTED,
        },
        State.COMPLETE: {
            "http.request": State.COMPLETE,
            "http.response.trailers": State.COMPLETE,
            "http.disconnect": State.DISCONNECTED,
        },
        State.IDLE: {"lifespan.startup": State.STARTING},
        State.STARTING: {
            "lifespan.startup.complete": State.RUNNING,
            "lifespan.startup.failed": State.ENDED,
        },
        State.RUNNING: {"lifespan.shutdown": State.STOPPING},
        State.STOPPING: {
            "lifespan.shutdown.complete": State.ENDED,
            "lifespan.shutdown.failed": State.ENDED,
        },
        State.ENDED: {},
        State.DISCONNECTED: {},
    }
)
"""Which event may come in which state, and the state that it leads to."""

STAYS: Mapping[State, tuple[str, ...]] = {
    state: tuple(kind for kind in row if row[kind] is state)
    for state, row in TABLE.items()
}
"""Which events leave a state as it is."""

RECEIVED = frozenset(
    {
        "websocket.connect",
        "websocket.receive",
        "websocket.disconnect",
        "http.request",
        "http.disconnect",
        "lifespan.startup",
        "lifespan.shutdown",
    }
)
"""The events that a server gives to an application; it gets all others."""

CLOSE_CODES = (range(1000, 1004), range(1007, 1015), range(3000, 5000))
"""The codes that a WebSocket may be closed with.

The others are reserved, or never travel (1005, 1006, 1015): RFC 6455, 7.4.
"""

# Of extensions: allowed, but not what an error should propose.
_RARE = frozenset(
    {
        "websocket.http.response.start",
        "http.response.debug",
        "http.response.early_hint",
        "http.response.push",
        "http.response.zerocopysend",
        "http.response.pathsend",
        "http.response.trailers",
    }
)


def advance(state: State, event: Message) -> State:
    """Return the state that follows when ``event`` happens in ``state``.

    Raises:
        ProtocolError: the event may not come in this state; the message
            names those that may.
    """
    kind = event.get("type")
    if type(kind) is not str:
        kind = str(kind)
    following = TABLE[state].get(kind)
    if following is None:
        raise ProtocolError(
            _out_of_order(state, kind), event_type=kind, state=state.name
        )
    if following is state or event.get("more_body"):
        return state
    return following


def pass_on(state: State, event: Message) -> State:
    """Return the state that follows when an event goes to the server.

    One that no protocol has changes nothing: a middleware may make one of the
    protocol's of it, and else the server refuses it.

    Raises:
        ProtocolError: it is one of a protocol, and may not be sent now.
    """
    try:
        return advance(state, event)
    except ProtocolError:
        kind = event.get("type")
        if not isinstance(kind, str) or kind.partition(".")[0] in {*START, ""}:
            raise
        return state


def _out_of_order(state: State, kind: str) -> str:
    verb = "receive" if kind in RECEIVED else "send"
    expected = [
        repr(other)
        for other in TABLE[state]
        if (other in RECEIVED) == (kind in RECEIVED) and other not in _RARE
    ]
    hint = f"expected {' or '.join(expected)}" if expected else "it is over"
    return f"cannot {verb} {kind!r} while {state.name}; {hint}"
