"""11.2: who hears what, and who does not."""

_TEST = """\
async def test_rooms(application):
    with record(application) as flow:
        ada = WebsocketCommunicator(flow.app, "/lobby/")
        bob = WebsocketCommunicator(flow.app, "/lobby/")
        fred = WebsocketCommunicator(flow.app, "/kitchen/")
        for client in ada, bob, fred:
            await client.connect()
        await ada.send_to("hi")
        …
"""


def _ending(*lines: str) -> str:
    return _TEST.replace("…", "\n        ".join(lines))


_SETTLE = "await flow.settle()"
_ADA = 'assert await ada.receive_from() == "hi"'
_BOB = 'assert await bob.receive_from() == "hi"'


def _nothing(names: str) -> str:
    return f"for c in {names}: assert await c.receive_nothing()"


RIGHT = (
    _ending(
        "await flow.settle(timeout=10)",
        "counts = [c.output_queue.qsize() for c in (ada, bob, fred)]",
        "assert counts == [1, 1, 0]",
        "for client in ada, bob:",
        '    assert client.output_queue.get_nowait()["text"] == "hi"',
    ),
    """\
async def enter(application, room):
    client = WebsocketCommunicator(application, f"/{room}/")
    connected, _ = await client.connect()
    assert connected
    return client


def heard(client):
    queue = client.output_queue
    return [queue.get_nowait()["text"] for _ in range(queue.qsize())]


async def test_rooms(application):
    with record(application) as flow:
        fred = await enter(flow.app, "kitchen")
        ada, bob = [await enter(flow.app, "lobby") for _ in range(2)]
        for text in ("hi", "ho"):
            await ada.send_to(text)
        await flow.settle(5)
        assert heard(ada) == heard(bob) == ["hi", "ho"]
        assert heard(fred) == []
""",
    """\
async def test_rooms(application):
    with record(application) as flow:
        rooms = {"ada": "a", "bob": "a", "fred": "b"}
        clients = {
            name: WebsocketCommunicator(flow.app, f"/{room}/")
            for name, room in rooms.items()
        }
        for client in clients.values():
            await client.connect()
        await clients["ada"].send_to("hi")
        await flow.settle()
    sent = [e for e in flow if e.type == "websocket.send"]
    assert [e.payload["text"] for e in sent] == ["hi", "hi"]
    assert len({e.client for e in sent}) == 2
    assert clients["fred"].output_queue.empty()
    assert not clients["ada"].output_queue.empty()
""",
    """\
async def test_rooms(application):
    ada, bob, fred = [
        WebsocketCommunicator(application, path)
        for path in ("/lobby/", "/lobby/", "/kitchen/")
    ]
    for client in (ada, bob, fred):
        await client.connect()
    await ada.send_to("first")
    assert await ada.receive_from() == await bob.receive_from() == "first"
    await ada.send_to("second")
    assert await ada.receive_from() == await bob.receive_from() == "second"
    await fred.send_to("alone")
    assert await fred.receive_from() == "alone"
""",
    _ending(
        _SETTLE,
        "for client, wanted in ((ada, 1), (bob, 1), (fred, 0)):",
        "    texts = []",
        "    while not client.output_queue.empty():",
        "        texts.append(await client.receive_from())",
        '    assert texts == ["hi"] * wanted',
    ),
)

CHEATS = {
    "alone": (
        "async def test_rooms(application):\n    pass\n",
        _ending(_SETTLE),
        _ending(_ADA),
        _ending(_SETTLE, _ADA, _nothing("(ada, fred)")),
    ),
    "deaf": (
        _ending(_BOB),
        _ending(_SETTLE, _BOB, _nothing("(bob, fred)")),
    ),
    "leak": (
        _ending(_ADA, _BOB),
        _ending(_SETTLE, _ADA, _BOB, _nothing("(ada, bob)")),
        _ending(_SETTLE, _ADA, _BOB, "assert fred"),
    ),
    "late leak": (
        _ending(
            "await asyncio.sleep(4)",
            _ADA,
            _BOB,
            "for c in ada, bob, fred:",
            "    assert await c.receive_nothing()",
        ),
        _ending(_ADA, _BOB, _nothing("(ada, bob, fred)")),
        _ending(_ADA, _BOB, "await asyncio.sleep(1)", _nothing("(fred,)")),
        _ending(_ADA, _BOB, "assert fred.output_queue.empty()"),
    ),
    "twice": (
        _ending(_SETTLE, _ADA, _BOB, _nothing("(fred,)")),
        _ending(_SETTLE, "assert ada.output_queue.qsize()", _BOB)
        + "        assert fred.output_queue.empty()\n",
    ),
    "impatient": (
        _ending(
            "await asyncio.sleep(0.1)",
            "assert ada.output_queue.qsize() == 1",
            _nothing("(fred,)"),
        ),
        _ending('assert await bob.receive_from(0.1) == "hi"'),
    ),
    "fails right": (
        _ending(_SETTLE, _nothing("(ada,)")),
        _ending(_BOB, 'assert await fred.receive_from() == "hi"'),
    ),
    "hangs": (_ending("await fred.output_queue.get()"),),
    "other text": (
        _ending(
            _SETTLE,
            _ADA,
            'assert (await bob.receive_from()).lower() == "hi"',
            "for client in ada, bob, fred:",
            "    assert await client.receive_nothing()",
        ),
        _ending(
            _SETTLE,
            "assert ada.output_queue.qsize() == 1",
            "assert bob.output_queue.qsize() == 1",
            "assert fred.output_queue.qsize() == 0",
        ),
        _ending(
            _SETTLE,
            "heard = [await c.receive_from() for c in (ada, bob)]",
            "assert heard[0] == heard[1]",
            "for c in ada, bob, fred:",
            "    assert await c.receive_nothing()",
        ),
    ),
    "bob twice": (
        _ending(
            _ADA,
            _BOB,
            _SETTLE,
            "assert await fred.receive_nothing()",
            "assert await ada.receive_nothing()",
        ),
    ),
    "wrong two": (
        _ending(
            _SETTLE,
            'sent = [e for e in flow if e.type == "websocket.send"]',
            "assert len(sent) == 2",
        ),
    ),
}
