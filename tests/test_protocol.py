import typing

import asgiref.typing
import pytest

from minichannels.exceptions import ProtocolError
from minichannels.protocol import RECEIVED, START, TABLE, State, advance
from minichannels.types import Message

EVENTS = sorted({event for steps in TABLE.values() for event in steps})


def walk(kind: str, *events: str | Message) -> State:
    """Return the state of a new scope after some events."""
    state = START[kind]
    for event in events:
        state = advance(
            state, {"type": event} if isinstance(event, str) else event
        )
    return state


BODY: Message = {"type": "http.response.body"}
MORE: Message = {"type": "http.response.body", "more_body": True}
REFUSAL: Message = {"type": "websocket.http.response.body"}
MORE_REFUSAL: Message = {**REFUSAL, "more_body": True}


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], State.CONNECTING),
        (["websocket.connect"], State.CONNECTING),
        (["websocket.connect", "websocket.accept"], State.OPEN),
        (["websocket.accept", "websocket.receive"], State.OPEN),
        (["websocket.accept", "websocket.send"], State.OPEN),
        (["websocket.accept", "websocket.close"], State.CLOSED),
        (["websocket.accept", "websocket.disconnect"], State.DISCONNECTED),
        (["websocket.connect", "websocket.close"], State.CLOSED),
        (["websocket.connect", "websocket.disconnect"], State.DISCONNECTED),
        (["websocket.close", "websocket.disconnect"], State.DISCONNECTED),
        (["websocket.close", "websocket.receive"], State.CLOSED),
        (["websocket.http.response.start"], State.REFUSING),
        (["websocket.http.response.start", MORE_REFUSAL], State.REFUSING),
        (
            ["websocket.http.response.start", MORE_REFUSAL, REFUSAL],
            State.CLOSED,
        ),
        (
            ["websocket.http.response.start", "websocket.disconnect"],
            State.DISCONNECTED,
        ),
    ],
)
def test_websocket_events_lead_to_a_state(
    events: list[str | Message], state: State
) -> None:
    assert walk("websocket", *events) is state


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], State.REQUESTED),
        ([{"type": "http.request", "more_body": True}], State.REQUESTED),
        (["http.request"], State.REQUESTED),
        (["http.response.debug"], State.REQUESTED),
        (["http.response.early_hint"], State.REQUESTED),
        (["http.response.push"], State.REQUESTED),
        (["http.disconnect"], State.DISCONNECTED),
        (["http.request", "http.response.start"], State.RESPONDING),
        (["http.response.start", "http.request"], State.RESPONDING),
        (["http.response.start", "http.response.push"], State.RESPONDING),
        (["http.response.start", MORE], State.RESPONDING),
        (["http.response.start", MORE, MORE, BODY], State.COMPLETE),
        (["http.response.start", "http.response.pathsend"], State.COMPLETE),
        (
            [
                "http.response.start",
                {"type": "http.response.zerocopysend", "more_body": True},
                BODY,
            ],
            State.COMPLETE,
        ),
        (["http.response.start", "http.disconnect"], State.DISCONNECTED),
        (["http.response.start", BODY, "http.request"], State.COMPLETE),
        (
            ["http.response.start", BODY, "http.response.trailers"],
            State.COMPLETE,
        ),
        (
            ["http.response.start", BODY, "http.disconnect"],
            State.DISCONNECTED,
        ),
    ],
)
def test_http_events_lead_to_a_state(
    events: list[str | Message], state: State
) -> None:
    assert walk("http", *events) is state


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], State.IDLE),
        (["startup"], State.STARTING),
        (["startup", "startup.failed"], State.ENDED),
        (["startup", "startup.complete"], State.RUNNING),
        (["startup", "startup.complete", "shutdown"], State.STOPPING),
        (
            ["startup", "startup.complete", "shutdown", "shutdown.complete"],
            State.ENDED,
        ),
        (
            ["startup", "startup.complete", "shutdown", "shutdown.failed"],
            State.ENDED,
        ),
    ],
)
def test_lifespan_events_lead_to_a_state(
    events: list[str], state: State
) -> None:
    assert walk("lifespan", *(f"lifespan.{e}" for e in events)) is state


@pytest.mark.parametrize(
    ("state", "event", "text"),
    [
        (
            State.CONNECTING,
            "websocket.send",
            "cannot send 'websocket.send' while CONNECTING; expected"
            " 'websocket.accept' or 'websocket.close'",
        ),
        (
            State.CONNECTING,
            "websocket.receive",
            "cannot receive 'websocket.receive' while CONNECTING; expected"
            " 'websocket.connect' or 'websocket.disconnect'",
        ),
        (
            State.OPEN,
            "websocket.accept",
            "cannot send 'websocket.accept' while OPEN; expected"
            " 'websocket.send' or 'websocket.close'",
        ),
        (
            State.REFUSING,
            "websocket.accept",
            "cannot send 'websocket.accept' while REFUSING; expected"
            " 'websocket.http.response.body'",
        ),
        (
            State.CLOSED,
            "websocket.send",
            "cannot send 'websocket.send' while CLOSED; it is over",
        ),
        (
            State.REQUESTED,
            "http.response.body",
            "cannot send 'http.response.body' while REQUESTED; expected"
            " 'http.response.start'",
        ),
        (
            State.RESPONDING,
            "http.response.start",
            "cannot send 'http.response.start' while RESPONDING; expected"
            " 'http.response.body'",
        ),
        (
            State.COMPLETE,
            "http.response.body",
            "cannot send 'http.response.body' while COMPLETE; it is over",
        ),
        (
            State.IDLE,
            "lifespan.startup.complete",
            "cannot send 'lifespan.startup.complete' while IDLE; it is over",
        ),
        (
            State.STARTING,
            "lifespan.shutdown",
            "cannot receive 'lifespan.shutdown' while STARTING; it is over",
        ),
        (
            State.RUNNING,
            "lifespan.startup",
            "cannot receive 'lifespan.startup' while RUNNING; expected"
            " 'lifespan.shutdown'",
        ),
        (
            State.STOPPING,
            "lifespan.startup.complete",
            "cannot send 'lifespan.startup.complete' while STOPPING; expected"
            " 'lifespan.shutdown.complete' or 'lifespan.shutdown.failed'",
        ),
        (
            State.ENDED,
            "lifespan.startup",
            "cannot receive 'lifespan.startup' while ENDED; it is over",
        ),
        (
            State.DISCONNECTED,
            "websocket.send",
            "cannot send 'websocket.send' while DISCONNECTED; it is over",
        ),
    ],
    ids=lambda value: value.name if isinstance(value, State) else "",
)
def test_event_out_of_order_is_an_error_that_names_those_in_order(
    state: State, event: str, text: str
) -> None:
    with pytest.raises(ProtocolError) as caught:
        advance(state, {"type": event})

    assert str(caught.value) == text


def test_unknown_event_is_out_of_order() -> None:
    with pytest.raises(ProtocolError, match=r"cannot send 'chat\.message'"):
        advance(State.OPEN, {"type": "chat.message"})


@pytest.mark.parametrize("state", State)
def test_every_event_that_a_state_does_not_list_is_out_of_order(
    state: State,
) -> None:
    for event in EVENTS:
        if event not in TABLE[state]:
            with pytest.raises(ProtocolError, match=f"while {state.name};"):
                advance(state, {"type": event})


@pytest.mark.parametrize("kind", START)
def test_each_protocol_knows_its_own_events_alone(kind: str) -> None:
    reached, found = {START[kind]}, [START[kind]]
    while found:
        steps = TABLE[found.pop()]
        assert {event.split(".")[0] for event in steps} <= {kind}
        found += [state for state in steps.values() if state not in reached]
        reached.update(steps.values())


def test_every_state_can_be_reached() -> None:
    reached = set(START.values())
    reached.update(*(steps.values() for steps in TABLE.values()))

    assert reached == set(State) == set(TABLE)


def events_of(union: object) -> set[str]:
    """Return the event types that asgiref's typing names."""
    return {
        typing.get_args(typing.get_type_hints(event)["type"])[0]
        for event in typing.get_args(union)
    }


def test_table_has_the_events_that_a_server_gives() -> None:
    assert events_of(asgiref.typing.ASGIReceiveEvent) == RECEIVED


def test_table_has_the_events_that_an_application_sends() -> None:
    # asgiref counts http.disconnect among these, which the specification
    # has a server give.
    sent = events_of(asgiref.typing.ASGISendEvent) - {"http.disconnect"}

    assert sent <= set(EVENTS) - RECEIVED
