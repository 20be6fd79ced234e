"""One word for one thing, one colour for one meaning, in all legends."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from minichannels.flow import Event, Flow, onion, state_diagram
from minichannels.flow.drawings import palette
from minichannels.flow.drawings.lanes import legend
from minichannels.flow.drawings.legends import Sign, Words, draw_signs
from minichannels.flow.drawings.mailboxes import SIGNS as OF_MAILBOXES
from minichannels.flow.drawings.pen import LOSING, Pen
from minichannels.flow.drawings.topology import SIGNS as OF_TOPOLOGY
from minichannels.middleware import BaseMiddleware
from minichannels.routing import ProtocolTypeRouter
from minichannels.types import Receive, Scope, Send
from support import story
from support.events import event

NEUTRAL = {
    palette.INK,
    palette.MUTED,
    palette.PANEL,
    palette.EDGE,
    palette.LANE,
}
MEANT = {
    palette.SOCKET: {"socket data", "socket open"},
    palette.LIFE: {"connect, accept, close"},
    palette.LAYER: {Words.THROUGH_LAYER, Words.WAITS, "a message is read"},
    palette.WAITING: {Words.WAITS},
    palette.MEMBER: {Words.IN_GROUP, Words.GHOST},
    palette.BOX: {Words.RUNS},
    palette.SCOPE: {"scope lives"},
    palette.BAND: {"another shade: another cause"},
    palette.LOST: {Words.LOST, Words.RAISED},
    palette.LOST_GROUND: {Words.RAISED},
}
"""What each colour stands for in a legend; neutral ones stand for nothing."""


def signs() -> Iterator[Sign]:
    yield from (sign for _, sign in legend.SIGNS)
    yield from OF_MAILBOXES.values()
    yield from OF_TOPOLOGY.values()


def colours(text: str) -> set[str]:
    return set(re.findall("#[0-9A-F]{6}", text))


def test_every_colour_has_a_meaning() -> None:
    assert set(palette.MEANINGS) == set(palette.DARK)
    assert len(set(palette.MEANINGS.values())) == len(palette.MEANINGS)


def test_a_colour_has_one_meaning_in_all_legends() -> None:
    found: dict[str, set[str]] = {}
    for sign in signs():
        pen = Pen()
        sign.draw(pen, 0, 0)
        for colour in colours("".join(pen.parts)) - NEUTRAL:
            found.setdefault(colour, set()).add(sign.words)

    assert found == MEANT


@pytest.mark.parametrize(
    ("drawing", "others"),
    [
        ("lanes", {palette.WAITING}),
        ("mailboxes", {palette.SOCKET, palette.LIFE, palette.BAND}),
        ("topology", {palette.LIFE, palette.BAND, palette.BOX}),
    ],
)
def test_what_a_drawing_does_not_show_lends_it_no_colour(
    drawing: str, others: set[str]
) -> None:
    picture = (story.GOLDEN / f"{drawing}.svg").read_text(encoding="utf-8")

    assert not colours(picture) & others


def test_a_bar_beside_a_lane_waits_or_is_in_a_group() -> None:
    picture = (story.GOLDEN / "lanes.svg").read_text(encoding="utf-8")
    upright = re.findall(
        r'd="M([\d.]+) [\d.]+L\1 [\d.]+" fill="none" stroke="(#\w+)"'
        r' stroke-width="(\d\.?\d?)"',
        picture,
    )

    looks = {(colour, width) for _, colour, width in upright}
    assert {(palette.LAYER, "3"), (palette.MEMBER, "2")} <= looks
    assert (palette.LAYER, "2") not in looks


def test_legend_of_lanes_explains_what_was_drawn() -> None:
    def explained(*events: Event) -> list[str]:
        words = ["socket data", Words.THROUGH_LAYER, Words.RUNS, Words.RAISED]
        picture = Flow(events).lanes().svg
        return [word for word in words if f">{word}<" in picture]

    came = event(1, "receive")
    crash = event(2, "crash", cause=1)
    sent = event(1, "channel_send", member="bob")
    refused = replace(sent, status="refused", reason="raised")
    lost = event(2, "send", status="undelivered")

    assert explained(came) == ["socket data", Words.RUNS]
    assert explained(came, crash) == ["socket data", Words.RAISED]
    assert explained(sent) == [Words.THROUGH_LAYER]
    assert explained(refused) == []
    assert explained(lost) == []
    assert explained(event(1, "crash")) == [Words.RAISED]


SENT = event(1, "channel_send", member="bob")
LOST_BELOW = [
    [event(1, "receive"), event(2, "send", status="undelivered")],
    [event(1, "receive"), event(2, "crash", cause=1)],
    [event(1, "crash")],
    [event(1, "return")],
    [replace(SENT, status="refused", reason="raised")],
    [SENT, event(2, "deliver", cause=1, status="dropped")],
    [SENT, event(2, "deliver", cause=1, status="unhandled")],
    [event(1, "send", client="", status="undelivered")],
    [event(1, "receive", client="")],
    [event(1, "send", begun_in=9, status="undelivered")],
]
LOOK = re.compile(r'stroke="(#\w+)" stroke-width="[\d.]+"(.*?)/>')


def legend_of(picture: str) -> tuple[str, str]:
    """Return what stands above the legend of lanes, and the legend."""
    above, legend, _ = picture.split('<path d="M0.5 ')
    return above, legend


def looks(part: str) -> set[tuple[str, ...]]:
    """Return the colour of each line, and how it is dashed."""
    return {look for look in LOOK.findall(part) if look[0] != palette.EDGE}


@pytest.mark.parametrize("events", LOST_BELOW)
def test_a_legend_has_no_line_that_the_picture_has_not(
    events: list[Event],
) -> None:
    above, legend = legend_of(Flow(events).lanes().svg)

    assert looks(legend) <= looks(above) | {
        # That a task did it is no colour: the line is thin.
        look
        for look in looks(legend)
        if look[0] == palette.MUTED and any(e.begun_in for e in events)
    }


@pytest.mark.parametrize(
    ("kind", "line"), [("crash", False), ("return", False), ("send", True)]
)
def test_a_loss_without_a_line_has_a_cross(kind: str, line: bool) -> None:
    picture = Flow([event(1, kind, status="undelivered")]).lanes().svg
    _, legend = legend_of(picture)

    assert (f'stroke-dasharray="{LOSING}"' in legend) == line
    assert f'stroke="{palette.LOST}"' in legend


def test_a_legend_goes_on_in_the_next_row() -> None:
    pen, sign = Pen(), Sign(lambda pen, x, y: None, "a" * 30)

    assert draw_signs(pen, [sign] * 5, 20, 500) == 60
    assert [part.count("aaa") > 0 for part in pen.parts] == [True] * 5


@pytest.mark.parametrize("kind", ["websocket", "http", "lifespan"])
def test_a_state_diagram_has_no_colour_that_means_something(kind: str) -> None:
    assert colours(state_diagram(kind).svg) <= NEUTRAL


def test_an_onion_has_no_colour_that_means_something() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        """Do nothing."""

    house = ProtocolTypeRouter({"http": BaseMiddleware(application)})

    assert colours(onion(house).svg) <= NEUTRAL
