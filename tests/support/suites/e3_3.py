"""3.3: the bread takes its time, and holds nobody up."""

from minichannels.lab.checking.stage.exercise import edit, find

_SECOND = find("3.3").second

_BAKER = """\
async def baker(scope, receive, send):
    assert scope["type"] == "websocket"
    while True:
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif event["type"] == "websocket.receive":
            if event["text"] == "bread":
                await asyncio.sleep(0.1)
            text = f"{event['text']} is ready"
            await send({"type": "websocket.send", "text": text})
        else:
            return
"""
_WAIT = "await asyncio.sleep(0.1)"


def _with(old: str, new: str, before: str = "") -> str:
    assert old in _BAKER
    return before + _BAKER.replace(old, new)


RIGHT = (
    _with(
        _WAIT,
        "loop = asyncio.get_running_loop()\n"
        "                await loop.run_in_executor(None, time.sleep, 0.1)",
    ),
    _with(
        _WAIT,
        "await bake()",
        "async def bake():\n    for _ in range(10):\n"
        "        await asyncio.sleep(0.01)\n\n\n",
    ),
    _with(
        _WAIT,
        "await sync_to_async(time.sleep, thread_sensitive=False)(0.1)",
        "from asgiref.sync import sync_to_async\n\n\n",
    ),
    _with(
        _WAIT,
        "with contextlib.suppress(TimeoutError):\n"
        "                    async with asyncio.timeout(0.1):\n"
        "                        await asyncio.Event().wait()",
        "import contextlib\n\n\n",
    ),
    """\
class BakerConsumer(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        if text_data == "bread":
            await asyncio.sleep(0.1)
        await self.send(text_data=text_data + " is ready")


baker = BakerConsumer.as_asgi()
""",
    """\
async def serve_one(text, send):
    await asyncio.sleep(0.1 if text == "bread" else 0)
    await send({"type": "websocket.send", "text": f"{text} is ready"})


async def baker(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    async with asyncio.TaskGroup() as group:
        while (event := await receive())["type"] == "websocket.receive":
            group.create_task(serve_one(event["text"], send))
""",
    _with(
        _WAIT,
        "await asyncio.wrap_future(pool.submit(time.sleep, 0.1))",
        "from concurrent.futures import ThreadPoolExecutor\n\n"
        "pool = ThreadPoolExecutor()\n\n\n",
    ),
)

CHEATS = {
    "blocks": (
        _with(
            _WAIT,
            "await bake()",
            "async def bake():\n    time.sleep(0.1)\n\n\n",
        ),
        _with(_WAIT, "threading.Event().wait(0.1)", "import threading\n\n\n"),
    ),
    "sleeps": (
        _with(_WAIT, "time.sleep(0.1)\n                await asyncio.sleep(0)"),
        _with(
            _WAIT,
            "await asyncio.create_task(bake())",
            "async def bake():\n    time.sleep(0.1)\n\n\n",
        ),
    ),
    "joins": (
        _with(
            _WAIT,
            "with ThreadPoolExecutor() as pool:\n"
            "                    pool.submit(time.sleep, 0.1)",
            "from concurrent.futures import ThreadPoolExecutor\n\n\n",
        ),
    ),
    "not baked": (
        _with(_WAIT, "await asyncio.sleep(0)"),
        _with(_WAIT, "pass"),
        _with(
            _WAIT,
            "asyncio.get_running_loop().call_later(0.1, print)",
        ),
        _with("0.1", "0.01"),
    ),
    "bakes all": (
        edit(
            _SECOND,
            'if event["text"] == "bread":',
            'if "bread" in event["text"]:',
        ),
        _with('event["text"] == "bread"', "True"),
        _with(
            "            if event",
            "            async with oven:\n"
            "                await asyncio.sleep(0.01)\n"
            "            if event",
            "oven = asyncio.Lock()\n\n\n",
        )
        .replace(
            '            if event["text"] == "bread":\n'
            "                await asyncio.sleep(0.1)\n",
            "",
        )
        .replace("0.01", "0.1"),
    ),
    "silent": (
        _with(
            "            text = f",
            "                continue\n            text = f",
        ),
    ),
    "other answer": (
        _with("event['text']}", "event['text'].lower()}").replace(
            "is ready", "is done"
        ),
        _with("{event['text']} is", "roll is"),
    ),
    "too many": (
        _with(
            '"text": text})\n',
            '"text": text})\n'
            "            event = {'type': 'websocket.send', 'text': text}\n"
            "            await send(event)\n",
        ),
    ),
    "one oven": (
        edit(
            _SECOND,
            "def bake():\n",
            """\
oven = asyncio.Lock()


def bake():
""",
            "                await asyncio.to_thread(bake)\n",
            """\
                async with oven:
                    await asyncio.to_thread(bake)
""",
        ),
    ),
}
