import base64
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from minichannels.flow.drawings import pen
from minichannels.lab.checking.report.kept import keep
from minichannels.lab.checking.report.message import (
    STYLE,
    WIDTH,
    Message,
    Section,
    marked,
    wrapped,
)
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.exercises import e4_1, e7_1, e10_2
from support.exercises import result_of

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e"


def test_message_shows_hostile_text_as_text() -> None:
    place = SourceLine(3, f"x = '{HOSTILE}'")
    section = Section("What", f"`{HOSTILE}` and {HOSTILE}\nmore", place)
    message = Message("1.1", False, HOSTILE, (section,), HOSTILE)

    text, html = repr(message), message._repr_mimebundle_()["text/html"]

    for shown in (text, html):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    assert "<script" not in html
    assert max(map(len, text.splitlines())) <= WIDTH


async def test_message_has_its_parts_in_order() -> None:
    result = await result_of("7.1", e7_1.EXERCISE.wrong["only ada"])

    html = result._repr_mimebundle_()["text/html"]
    assert re.findall("<dt.*?>(.*?)</dt>", html) == [
        "What I did",
        "What your code did",
        "What should have happened",
        "Why",
        "Where in the picture",
    ]
    assert '<span class="tag">M13</span>Often believed: "<code>self.send<' in (
        html.replace("&quot;", '"')
    )
    assert "Why (M13) " in str(result)
    assert 'Often believed: "self.send reaches everybody."' in str(result)
    assert html.index("<h3>") < html.index("<dl>") < html.index("<p>")


async def test_parts_stand_below_each_other_without_the_style() -> None:
    result = await result_of("7.1", e7_1.EXERCISE.wrong["only ada"])

    html = result._repr_mimebundle_()["text/html"]
    tags = set(re.findall("<d[td].*?>", html))
    assert tags == {
        '<dt style="float:none;width:auto">',
        '<dd style="float:none;width:auto">',
        '<dd class="pic" style="float:none;width:auto">',
    }


async def test_who_has_no_client_is_called_as_its_lane_is() -> None:
    result = await result_of("10.2", e10_2.EXERCISE.wrong["how many"])

    assert "Counter#1 sent the message" in str(result)


def test_a_short_value_stays_on_one_line() -> None:
    long = "one two " * 10

    assert marked(f"say `a b c` or `{long}`") == (
        f'say <code>a b c</code> or <code class="long">{long}</code>'
    )


async def test_message_has_a_picture_with_the_event_and_what_is_missing() -> (
    None
):
    result = await result_of("7.1", e7_1.EXERCISE.wrong["only ada"])

    html = result._repr_mimebundle_()["text/html"]
    alt = re.search('<img alt="(.*?)"', html)
    assert alt is not None
    assert "Event 11 is marked. Missing: group_send to chat_lobby." in alt[1]
    data = re.search('base64,(.*?)"', html)
    assert data is not None
    svg = base64.b64decode(data[1]).decode()
    ElementTree.fromstring(svg)
    words = re.findall("<(?:text|tspan)[^>]*>([^<]+)</", svg)
    assert {"10", "11", "missing", "group_send to chat_lobby"} <= set(words)
    assert "1" not in words  # only the rows concerned


async def test_message_is_the_same_each_time() -> None:
    stub = e7_1.EXERCISE.wrong["twice"]

    first, second = [await result_of("7.1", stub) for _ in range(2)]

    assert first._repr_mimebundle_() == second._repr_mimebundle_()


async def test_message_of_success_shows_what_moved() -> None:
    result = await result_of("4.1", e4_1.EXERCISE.solution)

    html = result._repr_mimebundle_()["text/html"]
    assert 'class="mc-check ok"' in html
    words = f"Flow: {len(result.flow)} events between ada, bob."
    assert f'<img alt="{words}" src="data:image/svg+xml;base64,' in html
    assert f"In the picture            {words}" in str(result)


async def test_message_of_success_does_not_depend_on_progress(
    home: Path,
) -> None:
    first = await result_of("4.1", e4_1.EXERCISE.solution)
    keep("solved", "4.1")
    second = await result_of("4.1", e4_1.EXERCISE.solution)

    assert (home / "progress.json").exists()
    assert first._repr_mimebundle_() == second._repr_mimebundle_()


def test_wrapped_cuts_no_name_in_two() -> None:
    code = "async_to_sync(self.channel_layer.group_add)(self.room_group_name)"

    lines = wrapped(f"line 1: {code}", 40)

    assert lines == [
        "line 1: async_to_sync(self.",
        "channel_layer.group_add)(self.",
        "room_group_name)",
    ]


def test_wrapped_keeps_rows_of_blanks() -> None:
    assert wrapped("to  Ada", 4) == ["to  ", "Ada"]


def test_wrapped_cuts_a_name_that_fits_in_no_line() -> None:
    assert wrapped("x" * 10, 6) == ["xxxx", "xxxxxx"]


def test_style_has_the_fonts_of_the_drawings() -> None:
    assert f"font:14px/1.5 {pen.SANS}}}" in STYLE
    assert f"font:13px {pen.MONO};" in STYLE


HUGE = '"x" * 5_000_000'
SHOUT = """
async def shout(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    await receive()
"""


@pytest.mark.parametrize(
    "line",
    [
        f"raise ValueError({HUGE})",
        f"raise type({HUGE}, (ValueError,), {{}})",
        f"raise ValueError  # {'x' * 200_000}",
        f"print({HUGE})",
        f'await send({{"type": "websocket.send", "text": {HUGE}}})',
        f'await send({{"type": {HUGE}, "text": {HUGE}}})',
        f'await send({{"type": "websocket.close", "reason": {HUGE}}})',
        f'await send({{"type": "websocket.send", "text": [{HUGE}]}})',
        f"await send({HUGE})",
    ],
)
async def test_message_is_short_whatever_the_code_does(line: str) -> None:
    result = await result_of("1.1", f"{SHOUT}    {line}\n")

    assert not result.solved
    assert len(repr(result)) < 8_000
    assert len(result._repr_mimebundle_()["text/html"]) < 60_000
