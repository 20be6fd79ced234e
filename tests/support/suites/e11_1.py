"""11.1: a test that waits for the answer."""

_TEST = """\
async def test_answer(application):
    ada = WebsocketCommunicator(application, "/")
    await ada.connect()
    await ada.send_to("tea")
    …
"""


def _ending(*lines: str) -> str:
    return _TEST.replace("…", "\n    ".join(lines))


RIGHT = (
    """\
async def answer_to(application, text):
    client = WebsocketCommunicator(application, "/")
    await client.connect()
    await client.send_to(text_data=text)
    return await asyncio.wait_for(client.receive_output(timeout=5), 5)


async def test_answer(application):
    for text in ("tea", "", " Milk "):
        event = await answer_to(application, text)
        assert (event["type"], event["text"]) == ("websocket.send", text)
""",
    _ending(
        "for _ in range(200):",
        "    if not ada.output_queue.empty():",
        "        break",
        "    await asyncio.sleep(0.01)",
        "event = ada.output_queue.get_nowait()",
        'if event["text"] != "tea":',
        '    raise ValueError("not tea")',
    ),
    """\
def test_answer(application):
    async def talk():
        async with WebsocketCommunicator(application, "/cellar") as ada:
            connected, subprotocol = await ada.connect()
            assert connected
            await ada.send_json_to(["tea", 1])
            assert await ada.receive_json_from(timeout=2) == ["tea", 1]

    return talk()
""",
    """\
async def test_answer(application):
    with record(application) as flow:
        ada = WebsocketCommunicator(flow.app, "/")
        await ada.connect()
        await ada.send_to("tea")
        await flow.settle()
        assert ada.output_queue.get_nowait()["text"] == "tea"
        assert await ada.receive_nothing()
""",
    _ending(
        "heard = [await ada.receive_from()]",
        "await ada.disconnect()",
        'assert heard == ["tea"], heard',
    ),
    """\
class Conversation:
    def __init__(self, application):
        self.client = WebsocketCommunicator(application, "/")

    async def says(self, text):
        await self.client.send_to(text)
        return await self.client.receive_from()


async def test_answer(application):
    talk = Conversation(application)
    await talk.client.connect()
    answers = [await talk.says(word) for word in "one two".split()]
    assert answers == ["one", "two"]
    await talk.client.disconnect()
""",
    """\
async def test_answer(application):
    ada = WebsocketCommunicator(application, "/")
    await ada.connect()
    await ada.send_to("tea")
    for _ in range(10):
        await asyncio.sleep(0.1)
        if not ada.output_queue.empty():
            break
    event = ada.output_queue.get_nowait()
    assert event["text"] == "tea"
    await ada.disconnect()
""",
)

_GET = 'assert ada.output_queue.get_nowait()["text"] == "tea"'

CHEATS = {
    "too patient": (
        _ending("await asyncio.sleep(30)", _GET),
        _ending(
            "event = await ada.receive_output(timeout=60)",
            'assert event["text"] == "tea"',
        ),
    ),
    "time": (
        _ending("await asyncio.sleep(0.7)", _GET),
        _ending("for _ in range(20):", "    await asyncio.sleep(0.05)", _GET),
        """\
calls = []


async def test_answer(application):
    calls.append(1)
    assert len(calls) < 3
""",
    ),
    "fails right": (
        """\
async def test_answer(application):
    ada = WebsocketCommunicator(application, "/")
    await ada.connect()
    await ada.send_to("tea")
    event = await ada.receive_output()
    assert event == "tea"
    await ada.disconnect()
""",
        _ending("assert False"),
        _ending(_GET),
        _ending('assert await ada.receive_from() == "TEA"'),
        _ending("raise SystemExit"),
    ),
    "impatient": (
        _ending("await asyncio.sleep(0.1)", _GET),
        _ending(
            "answer = await asyncio.wait_for(ada.receive_from(), 0.15)",
            'assert answer == "tea"',
        ),
        """\
calls = []


async def test_answer(application):
    calls.append(1)
    if len(calls) > 2:
        raise AssertionError
    ada = WebsocketCommunicator(application, "/")
    await ada.connect()
    await ada.send_to("tea")
    assert await ada.receive_from() == "tea"
""",
    ),
    "hangs": (
        _ending(
            "while ada.output_queue.empty():",
            "    await asyncio.sleep(0.01)",
            _GET,
        ),
        _ending("await ada.output_queue.get()"),
        _ending("await ada.receive_from(timeout=1000)"),
    ),
    "silent": (
        "async def test_answer(application):\n    pass\n",
        _ending("print(ada.output_queue)"),
        _ending(
            "done, left = await asyncio.wait(",
            "    [asyncio.ensure_future(ada.receive_from())]",
            ")",
        ),
    ),
    "more": (
        _ending('assert (await ada.receive_from()).startswith("tea")'),
        _ending('assert "tea" in (await ada.receive_output())["text"]'),
        _ending("answer = await ada.receive_from()", "assert 'tea' in answer"),
    ),
    "part": (
        _ending('assert await ada.receive_from() in "tea or coffee"'),
        _ending('assert "tea".startswith(await ada.receive_from())'),
    ),
    "letters": (
        """\
async def test_answer(application):
    ada = WebsocketCommunicator(application, "/")
    await ada.connect()
    await ada.send_to("tea")
    event = await ada.receive_output()
    assert event["text"].lower() == "tea"
    await ada.disconnect()
""",
        _ending("assert len(await ada.receive_from()) == 3"),
    ),
    "other": (
        """\
async def test_answer(application):
    ada = WebsocketCommunicator(application, "/")
    await ada.connect()
    await ada.send_to("tea")
    event = await ada.receive_output()
    event["text"] == "tea"
    await ada.disconnect()
""",
        _ending("assert await ada.receive_from()"),
        _ending("assert isinstance(await ada.receive_from(), str)"),
    ),
    "skips": (
        _ending(
            "import pytest",
            "try:",
            "    answer = await ada.receive_from()",
            "except TimeoutError:",
            '    pytest.skip("a slow day")',
            'assert answer == "tea"',
        ),
    ),
}
