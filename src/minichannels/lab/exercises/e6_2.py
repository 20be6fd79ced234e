"""6.2: count what a full mailbox does not take."""

from typing import Any

from minichannels.exceptions import ChannelFull
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.raised import Raised

MESSAGES = [{"type": "page", "text": f"page {n}"} for n in range(1, 6)]
_KNOWN = {
    Raised(ChannelFull): "full",
    "'channelfull'": "other name",
}


async def play(stage: Stage, post_all: Any) -> None:
    """Post five messages to a mailbox that holds three."""
    stage.limit_mailboxes(3)
    words = 'await post_all(layer, "printer", five_messages)'
    with stage.meaning(_KNOWN):
        lost = await stage.call(
            words, post_all, stage.layer, "printer", list(MESSAGES)
        )
    posted = stage.of("channel_send")
    stage.require(posted or lost is None, "guessed", got=repr(lost))
    stage.require(posted, "not sent")
    stage.require(len(posted) > 1, "only the first", posted[-1])
    stage.require(len(posted) == 5 or lost != 1, "stops", posted[-1])
    stage.require(lost is not None, "nothing returned")
    stage.require(not isinstance(lost, list), "a list", got=repr(lost))
    stage.require(lost != 3, "counts the others")
    stage.require(lost == 2, "other", got=repr(lost))
    stage.require(len(posted) == 5, "not all", number=len(posted))


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
    texts={
        "solved": Text(
            headline="three waited, two found no room, and you know it.",
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
            headline="it gave up at the first message that found no room.",
            should="The others are tried, too: in the meantime somebody may"
            " have read. Here two of five find no room.",
            next="`try` and `except` belong inside the loop, `return` below it;"
            " there is no `break`.",
        ),
        "only the first": Text(
            headline="it tried the first message only.",
            should="All five are tried, then the function returns.",
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
        "other name": Text(
            headline="there is no `channelfull`.",
            did="It raised $error: $text",
            should="The exception is called `ChannelFull`: Python tells small"
            " letters from capital ones.",
            next="write `except ChannelFull:`.",
        ),
        "a list": Text(
            headline="your function returned a list, not a number.",
            did="It returned `$got`.",
            should="It returns how many messages found no room: `2`.",
            next="if the list holds the refused messages, return its length:"
            " `return len(…)`.",
        ),
        "late": Text(
            headline="your function was not done after $limit s.",
            did="When the time was up, it was still at work$place.",
            should="Each message is tried once. Nobody reads in this check, so"
            " a message that finds no room now will not find any later.",
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
            headline="it counted those that found room.",
            did="It returned `3`.",
            should="Five were sent, three found room: it returns `2`.",
            next="count in `except ChannelFull:`, not after the `send`.",
        ),
        "other": Text(
            headline="the number is wrong.",
            did="It returned `$got`.",
            should="The mailbox holds 3 messages, 5 are sent: it returns `2`.",
        ),
        "not all": Text(
            headline="not all messages were tried.",
            did="It sent $number of 5.",
            should="Each of the five is sent once.",
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
    # Return how many of the messages found no room.
    for message in messages:
        await layer.send(channel, message)
""",
    solution=_SOLUTION,
    second="""\
async def fits(layer, channel, message):
    try:
        await layer.send(channel, message)
    except Exception:
        return False
    return True


async def post_all(layer, channel, messages):
    return [await fits(layer, channel, m) for m in messages].count(False)
""",
    wrong={
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
        "other name": edit(_SOLUTION, "ChannelFull", "channelfull"),
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
