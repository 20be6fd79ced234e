"""6.2: what finds no room is counted."""

_COUNT = """\
async def post_all(layer, channel, messages):
    lost = 0
    for message in messages:
        try:
            await layer.send(channel, message)
        except ChannelFull:
            lost += 1
    …
"""


def _returning(expression: str) -> str:
    return _COUNT.replace("…", f"return {expression}")


RIGHT = (
    """\
async def post_all(layer, channel, messages):
    async def post(message):
        try:
            await layer.send(channel, message)
        except ChannelFull:
            return 1
        else:
            return 0

    return sum(await asyncio.gather(*map(post, messages)))
""",
    """\
from contextlib import suppress


async def post_all(layer, channel, messages):
    arrived = 0
    for message in messages:
        with suppress(ChannelFull):
            await layer.send(channel, message)
            arrived += 1
    return len(messages) - arrived
""",
    """\
async def post_all(layer, channel, messages):
    async def refused():
        for message in messages:
            try:
                await layer.send(channel, message)
            except ChannelFull as error:
                yield error.channel

    return len([each async for each in refused()])
""",
    """\
async def post_all(layer, channel, messages):
    calls = [layer.send(channel, message) for message in messages]
    results = await asyncio.gather(*calls, return_exceptions=True)
    lost = [error for error in results if isinstance(error, ChannelFull)]
    for error in results:
        if error is not None and error not in lost:
            raise error
    return len(lost)
""",
    """\
async def post_all(layer, channel, messages):
    if not messages:
        return 0
    first, *others = messages
    try:
        await layer.send(channel, first)
    except ChannelFull:
        here = 1
    except BaseException:
        print("what is that?")
        raise
    else:
        here = 0
    return here + await post_all(layer, channel, others)
""",
    """\
class Counter:
    def __init__(self):
        self.lost = 0

    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, error, traceback):
        self.lost += kind is ChannelFull
        return kind is ChannelFull


async def post_all(layer, channel, messages):
    counter = Counter()
    waiting = iter(messages)
    while (message := next(waiting, None)) is not None:
        async with counter:
            await layer.send(channel, message)
    return counter.lost
""",
    """\
async def post_all(layer, channel, messages):
    lost = [0]

    async def post(message):
        try:
            await layer.send(channel, message)
        except ChannelFull:
            lost[0] += 1

    async with asyncio.TaskGroup() as group:
        for message in messages:
            group.create_task(post(message))
    return lost[0]
""",
)

CHEATS = {
    "other": (
        _returning("2"),
        _returning("len(messages) - 3"),
        _returning("{5: 2, 4: 4, 0: 0}.get(len(messages), 1)"),
        _returning("max(0, len(messages) - layer.capacity)"),
        _returning("min(lost, 2)"),
        _returning("lost or 2"),
        "posted = set()\n\n\n"
        + _COUNT.replace(
            "    …",
            """\
    if channel in posted:
        return 0
    posted.add(channel)
    return lost""",
        ),
        """\
async def post_all(layer, channel, messages):
    lost = 0
    for message in messages:
        try:
            await layer.send(channel, message)
        finally:
            continue
    return lost
""",
    ),
    "adds up": (
        """\
lost = 0


async def post_all(layer, channel, messages):
    global lost
    for message in messages:
        try:
            await layer.send(channel, message)
        except ChannelFull:
            lost += 1
    return lost
""",
        _COUNT.replace(
            "channel, messages):\n    lost = 0\n",
            "channel, messages, lost=[]):\n",
        )
        .replace("lost += 1", "lost.append(message)")
        .replace("…", "return len(lost)"),
    ),
    "not all": (
        """\
async def post_all(layer, channel, messages):
    lost = 0
    for number, message in enumerate(messages):
        try:
            await layer.send(channel, message)
        except ChannelFull:
            lost += 1
            if lost == 2:
                return len(messages) - number + 1
    return lost
""",
        _returning("lost").replace("in messages:", "in messages[:5]:"),
        _returning("lost").replace(
            "in messages:", "in {m['text']: m for m in messages}.values():"
        ),
        _returning("lost").replace(
            "in messages:",
            "in [m for m in messages if isinstance(m['text'], str)]:",
        ),
    ),
    "stops": (
        """\
async def post_all(layer, channel, messages):
    for number, message in enumerate(messages):
        try:
            await layer.send(channel, message)
        except ChannelFull:
            return len(messages) - number
    return 0
""",
    ),
    "guessed": (
        """\
async def post_all(layer, channel, messages):
    return max(0, len(messages) - layer.capacity)
""",
    ),
    "another mailbox": (
        _returning("lost").replace("send(channel,", 'send("printer",'),
    ),
    "another error": (
        _returning("lost").replace("except ChannelFull", "except"),
        _returning("lost").replace(
            "            lost += 1\n",
            "            lost += 1\n        except Exception:\n"
            "            pass\n",
        ),
        """\
async def post_all(layer, channel, messages):
    calls = [layer.send(channel, message) for message in messages]
    results = await asyncio.gather(*calls, return_exceptions=True)
    return sum(isinstance(error, ChannelFull) for error in results)
""",
    ),
    "took out": (
        _returning("lost").replace(
            "lost += 1",
            "lost += 1\n            await layer.receive(channel)",
        ),
    ),
    "twice": (
        _returning("lost").replace(
            "            lost += 1",
            """\
            try:
                await layer.send(channel, message)
            except ChannelFull:
                lost += 1""",
        ),
    ),
    "raised in call": (
        _returning("lost").replace(
            "(channel, message)",
            """(
                channel, {**message, "text": message["text"].strip()}
            )""",
        ),
    ),
    "late": (
        """\
async def post_all(layer, channel, messages):
    lost = 0
    for message in messages:
        try:
            await layer.send(channel, message)
        except ChannelFull:
            lost += 1
            while len(layer.channels[channel].messages) == layer.capacity:
                time.sleep(0.05)
    return lost
""",
    ),
}
