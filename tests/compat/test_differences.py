"""Where consumers differ from Channels' on purpose: both behaviours asserted.

A test fails if either of the two changes, so the list stays true.
"""

import asyncio
import threading
from typing import Any

import pytest

from minichannels.testing import ApplicationCommunicator, WebsocketCommunicator
from minichannels.types import Message
from support.both import (
    ACCEPTED,
    CONNECT,
    GONE,
    PACKAGES,
    STYLES,
    WEBSOCKET,
    Outcome,
    Step,
    on_both,
    play,
    specimens,
    text,
    vanishing,
)

LIMIT = 5


pytestmark = pytest.mark.usefixtures("layers")


async def differ(
    name: str, steps: list[Step], **scope: Any
) -> tuple[Outcome, Outcome]:
    return await on_both(name, {**WEBSOCKET, **scope}, steps, "different")


# Sync consumers run in parallel


async def threads_of_three(package: str, name: str, parties: int) -> list[int]:
    """Return the threads of three consumers that wait for each other."""
    module = specimens(package, "different")
    meeting = threading.Barrier(parties, timeout=LIMIT)
    clients = [
        ApplicationCommunicator(
            getattr(module, name).as_asgi(),
            {"type": "test", "meeting": meeting},
        )
        for _ in range(3)
    ]
    for client in clients:
        await client.send_input({"type": "meet"})
    for client in clients:
        assert await client.receive_output() == {"type": "met"}
        async with client:
            pass
    threads: list[int] = module.NOTES
    return threads


async def test_sync_consumers_of_different_connections_run_in_parallel() -> (
    None
):
    theirs = await threads_of_three("channels", "Meeting", parties=1)
    ours = await threads_of_three("minichannels", "Meeting", parties=3)
    assert len(set(theirs)) == 1  # so three would wait for ever
    assert len(set(ours)) == 3


async def test_thread_sensitive_gives_channels_behaviour() -> None:
    theirs = await threads_of_three("channels", "OneThread", parties=1)
    ours = await threads_of_three("minichannels", "OneThread", parties=1)
    assert len(set(theirs)) == len(set(ours)) == 1


# A layer's message cannot call the library's own methods


FORGED = {"text": None, "bytes": b"forged"}


@pytest.mark.parametrize(
    ("kind", "effect"),
    [
        ("close", {"type": "websocket.close", "code": {"type": "close"}}),
        (
            "accept",
            {"type": "websocket.accept", "subprotocol": {"type": "accept"}},
        ),
        ("websocket.receive", {"type": "websocket.send", "bytes": b"forged"}),
    ],
)
async def test_a_layer_message_cannot_call_a_public_method(
    kind: str, effect: Message
) -> None:
    # What Channels does with the message: it is the method's first argument.
    for key in ("code", "subprotocol"):
        if key in effect:
            effect = {**effect, key: {**effect[key], **FORGED}}
    steps: list[Step] = [CONNECT, text(kind), 2, GONE]
    theirs, ours = await differ("Victim", steps)
    assert theirs == Outcome([ACCEPTED, effect], "", [])
    assert ours == Outcome([ACCEPTED], "ValueError", [])


async def test_an_event_of_a_channel_scope_cannot_call_a_public_method() -> (
    None
):
    scope = {"type": "channel", "channel": "tasks"}
    event: Message = {"type": "send", "to": "the worker"}
    steps: list[Step] = [event, 1, {"type": "unknown"}]
    theirs, ours = await on_both("Task", scope, steps, "different")
    assert theirs == Outcome([event], "ValueError", [])
    assert ours == Outcome([], "ValueError", [])


# connect() has to decide


@pytest.mark.parametrize("name", ["Undecided", "SyncUndecided"])
async def test_connect_that_decides_nothing_is_refused(name: str) -> None:
    theirs, ours = await differ(name, [CONNECT, GONE])
    assert theirs == Outcome([], "", [])  # a client waits for ever
    assert ours == Outcome([{"type": "websocket.close"}], "RuntimeError", [])


async def test_accept_later_gives_channels_behaviour() -> None:
    theirs, ours = await differ("DecidedLater", [CONNECT, GONE])
    assert theirs == ours == Outcome([], "", [])


# A consumer that ends leaves its groups


@pytest.mark.parametrize("name", ["Member", "SyncMember"])
@pytest.mark.parametrize("last", [text("hi"), GONE])
async def test_a_consumer_that_ends_leaves_its_groups(
    name: str, last: Message, layers: dict[str, Any]
) -> None:
    theirs, ours = await differ(name, [CONNECT, 1, last])
    assert theirs == ours
    assert [len(layers[package].groups) for package in PACKAGES] == [1, 0]


async def test_a_consumer_that_is_cancelled_leaves_its_groups(
    layers: dict[str, Any],
) -> None:
    for package in PACKAGES:
        member = specimens(package, "different").Member
        async with WebsocketCommunicator(member.as_asgi(), "/") as client:
            await client.connect()
    assert [len(layers[package].groups) for package in PACKAGES] == [1, 0]


# Header names are in lower case


async def test_header_names_of_accept_are_in_lower_case() -> None:
    theirs, ours = await differ("Headers", [CONNECT, 1, GONE])
    assert theirs.events[0]["headers"] == [(b"Set-Cookie", b"Id=A")]
    assert ours.events[0]["headers"] == [(b"set-cookie", b"Id=A")]


async def test_header_names_of_a_response_are_bytes_in_lower_case() -> None:
    scope = {"type": "http"}
    request: Message = {"type": "http.request"}
    theirs, ours = await on_both("PageHeaders", scope, [request], "different")
    assert theirs.events[0]["headers"] == [("X-Id", "A")]
    assert ours.events[0]["headers"] == [(b"x-id", b"A")]


# Long polling and server-sent events


async def test_long_polling_can_be_answered_later(
    layers: dict[str, Any],
) -> None:
    ended, last = {}, {}
    for package in PACKAGES:
        poll = specimens(package, "different").LongPoll
        client = ApplicationCommunicator(poll.as_asgi(), {"type": "http"})
        await client.send_input({"type": "http.request"})
        for _ in range(2):
            last[package] = await client.receive_output()
        if package == "channels":
            await client.wait()  # it ended with handle()
        ended[package] = client.future.done()
        if not ended[package]:
            await layers[package].group_send("news", {"type": "news.item"})
            last[package] = await client.receive_output()
            await client.wait()
    assert ended == {"channels": True, "minichannels": False}
    assert last["channels"]["more_body"] is True
    assert last["minichannels"]["body"] == b"news"
    assert last["minichannels"]["more_body"] is False


async def test_server_sent_events_end_when_the_client_leaves() -> None:
    steps = {}
    for package in PACKAGES:
        module = specimens(package, "different")
        go_on = asyncio.Event()
        client = ApplicationCommunicator(
            module.ServerSentEvents.as_asgi(), {"type": "http", "go_on": go_on}
        )
        await client.send_input({"type": "http.request"})
        for _ in range(2):
            await client.receive_output()
        await client.send_input({"type": "http.disconnect"})
        if package == "channels":
            go_on.set()  # nobody else tells handle() to end
        await client.wait()
        assert not client.future.cancelled()
        steps[package] = module.NOTES
    assert steps["channels"] == ["went on", "disconnect"]
    assert steps["minichannels"] == ["cancelled", "disconnect"]


# What cannot be sent is an error where it was written, not in the server


async def test_the_order_of_events_is_checked() -> None:
    theirs, ours = await differ("TooEarly", [CONNECT, GONE])
    assert theirs == Outcome([{"type": "websocket.send", "text": "hi"}], "", [])
    assert ours == Outcome([], "ProtocolError", [])

    theirs, ours = await differ("TooLate", [CONNECT, GONE])
    assert [event["type"] for event in theirs.events] == [
        "websocket.accept",
        "websocket.close",
        "websocket.send",
    ]
    assert theirs.error == ""
    assert ours == Outcome(
        [ACCEPTED, {"type": "websocket.close"}], "ProtocolError", []
    )

    theirs, ours = await differ("AfterTheEnd", [CONNECT, 1, GONE])
    assert len(theirs.events) == 2
    assert theirs.error == ""
    assert ours == Outcome([ACCEPTED], "ProtocolError", [])


@STYLES
async def test_what_the_client_has_closed_is_not_closed_again(
    style: str,
) -> None:
    theirs, ours = await differ(f"{style}ClosedAlready", [CONNECT, 1, GONE])
    closed = {"type": "websocket.close", "code": GONE["code"]}
    assert theirs == Outcome([ACCEPTED, closed], "", ["left"])
    assert ours == Outcome([ACCEPTED], "", ["left"])


@pytest.mark.parametrize("again", ["accept", "close"])
async def test_what_ends_a_state_is_sent_once(again: str) -> None:
    theirs, ours = await differ("Twice", [CONNECT, GONE], again=again)
    assert [event["type"] for event in theirs.events][-2:] == [
        f"websocket.{again}"
    ] * 2
    assert theirs.error == ""
    assert [event["type"] for event in ours.events].count(
        f"websocket.{again}"
    ) == 1
    assert ours.error == "ProtocolError"


@pytest.mark.parametrize(
    ("close", "event"),
    [
        ((1006,), {"code": 1006}),
        ((999,), {"code": 999}),
        (("1000",), {"code": "1000"}),
        ((1000.0,), {"code": 1000.0}),
        ((False,), {"code": False}),
        ((1000, "x" * 124), {"code": 1000, "reason": "x" * 124}),
    ],
)
async def test_close_codes_and_reasons_are_checked(
    close: tuple[Any, ...], event: Message
) -> None:
    theirs, ours = await differ("Close", [CONNECT, GONE], close=close)
    assert theirs == Outcome(
        [ACCEPTED, {"type": "websocket.close", **event}], "", []
    )
    assert ours == Outcome([ACCEPTED], "ValueError", [])


@pytest.mark.parametrize(
    ("send", "event"),
    [
        ({"text_data": {"a": 1}}, {"text": {"a": 1}}),
        ({"text_data": b"x"}, {"text": b"x"}),
        ({"bytes_data": "x"}, {"bytes": "x"}),
    ],
)
async def test_types_of_frames_are_checked(
    send: dict[str, Any], event: Message
) -> None:
    theirs, ours = await differ("Send", [CONNECT, GONE], send=send)
    assert theirs == Outcome(
        [ACCEPTED, {"type": "websocket.send", **event}], "", []
    )
    assert ours == Outcome([ACCEPTED], "TypeError", [])


async def test_a_body_that_is_not_bytes_is_a_type_error() -> None:
    scope, steps = {"type": "http"}, [{"type": "http.request"}]
    theirs, ours = await on_both("TextBody", scope, steps, "different")
    assert (theirs.error, ours.error) == ("AssertionError", "TypeError")


async def test_handle_without_an_answer_is_an_error() -> None:
    scope, steps = {"type": "http"}, [{"type": "http.request"}]
    theirs, ours = await on_both("NoAnswer", scope, steps, "different")
    assert theirs == Outcome([], "", [])
    assert ours == Outcome([], "RuntimeError", [])


# Methods of the wrong colour


async def test_a_plain_method_of_an_async_consumer_says_what_to_write() -> None:
    messages = {}
    for package in PACKAGES:
        module = specimens(package, "different")
        client = ApplicationCommunicator(
            module.PlainMethod.as_asgi(), WEBSOCKET
        )
        await client.send_input(CONNECT)
        with pytest.raises(TypeError) as raised:
            await client.wait()
        messages[package] = str(raised.value)
    assert "'async def'" not in messages["channels"]
    assert "PlainMethod.connect" not in messages["channels"]
    assert messages["minichannels"] == (
        "PlainMethod.connect is a plain function; write 'async def', as an"
        " async consumer awaits its methods"
    )


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_an_async_method_of_a_sync_consumer_is_an_error() -> None:
    theirs, ours = await differ("AsyncMethod", [CONNECT, 1, GONE])
    assert theirs == Outcome([ACCEPTED], "", [])  # never called, never said
    assert ours == Outcome([ACCEPTED], "TypeError", [])


# What a client sends


async def test_broken_json_may_be_survived() -> None:
    module = specimens("channels", "different")
    steps: list[Step] = [CONNECT, text("{broken")]
    theirs = await play(module.Json.as_asgi(), WEBSOCKET, steps, [])
    assert theirs == Outcome([ACCEPTED], "ValueError", [])

    module = specimens("minichannels", "different")
    steps = [*steps, 2, GONE]
    ours = await play(module.Json.as_asgi(), WEBSOCKET, steps, [])
    answer = {"type": "websocket.send", "text": '"no JSON"'}
    assert ours == Outcome([ACCEPTED, answer], "", [])


async def test_json_nested_too_deeply_is_broken_json() -> None:
    steps: list[Step] = [CONNECT, 1, text("[" * 200_000)]
    theirs, ours = await on_both("AsyncJsonDefault", WEBSOCKET, steps)
    assert (theirs.error, ours.error) == ("RecursionError", "ValueError")


async def test_a_disconnect_without_a_code_is_1005() -> None:
    steps: list[Step] = [CONNECT, 1, {"type": "websocket.disconnect"}]
    theirs, ours = await on_both("AsyncEcho", WEBSOCKET, steps)
    assert theirs == Outcome([ACCEPTED], "KeyError", [])
    assert ours == Outcome([ACCEPTED], "", [1005])


async def test_sending_to_a_client_that_is_gone_still_ends_in_disconnect() -> (
    None
):
    outcomes = {}
    for package in PACKAGES:
        module = specimens(package, "different")
        app = vanishing(module.Vanished.as_asgi())
        steps: list[Step] = [CONNECT, 1, text("hi"), GONE]
        outcomes[package] = await play(app, WEBSOCKET, steps, module.NOTES)
    assert outcomes["channels"] == Outcome([ACCEPTED], "BrokenPipeError", [])
    assert outcomes["minichannels"] == Outcome([ACCEPTED], "", [4002])


@pytest.mark.parametrize(
    ("kind", "error"),
    [(3, "AttributeError"), (None, "AttributeError"), ("scope", "TypeError")],
)
async def test_a_type_that_is_no_handler_is_a_value_error(
    kind: Any, error: str
) -> None:
    steps: list[Step] = [{"type": kind}]
    theirs, ours = await on_both("AsyncBare", {"type": "test"}, steps)
    assert (theirs.error, ours.error) == (error, "ValueError")
