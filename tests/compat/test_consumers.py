"""The same consumers on Channels and on minichannels, event by event."""

import asyncio
import importlib
from typing import Any

import pytest

from minichannels.testing import ApplicationCommunicator
from support.both import (
    CONNECT,
    GONE,
    PACKAGES,
    WEBSOCKET,
    Outcome,
    Step,
    on_both,
    play,
    specimens,
    text,
    vanishing,
)
from support.samples import sample

pytestmark = pytest.mark.usefixtures("layers")


def binary(data: bytes) -> Step:
    return {"type": "websocket.receive", "bytes": data}


SCRIPTS: dict[str, list[list[Step]]] = {
    "Default": [
        [CONNECT, 1, text("hi"), binary(b"hi"), GONE],
        [CONNECT, GONE],
    ],
    "JsonDefault": [
        [CONNECT, 1, text("{}"), GONE],
        [CONNECT, 1, text("{broken")],
        [CONNECT, 1, text("")],
        [CONNECT, 1, binary(b"{}")],
        [CONNECT, 1, binary(b"")],
    ],
    "Echo": [
        [
            CONNECT,
            1,
            text("a"),
            text(""),
            binary(b"\xff"),
            binary(b""),
            5,
            GONE,
        ],
        [CONNECT, 1, {**GONE, "code": 1000}],
        [CONNECT, 1, {"type": "websocket.unknown"}],
        [CONNECT, 1, {"type": "websocket.receive"}],
    ],
    "Accept": [[CONNECT, 1, GONE]],
    "Refuse": [[CONNECT, 1, {**GONE, "code": 1006}]],
    "AcceptByError": [[CONNECT, 1, GONE]],
    "DenyByError": [[CONNECT, 1, GONE]],
    "Commands": [
        [CONNECT, text("close"), 2, GONE],
        [CONNECT, text("close with code"), 2, GONE],
        [CONNECT, text("send and close"), 3, GONE],
        [CONNECT, text("send and close with code"), 3, GONE],
        [CONNECT, text("stop")],
        [CONNECT, text("send nothing")],
    ],
    "Room": [
        [CONNECT, text("chat.message"), 2, text("chat_message"), 3, GONE],
        [CONNECT, text("unknown.type")],
        [CONNECT, text("_private")],
    ],
    "NoLayer": [[CONNECT]],
    "JsonEcho": [
        [CONNECT, text('{"a": [1, null]}'), text("0"), 3, GONE],
        [CONNECT, text('"bye"'), 3, GONE],
        [CONNECT, text("{broken")],
    ],
    "Codec": [[CONNECT, text("a;b"), 2, GONE]],
}


@pytest.mark.parametrize("style", ["Async", "Sync"])
@pytest.mark.parametrize(
    ("name", "steps"),
    [(name, steps) for name, scripts in SCRIPTS.items() for steps in scripts],
)
async def test_a_websocket_consumer_does_the_same_on_both(
    style: str, name: str, steps: list[Step]
) -> None:
    theirs, ours = await on_both(style + name, WEBSOCKET, steps)
    assert ours == theirs
    assert ours.events or ours.error  # so that it compares something


@pytest.mark.parametrize("style", ["Async", "Sync"])
@pytest.mark.parametrize(
    "steps",
    [
        [{"type": "chat.message", "text": "a"}, 1, {"type": "stop"}],
        [{"type": "chat_message", "text": "a"}, 1, {"type": "stop"}],
        [{"type": "unknown"}],
        [{"type": "_private"}],
        [{"type": ".private"}],
        [{"text": "no type"}],
    ],
)
async def test_a_bare_consumer_does_the_same_on_both(
    style: str, steps: list[Step]
) -> None:
    theirs, ours = await on_both(f"{style}Bare", {"type": "test"}, steps)
    assert ours == theirs
    assert ours.events or ours.error


@pytest.mark.parametrize("style", ["Async", "Sync"])
@pytest.mark.parametrize("path", ["/connect", "/receive", "/disconnect"])
async def test_an_error_of_a_websocket_consumer_is_the_same_on_both(
    style: str, path: str
) -> None:
    steps = [CONNECT, text("hi"), GONE]
    scope = {**WEBSOCKET, "path": path}
    theirs, ours = await on_both(f"{style}Errors", scope, steps)
    assert ours == theirs
    assert ours.error == "LookupError"


WHOLE: Step = {"type": "http.request", "body": b"hello"}
FIRST: Step = {"type": "http.request", "body": b"one ", "more_body": True}
LAST: Step = {"type": "http.request", "body": b"two", "more_body": False}
LEFT: Step = {"type": "http.disconnect"}


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("Page", [WHOLE]),
        ("Page", [{"type": "http.request"}]),
        ("Page", [FIRST, LAST]),
        ("Page", [FIRST, LEFT]),
        ("PageOfPairs", [FIRST, LAST]),
        ("PageWithError", [WHOLE]),
        ("PageWithErrorAtEnd", [WHOLE]),
        ("PageWithErrorAtEnd", [LEFT]),
        ("PageWithoutHandle", [WHOLE]),
    ],
)
async def test_an_http_consumer_does_the_same_on_both(
    name: str, steps: list[Step]
) -> None:
    theirs, ours = await on_both(name, {"type": "http"}, steps)
    assert ours == theirs
    assert ours.events or ours.error or ours.notes


# The source document's samples


async def play_sample(name: str, package: str, steps: list[Step]) -> Outcome:
    websocket = importlib.import_module(f"{package}.generic.websocket")
    chat = sample(name, package, websocket.WebsocketConsumer)
    route = {"args": (), "kwargs": {"room_name": "lobby"}}
    return await play(
        chat.as_asgi(), {**WEBSOCKET, "url_route": route}, steps, []
    )


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("welcome", [CONNECT, 2, text("hi"), 3, text("/name ada"), 4, GONE]),
        ("welcome", [CONNECT, 2, text("/name  a "), text("hi"), 4, GONE]),
        ("welcome", [CONNECT, 2, binary(b"hi")]),
        ("rooms", [CONNECT, 1, text('{"message": "hi"}'), 2, GONE]),
        ("rooms", [CONNECT, 1, text('{"message": [1]}'), 2, GONE]),
        ("rooms", [CONNECT, 1, text("{}")]),
        ("rooms", [CONNECT, 1, text("broken")]),
    ],
)
async def test_a_sample_does_the_same_on_both(
    name: str, steps: list[Step]
) -> None:
    theirs = await play_sample(name, "channels", steps)
    ours = await play_sample(name, "minichannels", steps)
    assert ours == theirs
    assert ours.events


async def test_the_rooms_sample_talks_to_others_the_same_on_both() -> None:
    heard = {}
    for package in ("channels", "minichannels"):
        app = sample("rooms", package).as_asgi()
        route = {"args": (), "kwargs": {"room_name": "lobby"}}
        clients = [
            ApplicationCommunicator(app, {**WEBSOCKET, "url_route": route})
            for _ in range(3)
        ]
        for client in clients:
            await client.send_input({"type": "websocket.connect"})
            await client.receive_output()
        for n in range(5):
            message = {
                "type": "websocket.receive",
                "text": f'{{"message":{n}}}',
            }
            await clients[n % 3].send_input(message)
            await asyncio.gather(
                *(each.receive_output() for each in clients[1:])
            )
        heard[package] = [await clients[0].receive_output() for _ in range(5)]
        for client in clients:
            await client.send_input({"type": "websocket.disconnect", "code": 1})
            await client.wait()
    assert heard["minichannels"] == heard["channels"]


@pytest.mark.parametrize("scope", [{}, {"type": ["websocket"]}])
async def test_a_scope_without_a_type_that_is_text_is_served_on_both(
    scope: dict[str, Any],
) -> None:
    steps: list[Step] = [{"type": "note", "text": "a"}, 1, {"type": "stop"}]
    theirs, ours = await on_both("AsyncKeeper", scope, steps, "documented")
    assert ours == theirs
    assert ours.events


@pytest.mark.parametrize(
    ("name", "scope", "steps"),
    [
        ("AsyncExpectsGone", WEBSOCKET, [CONNECT, 1, text("hi"), GONE]),
        ("SyncExpectsGone", WEBSOCKET, [CONNECT, 1, text("hi"), GONE]),
        (
            "PageExpectsGone",
            {"type": "http"},
            [{"type": "http.request"}, {"type": "http.disconnect"}],
        ),
    ],
)
async def test_a_handler_may_expect_that_the_client_has_left(
    name: str, scope: dict[str, Any], steps: list[Step]
) -> None:
    outcomes = []
    for package in PACKAGES:
        module = specimens(package, "documented")
        app = vanishing(getattr(module, name).as_asgi())
        outcomes.append(await play(app, scope, steps, module.NOTES))
    assert outcomes[0] == outcomes[1]
    assert outcomes[1].notes == ["gone"]
