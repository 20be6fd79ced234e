"""The rules by which false sentences are found in a message.

All wrong answers and cheats are held to them, where they are tried.
"""

from dataclasses import replace

import pytest

from minichannels.lab.checking.report.message import Section
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from support.exercises import result_of
from support.truth import false_sentences

ANSWER = """\
async def shout(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    try:
        await receive()
        await send({"type": "websocket.send", "text": "tea"})
        await send(1)
    except TypeError:
        raise
"""
FALSE = {
    "line 6 is not 'x = 1'": SourceLine(6, "x = 1"),
    "there is no line 60": "Line 60 sent it.",
    "line 6 has no 'print'": "Line 6 calls `print`.",
    "line 6 has no except": "The `except` in line 6 caught it.",
    "there is no event 60": "Event 60 is marked.",
    "event 4 is no websocket.close to ada": (
        "shout#1 sent ada `websocket.close` (event 4)."
    ),
    "event 60 is no websocket.send to bob": (
        "shout#1 sent bob `websocket.send` `x` (event 60)."
    ),
    "event 4 was not handled by hear": "shout#1 ran `hear` (event 4).",
    "event 3 is no chat.message": (
        "It had got `chat.message` `tea` (event 3)."
    ),
    "nobody received 'milk'": "ada received `milk`.",
    "nobody has seen StageLayer": "A StageLayer has no such method.",
    "no application raised KeyError": "shout#1 raised KeyError: 'x'.",
}
TRUE = (
    "Line 6 calls `send`. The `except` in line 8 caught it. Event 4 is marked."
    " shout#1 sent ada `websocket.send` `tea` (event 4). ada received `tea`."
    " shout#1 raised TypeError: send() takes a dict. The `finally` in line 6."
    " It had got `websocket.receive` `tea` (event 3)."
)


@pytest.mark.parametrize("false", FALSE)
async def test_rules_find_what_is_false(false: str) -> None:
    result = await result_of("1.1", ANSWER, seed=7)
    said = FALSE[false]
    at = said if isinstance(said, SourceLine) else None
    section = Section("did", "" if at else str(said), at)

    found = false_sentences(replace(result, sections=(section,)), ANSWER)

    assert false in found


async def test_rules_find_nothing_where_all_is_true() -> None:
    result = await result_of("1.1", ANSWER, seed=7)
    place = SourceLine(6, ANSWER.splitlines()[5].strip())
    section = Section("did", TRUE, place)

    assert false_sentences(result, ANSWER) == []
    told = replace(result, sections=(section,))
    assert false_sentences(told, ANSWER) == []
