"""The drawings of one story, and of whatever else may come."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from minichannels.flow import Flow
from minichannels.flow.drawings import DRAWINGS, palette
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.text.formatting import cells
from minichannels.flow.text.html import LEFT
from support import django_settings, flows, hostile, story
from support.events import chats, event, everything

PICTURES = [f"{name}.svg" for name in DRAWINGS]
FILES = (
    *PICTURES,
    *("flow.txt", "table.html", "flow.mmd", "flow.json"),
)


@pytest.fixture(scope="module", autouse=True)
def django() -> None:
    django_settings.set_up()


async def test_the_story_is_drawn_as_it_is_stored() -> None:
    drawn = story.drawings(await story.tell())

    assert sorted(drawn) == sorted(FILES)
    for file in FILES:
        stored = (story.GOLDEN / file).read_text(encoding="utf-8")
        assert drawn[file] == stored, f"{file}: run python -m support.story"


async def test_the_story_comes_back_from_its_json() -> None:
    flow = await story.tell(3)

    again = Flow.from_json(flow.to_json())

    assert again == flow
    assert again.lanes().svg == flow.lanes().svg


@pytest.mark.parametrize("file", PICTURES)
def test_a_picture_is_well_formed_and_says_what_it_shows(file: str) -> None:
    text = (story.GOLDEN / file).read_text(encoding="utf-8")

    root = ElementTree.fromstring(text)

    assert root.get("role") == "img"
    title, description = root[0], root[1]
    assert title.text
    assert "events; " in str(description.text)
    assert len(text) < 42_000


def test_pictures_use_no_other_colours() -> None:
    known = {
        value
        for value in vars(palette).values()
        if isinstance(value, str) and value.startswith("#")
    }
    for file in PICTURES:
        text = (story.GOLDEN / file).read_text(encoding="utf-8")
        assert set(re.findall(r'"(#[0-9A-F]{6})"', text)) <= known


@pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
def test_hostile_text_is_shown_as_text(text: str) -> None:
    flow = hostile.flow(text)

    for shown in everything(flow):
        shown.encode()
        assert not [sign for sign in hostile.FORBIDDEN if sign in shown]
        if shown == repr(flow):
            continue  # plain text may speak of anything
        assert not re.search("<(script|img src=x|m>|b>|!DOCTYPE)", shown)
        if shown.startswith("<svg"):
            ElementTree.fromstring(shown)
            assert len(shown) < 40_000
    assert max(map(cells, repr(flow).splitlines())) <= 100
    assert "end; loop" not in flow.mermaid()


@pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
def test_hostile_text_comes_back_from_json(text: str) -> None:
    flow = hostile.flow(text)

    assert Flow.from_json(flow.to_json()) == flow


@pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
def test_hostile_text_cannot_break_out_of_html(text: str) -> None:
    page = _Tags()

    page.feed(hostile.flow(text).lanes().html.replace(LEFT, "", 1))

    assert page.names <= {
        *("figure", "img", "details", "summary", "table", "caption"),
        *("thead", "tbody", "tr", "th", "td", "strong", "em"),
    }
    assert page.attributes <= {"style", "class", "alt", "src", "scope"}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_no_events_are_drawn() -> None:
    for shown in everything(Flow([])):
        assert shown


def test_no_events_are_nothing_that_moved() -> None:
    shown = Flow([]).lanes().svg

    assert "Nothing has moved yet." in shown
    assert ">no.<" not in shown  # the head of a column without rows


@pytest.mark.parametrize("group", ["", "chat"])
def test_a_loss_is_told_however_long_the_names_are(group: str) -> None:
    values: dict[str, Any] = {
        "target": "t" * 40,
        "type": "chat.message.of.a.long.name",
    }
    lost = event(1, "deliver", status="dropped", reason="full 100/100")
    events = [
        replace(lost, group=group, **values),
        event(2, "deliver", group=group, **values),
    ]

    assert "full 100/100" in Flow(events).lanes().svg


def test_a_loss_is_told_before_what_waits() -> None:
    fates = [
        ("waiting", "waits 99/100"),
        ("delivered", ""),
        ("delivered", ""),
        ("dropped", "full 100/100"),
    ]
    events = [
        event(
            n,
            "deliver",
            type="chat.message.in",
            group="chat",
            cause=99,
            target=f"somebody#{n}",
            connection=n,
            status=status,
            reason=reason,
        )
        for n, (status, reason) in enumerate(fates, start=1)
    ]

    assert "full 100/100" in Flow(events).lanes().svg


def test_one_event_is_drawn() -> None:
    flow = Flow([event(1, "receive", type="websocket.connect")])

    assert "websocket.connect" in flow.lanes().svg


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("delivered", ""),
        ("waiting", "waits 1/3"),
        ("dropped", "full 3/3"),
        ("unhandled", "no handler"),
        ("refused", "full"),
        ("undelivered", "undelivered"),
        ("expired", "expired 60 s"),
        ("unanswered", "no ack"),
    ],
)
def test_every_kind_is_drawn_with_every_fate(
    kind: str, status: str, reason: str
) -> None:
    made = event(1, kind, status=status, reason=reason, payload={"text": "t"})
    flow = Flow([made, event(2, "send", cause=1)])

    for shown in everything(flow):
        assert shown


def test_many_events_make_a_picture_of_bounded_size() -> None:
    assert len(Flow(chats(2500)).lanes().svg) < 100_000


def test_a_long_table_shows_the_newest_and_says_so() -> None:
    shown = Flow(chats(600), left_out=3).table().html

    assert "3 older events left out; 200 earlier events not shown" in shown
    assert 'scope="row">1200<' in shown


@pytest.mark.parametrize("make", flows.SHAPES.values(), ids=flows.SHAPES)
async def test_every_shape_of_flow_is_drawn(
    make: Callable[[], Awaitable[Flow]],
) -> None:
    flow = await make()

    for figure in (flow.lanes(), flow.mailboxes(), flow.topology()):
        root = ElementTree.fromstring(figure.svg)
        walls = len({e.process for e in flow} - {""})
        assert float(root.get("width", 0)) <= 1100 + 50 * walls
        assert float(root.get("height", 0)) <= 1500
        assert len(figure.svg) < 58_000
