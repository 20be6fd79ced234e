"""What a client does with each package: the same every time.

The words that people say begin with ``word-``, each said once: so a test sees
which answer belongs to which question.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

from wild.packages.visitor import Socket, Visitor

Play = Callable[[Visitor], Awaitable[None]]


async def chat(visitor: Visitor) -> None:
    """Ask for a page, then talk among three, in turn."""
    assert (await visitor.get("/hello/ada")).status == 200
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(visitor.socket("/chat/lobby"))
            for _ in range(3)
        ]
        await talk(sockets, lambda word: word)


async def talk(sockets: list[Socket], say: Callable[[str], object]) -> None:
    """Say six words in turn, each when everybody has heard the last."""
    for number in range(6):
        word = f"word-{number}"
        await sockets[number % len(sockets)].send(say(word))
        for each in sockets:
            await each.hear(word)


async def channels(visitor: Visitor) -> None:
    assert await visitor.refused("/chat/") == 403
    wrong = await visitor.get("/login/?name=ada&password=wrong")
    assert wrong.status == 403
    async with AsyncExitStack() as stack:
        sockets = []
        for name in ("ada", "bob"):
            page = f"/login/?name={name}&password=correct%20horse"
            assert (
                await visitor.get(page)
            ).body == b"welcome, " + name.encode()
            opened = visitor.socket("/chat/")
            sockets.append(await stack.enter_async_context(opened))
        await talk(sockets, lambda word: {"said": word})


async def chanx(visitor: Visitor) -> None:
    async with (
        visitor.socket("/chat/") as ada,
        visitor.socket("/chat/") as bob,
    ):
        await talk([ada, bob], lambda word: {"action": "say", "payload": word})
        await ada.send({"action": "say", "payload": 5})
        await ada.hear("error")


async def socketio(visitor: Visitor) -> None:
    path = "/socket.io/?EIO=4&transport=websocket"
    async with visitor.socket(path) as ada, visitor.socket(path) as bob:
        for each in (ada, bob):
            await each.hear("0{")
            await each.send("40")
            await each.hear("40{")
        await talk([ada, bob], lambda word: f'42["say","{word}"]')
        await ada.send('427["say","word-last"]')
        await bob.hear("word-last")
        await ada.hear("437")  # the acknowledgement


async def nicegui(visitor: Visitor) -> None:
    page = (await visitor.get("/")).body.decode()
    client = found(r"'client_id': '([\w-]+)'", page)
    button = found(r'"listener_id":"([\w-]+)","type":"click"', page)
    element = found(r'"(\d+)":{"tag":"q-btn"', page)
    query = (
        f"EIO=4&transport=websocket&client_id={client}&next_message_id=0"
        "&implicit_handshake=true&tab_id=tab&document_id=document"
    )
    async with visitor.socket(f"/_nicegui_ws/socket.io/?{query}") as ada:
        await ada.hear("0{")
        await ada.send("40")
        await ada.hear("40{")
        for number in range(1, 4):
            event = {
                "id": int(element),
                "client_id": client,
                "listener_id": button,
                "args": ["{}"],
            }
            await ada.send("42" + json.dumps(["event", event]))
            await ada.hear(f"pressed {number} times")


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"there is no {pattern}"
    return match[1]


async def shiny(visitor: Visitor) -> None:
    assert (await visitor.get("/")).status == 200
    async with visitor.socket("/websocket/") as ada:
        begin = {"name": "word-0", ".clientdata_output_greeting_hidden": False}
        await ada.send({"method": "init", "data": begin})
        await ada.hear("hello word-0")
        await ada.send({"method": "update", "data": {"name": "word-1"}})
        await ada.hear("hello word-1")


async def streamlit(visitor: Visitor) -> None:
    assert (await visitor.get("/_stcore/health")).status == 200
    stream = visitor.socket("/_stcore/stream", subprotocols=["streamlit"])
    async with stream as ada:
        await ada.send(b"\x5a\x00")  # a BackMsg: run the script, no arguments
        await ada.hear(b"It rains.")
        while await ada.hear() != b"J\0":  # a ForwardMsg: nothing runs
            pass


async def gradio(visitor: Visitor) -> None:
    for word in ("word-0", "word-1"):
        call = "/gradio_api/call/greet"
        begun = await visitor.ask("POST", call, json={"data": [word]})
        answer = f"{call}/{json.loads(begun.body)['event_id']}"
        assert word.encode() in (await visitor.get(answer)).body


async def strawberry(visitor: Visitor) -> None:
    query = {"query": '{ hello(name: "word-0") }'}
    assert b"hello word-0" in (await visitor.ask("POST", "/", json=query)).body
    protocol = "graphql-transport-ws"
    async with visitor.socket("/", subprotocols=[protocol]) as ada:
        await ada.send({"type": "connection_init"})
        await ada.hear("connection_ack")
        for name, last in (("a", 3), ("b", 2)):
            query = {"query": f"subscription {{ count(to: {last}) }}"}
            message = {"type": "subscribe", "id": name, "payload": query}
            await ada.send(message)
            await ada.hear('"complete"')


async def ariadne(visitor: Visitor) -> None:
    query = {"query": '{ hello(name: "word-a") }'}
    assert b"hello word-a" in (await visitor.ask("POST", "/", json=query)).body
    protocol = ["graphql-transport-ws"]
    async with (
        visitor.socket("/", subprotocols=protocol) as ada,
        visitor.socket("/", subprotocols=protocol) as bob,
    ):
        for each in (ada, bob):
            await each.send({"type": "connection_init"})
            await each.hear("connection_ack")
            payload = {"query": "subscription { said }"}
            wanted = {"type": "subscribe", "id": "a", "payload": payload}
            await each.send(wanted)
            await each.send({"type": "ping"})
            await each.hear("pong")  # by then, it is subscribed
        for number in range(2):
            word = f"word-{number}"
            said = {"query": f'mutation {{ say(text: "{word}") }}'}
            await visitor.ask("POST", "/", json=said)
            for each in (ada, bob):
                await each.hear(word)


async def pubsub(visitor: Visitor) -> None:
    topics = {"topics": ["news"]}
    ask = {"method": "subscribe", "arguments": topics, "call_id": "1"}
    async with (
        visitor.socket("/pubsub") as ada,
        visitor.socket("/pubsub") as bob,
    ):
        for each in (ada, bob):
            await each.send({"request": ask})
            await each.hear("true")
        for word in ("word-0", "word-1"):
            telling = asyncio.create_task(visitor.get(f"/tell/{word}"))
            for each in (ada, bob):
                told = json.loads(await each.hear(word))
                call = {"call_id": told["request"]["call_id"]}
                done = {"result": None, "result_type": None, **call}
                await each.send({"response": done})
            assert (await telling).status == 200


async def eventstream(visitor: Visitor) -> None:
    opened = asyncio.Event()

    def enough(body: bytes) -> bool:
        opened.set()
        return b"word-1" in body

    events = asyncio.create_task(visitor.ask("GET", "/events/", enough))
    await opened.wait()
    for word in ("word-0", "word-1"):
        assert (await visitor.get(f"/tell/{word}")).status == 200
    assert (await events).body.count(b"event: message") == 2
    # Which came last, the answer or the event, is drawn by lot.
    visitor.responses.sort(key=lambda response: response.path)
    for path in ("sum?one=1&other=2", "none"):
        await visitor.get(f"/api/notes/{path}")
    note = {"text": "word-2"}
    answer = await visitor.ask("POST", "/api/notes/echo", json=note)
    assert b"word-2" in answer.body


async def sse(visitor: Visitor) -> None:
    assert (await visitor.get("/three")).body.count(b"event: tick") == 3
    first = await visitor.ask("GET", "/endless", lambda body: b"first" in body)
    assert first.status == 200


async def datasette(visitor: Visitor) -> None:
    for path in ("/birds/birds", "/birds/birds.json"):
        assert b"wren" in (await visitor.get(path)).body
    assert (await visitor.get("/none")).status == 404


async def wsgi(visitor: Visitor) -> None:
    assert (await visitor.get("/hello/ada")).status == 200
    large = b"x" * 300_000
    assert (
        await visitor.ask("POST", "/length", content=large)
    ).body == b"300000"
    assert (await visitor.get("/parts")).body.count(b"part") == 5


async def mcp(visitor: Visitor) -> None:
    headers = {"Accept": "application/json, text/event-stream"}

    async def ask(message: Mapping[str, object]) -> bytes:
        message = {"jsonrpc": "2.0", **message}
        answer = await visitor.ask(
            "POST", "/mcp", json=message, headers=headers
        )
        session = answer.headers.get("mcp-session-id")
        if session:
            headers["Mcp-Session-Id"] = session
        return answer.body

    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "play", "version": "1"},
    }
    await ask({"id": 1, "method": "initialize", "params": hello})
    await ask({"method": "notifications/initialized"})
    sum_of = {"name": "add", "arguments": {"one": 2, "other": 3}}
    answer = await ask({"id": 2, "method": "tools/call", "params": sum_of})
    assert b'"5"' in answer


PLAYS: Mapping[str, Play] = {
    "ariadne": ariadne,
    "blacksheep": chat,
    "broadcaster": chat,
    "channels": channels,
    "channels_redis": channels,
    "chanx": chanx,
    "datasette": datasette,
    "eventstream": eventstream,
    "falcon": chat,
    "fastapi": chat,
    "gradio": gradio,
    "litestar": chat,
    "mcp": mcp,
    "microdot": chat,
    "nicegui": nicegui,
    "pubsub": pubsub,
    "quart": chat,
    "ravyn": chat,
    "sanic": chat,
    "shiny": shiny,
    "socketio": socketio,
    "sse": sse,
    "starlette": chat,
    "strawberry": strawberry,
    "streamlit": streamlit,
    "wsgi": wsgi,
}
