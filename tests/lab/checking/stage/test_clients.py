from typing import Any

import pytest

from minichannels.lab.checking.sandbox.threads import Crew
from minichannels.lab.checking.stage.layers import in_place
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.checking.stage.stage import Stage
from minichannels.types import ASGIApp


def on_stage(app: ASGIApp) -> Stage:
    stage = Stage(Crew())
    stage.put_on(app)
    return stage


async def test_request_gives_the_response() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        await send({"type": "http.response.start", "status": 201})
        await send({"type": "http.response.body", "body": b"got " + body})

    stage = on_stage(app)

    got = await stage.request("/a", b"tea")
    plain = await stage.request("/b")

    assert (got.status, got.body) == (201, b"got tea")
    assert plain.body == b"got "
    assert stage.steps.told() == (
        "ada requested `POST /a`, with the body `b'tea'`."
        " Then ada requested `GET /b`."
    )


async def test_request_may_come_in_pieces_and_ends_with_its_response() -> None:
    got: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (event := await receive())["type"] == "http.request":
            got.append((event["body"], event["more_body"]))
            if not event["more_body"]:
                await send({"type": "http.response.start", "status": 200})
                await send({"type": "http.response.body", "body": b"all"})
        got.append(event["type"])

    response = await on_stage(app).request("/", b"te", b"", b"a")

    assert response.over
    assert got == [(b"te", True), (b"", True), (b"a", False), "http.disconnect"]


async def test_request_without_a_response_has_no_status() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    assert (await on_stage(app).request("/")).status == 0


DEEP = "[" * 100_000


async def test_read_is_what_the_frames_hold_as_json_if_they_do() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        for text in '{"a": 1}', "tea", DEEP:
            await send({"type": "websocket.send", "text": text})
        await receive()

    ada = await on_stage(app).connect("/", "ada")

    assert ada.read == [{"a": 1}, "tea", DEEP]


async def test_connect_wants_an_application_that_stays() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})

    with pytest.raises(Unsolved, match="returned"):
        await on_stage(app).connect("/", "ada")


@pytest.mark.parametrize(
    ("key", "named"), [("path", "no path"), ("text", "other")]
)
async def test_meaning_knows_an_error_by_a_piece_of_its_words(
    key: str, named: str
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        (await receive())[key]

    stage = on_stage(app)
    with (
        pytest.raises(Unsolved) as raised,
        stage.meaning({"KeyError: 'path'": "no path"}, raised="other"),
    ):
        await stage.knock("/", "ada")

    assert raised.value.key == named


async def test_in_place_puts_back_what_was_there() -> None:
    from minichannels.layers import channel_layers, get_channel_layer

    channel_layers.configure(None)
    one, two = Stage(Crew()).layer, Stage(Crew()).layer
    with in_place(one), in_place(two):
        assert get_channel_layer() is two

    assert channel_layers.backends == {}


async def test_client_that_reads_nothing_holds_up_its_own_application() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": "one"})
            await send({"type": "websocket.send", "text": "two"})

    stage = on_stage(app)
    ada, bob = await stage.connect("/", "ada"), await stage.connect("/", "bob")
    stage.pause(ada)
    await stage.send(ada, "hi")
    await stage.send(ada, "hello")
    await stage.send(bob, "hi")

    assert ada.heard == ["one"]
    assert bob.heard == ["one", "two"]

    await stage.sip(ada)

    assert ada.heard == ["one", "two"]

    await stage.resume(ada)

    assert ada.heard == ["one", "two", "one", "two"]
    assert "Then ada read slowly." in stage.steps.told()
    assert "Then ada read on." in stage.steps.told()
    await stage.end()
