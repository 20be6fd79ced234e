"""6.2: count what a full mailbox does not take."""

import asyncio
from datetime import date
from typing import Any

from minichannels.exceptions import ChannelFull
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised, Unsolved
from minichannels.lab.checking.stage.steps import ScenarioStep

_KNOWN = {Raised(ChannelFull): "full"}


async def play(stage: Stage, post_all: Any) -> None:
    """Post to an empty mailbox, to a full one, and to one that is read."""
    draw = stage.draw
    room, more = draw.one(3, 5, 4, 5), draw.one(2, 4)
    stage.limit_mailboxes(room)
    printer, screen = draw.name("printer"), draw.name("screen")
    again = room + draw.number(1, 2, 4)
    calls = (printer, room + more), (printer, again), (screen, room + more)
    so_far = 0
    for channel, number in calls:
        messages = _messages(stage, number)
        reading = _read_along(stage, channel) if channel == screen else []
        lost = await _call(stage, post_all, channel, messages)
        for reader in reading:
            reader.cancel()
        _require_tried(stage, messages, lost)
        taken = stage.lately("read") + stage.lately(
            "deliver", status="delivered"
        )
        stage.require(len(taken) <= len(reading), "took out", *taken[-1:])
        so_far += _require_counted(stage, number, lost, so_far)
    lost = await _call(stage, post_all, draw.name("plotter"), [])
    stage.require(lost == 0, "other", got=repr(lost), refused=0)
    await _post_what_cannot_travel(stage, post_all)


def _messages(stage: Stage, number: int) -> list[dict[str, Any]]:
    """Return messages of which, if they are drawn, two are alike."""
    texts = [stage.draw.text(f"page {n}") for n in range(1, number + 1)]
    texts[-1] = stage.draw.one(texts[-1], texts[0])
    return [{"type": "page", "text": text} for text in texts]


def _read_along(stage: Stage, channel: str) -> list[asyncio.Task[Any]]:
    stage.steps.add(ScenarioStep("read along", channel, 2))
    read = stage.layer.receive
    return [asyncio.create_task(read(channel)) for _ in range(2)]


async def _call(
    stage: Stage, post_all: Any, channel: str, messages: list[Any]
) -> Any:
    stage.values |= {"channel": channel, "all": len(messages)}
    words = f'await post_all(layer, "{channel}", messages[:{len(messages)}])'
    with stage.meaning(_KNOWN):
        return await stage.call(
            words, post_all, stage.layer, channel, list(messages)
        )


def _require_tried(stage: Stage, messages: list[Any], lost: Any) -> None:
    """Require that each message was sent once, to the mailbox."""
    posted = stage.lately("channel_send")
    stage.require(posted or lost is None, "guessed", got=repr(lost))
    stage.require(posted, "not sent")
    mine = [e for e in posted if e.member == stage.values["channel"]]
    stage.require(mine, "another mailbox", posted[0], got=posted[0].member)
    stage.require(len(mine) > 1, "only the first", mine[-1])
    gave_up = len(mine) < len(messages) and len(_refused(stage)) == 1
    stage.require(not gave_up, "stops", mine[-1])
    left = list(messages)
    for event in mine:
        sent = {"type": event.type, **event.payload}
        left = _without(left, sent)
    stage.require(not left, "not all", number=len(messages) - len(left))
    stage.require(len(mine) == len(messages), "twice", number=len(mine))


def _without(messages: list[Any], sent: Any) -> list[Any]:
    """Return messages without the first that is like the one sent."""
    where = messages.index(sent) if sent in messages else len(messages)
    return messages[:where] + messages[where + 1 :]


def _require_counted(stage: Stage, number: int, lost: Any, so_far: int) -> int:
    """Require the number of those that found no room; return it."""
    refused, got = len(_refused(stage)), repr(lost)
    stage.values["refused"] = refused
    stage.require(lost is not None, "nothing returned")
    stage.require(not isinstance(lost, list), "a list", got=got)
    stage.require(lost != so_far + refused or not so_far, "adds up", got=got)
    others = not so_far and lost == number - refused != refused
    stage.require(not others, "counts the others", got=got)
    all_of_them = lost == number != refused
    stage.require(not all_of_them, "counts all", got=got)
    stage.require(lost == refused, "other", got=got)
    return refused


def _refused(stage: Stage) -> list[Any]:
    return stage.lately("deliver", status="refused")


async def _post_what_cannot_travel(stage: Stage, post_all: Any) -> None:
    """Post a message that no layer takes, first or last of two."""
    draw = stage.draw
    bad = {"type": "page", "text": draw.one({"a set"}, date.max, 1j, {1: "a"})}
    messages = [*_messages(stage, 1), bad]
    try:
        got = await _call(
            stage, post_all, draw.name("plotter"), draw.order(messages)
        )
    except Unsolved as miss:
        if not _is_of_type(TypeError, miss.raised):
            raise
    else:
        sent = stage.lately("channel_send", status="refused")
        stage.require(sent, "not all", number=len(messages) - 1)
        stage.miss("another error", sent[0], got=repr(got))


def _is_of_type(kind: type[Exception], error: BaseException | None) -> bool:
    """Return whether an error is of a type, or a group of such."""
    if isinstance(error, BaseExceptionGroup):
        return all(_is_of_type(kind, each) for each in error.exceptions)
    return isinstance(error, kind)


_SOLUTION = """\
async def post_all(layer, channel, messages):
    lost = 0
    for message in messages:
        try:
            await layer.send(channel, message)
        except ChannelFull:
            lost += 1
    return lost
"""

EXERCISE = Exercise(
    number="6.2",
    name="post_all",
    asks="function",
    play=play,
    provoked=("another error",),
    texts={
        "solved": Text(
            headline="you know how many found no room.",
            should="A full mailbox says so to whoever sends to it:"
            " `ChannelFull`. What was refused is gone, unless the sender keeps"
            " it.",
        ),
        "untouched": Text(
            headline="`post_all` ends at the first message without room.",
            did="Then `layer.send` raised $error: $text",
            should="Five messages are tried, three of them find room: it"
            " returns `2`.",
            first="read the error: what is it called, and which line raises"
            " it? `post_all` has to go on after it.",
        ),
        "full": Text(
            headline="the full mailbox ended your function.",
            did="It raised $error: $text",
            should="It goes on after a message that finds no room, and counts"
            " it.",
            next="put `try:` around the `send`, and `except ChannelFull:` below"
            " it.",
            why="M15",
        ),
        "stops": Text(
            headline="after a message that found no room, it tried no more.",
            should="The others are tried, too: in the meantime somebody may"
            " have read. Each of the `$all` is sent once.",
            next="`try` and `except` belong inside the loop, `return` below it;"
            " there is no `break`.",
        ),
        "only the first": Text(
            headline="it tried the first message only.",
            should="All `$all` are tried, then the function returns.",
            next="move `return` out of the loop: below it, as far to the left"
            " as `for`.",
        ),
        "guessed": Text(
            headline="it counted without sending.",
            did="It returned `$got`, and tried none of the messages.",
            should="Only `layer.send` knows whether there is room. If there is"
            " none, it raises `ChannelFull`. (`channel` is only a name: its"
            " length says nothing.)",
            next="send each message inside `try:`, and count in `except"
            " ChannelFull:`.",
            missing="channel_layer.send",
        ),
        "a list": Text(
            headline="your function returned a list, not a number.",
            did="It returned `$got`.",
            should="It returns how many messages found no room: `$refused`.",
            next="if the list holds the refused messages, return its length:"
            " `return len(…)`.",
        ),
        "late": Text(
            headline="your function was not done after $limit s.",
            did="When the time was up, it had not ended$place.",
            should="Each message is tried once. What finds no room is counted,"
            " and not tried again.",
            next="count the message and go on with the next one.",
        ),
        "not sent": Text(
            headline="nothing was sent.",
            should="`await layer.send(channel, message)` for each message.",
            missing="channel_layer.send",
        ),
        "nothing returned": Text(
            headline="your function returned None.",
            should="It returns how many messages found no room.",
            next="count them, and `return` the number after the loop.",
        ),
        "counts the others": Text(
            headline="the number is that of the messages that found room.",
            did="It returned `$got`.",
            should="`$all` were sent. It returns how many of them found no"
            " room: `$refused`.",
            next="count in `except ChannelFull:`, not after the `send`.",
        ),
        "counts all": Text(
            headline="the number is that of all messages.",
            did="It returned `$got`.",
            should="`$all` were sent. It returns how many of them found no"
            " room: `$refused`.",
            next="count inside of `except ChannelFull:`, not below it.",
        ),
        "adds up": Text(
            headline="the second call counted on from the first.",
            did="It returned `$got`: what all calls together have lost.",
            should="Each call counts its own messages, from 0 on. This time"
            " `$refused` found no room.",
            next="set the number to 0 inside of the function.",
        ),
        "another error": Text(
            headline="your code hid an error that says something else.",
            did="It returned `$got`, and nobody heard of the error.",
            should="Only `ChannelFull` means that there is no room. Here a"
            " message cannot travel: that error goes up to whoever called.",
            next="catch `ChannelFull`, and nothing else. (The message that"
            " cannot travel was mine, to see where its error goes.)",
        ),
        "another mailbox": Text(
            headline="the messages went into another mailbox.",
            did="It sent to `$got`.",
            should="Each message is sent to the channel that the function is"
            " given: `$channel`.",
            next="`await layer.send(channel, message)`",
        ),
        "other": Text(
            headline="the number is wrong.",
            did="It returned `$got`.",
            should="It returns how many of the `$all` messages found no room:"
            " `$refused`. What fits in depends on what waits there already,"
            " and on who reads.",
            next="count each `ChannelFull` that you catch.",
        ),
        "not all": Text(
            headline="not all messages were tried.",
            did="It sent `$number` of `$all`.",
            should="Each of the `$all` is sent once, as it is.",
        ),
        "took out": Text(
            headline="your code took messages out of the mailbox.",
            should="Only whoever reads the mailbox takes messages out. What"
            " finds no room is counted.",
            next="leave the mailbox as it is: no `receive`.",
        ),
        "twice": Text(
            headline="more was sent than there is.",
            did="It sent `$number` messages; it was given `$all`.",
            should="Each message is tried once.",
        ),
    },
    hints=(
        "What does `layer.send` do when there is no room? Run the cell and read"
        " the message.",
        "`except ChannelFull:` is the place to count.",
        "`lost = 0` before the loop; in it `try: await layer.send(…)` and"
        " `except ChannelFull: lost += 1`; then `return lost`.",
    ),
    stub="""\
async def post_all(layer, channel, messages):
    # Try each message once. Return how many found no room (ChannelFull);
    # any other error is not counted: it goes up to whoever called.
    for message in messages:
        await layer.send(channel, message)
""",
    solution=_SOLUTION,
    second="""\
async def fits(layer, channel, message):
    try:
        await layer.send(channel, message)
    except ChannelFull:
        return False
    return True


async def post_all(layer, channel, messages):
    return [await fits(layer, channel, m) for m in messages].count(False)
""",
    wrong={
        "another error": edit(
            _SOLUTION, "except ChannelFull", "except Exception"
        ),
        "full": """\
async def post_all(layer, channel, messages):
    lost = len(messages)
    for message in messages:
        await layer.send(channel, message)
        lost -= 1
    return lost
""",
        "stops": """\
async def post_all(layer, channel, messages):
    lost = 0
    try:
        for message in messages:
            await layer.send(channel, message)
    except ChannelFull:
        lost += 1
    return lost
""",
        "only the first": edit(
            _SOLUTION, "    return lost", "        return lost"
        ),
        "guessed": edit(
            _SOLUTION,
            "try:",
            "if len(channel) < layer.capacity:",
            "except ChannelFull:",
            "else:",
        ),
        "counts all": edit(
            _SOLUTION,
            "            lost += 1",
            "            pass\n        lost += 1",
        ),
        "a list": edit(
            _SOLUTION,
            "lost = 0",
            "lost = []",
            "lost += 1",
            "lost.append(message)",
        ),
        "late": """\
async def post_all(layer, channel, messages):
    lost = 0
    for message in messages:
        while True:
            try:
                await layer.send(channel, message)
                break
            except ChannelFull:
                lost += 1
                await asyncio.sleep(0.1)
    return lost
""",
        "nothing returned": edit(_SOLUTION, "return lost", "print(lost)"),
        "counts the others": """\
async def post_all(layer, channel, messages):
    count = 0
    for message in messages:
        try:
            await layer.send(channel, message)
            count += 1
        except ChannelFull:
            pass
    return count
""",
    },
)
