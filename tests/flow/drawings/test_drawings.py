"""The drawings of one story, and of whatever else may come."""

import html
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import count
from typing import Any
from xml.etree import ElementTree

import pytest

from minichannels.flow import Flow
from minichannels.flow.drawings import DRAWINGS, palette
from minichannels.flow.drawings.legends import Words
from minichannels.flow.journal.events import Event
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.text.formatting import cells
from support import django_settings, flows, hostile, story

PICTURES = [f"{name}.svg" for name in DRAWINGS]
FILES = (
    *PICTURES,
    *("flow.txt", "table.html", "flow.mmd", "flow.json"),
)


@pytest.fixture(scope="module", autouse=True)
def django() -> None:
    django_settings.set_up()


def event(seq: int, kind: str, **changes: Any) -> Event:
    values = {
        "seq": seq,
        "kind": kind,
        "source": "ada",
        "target": "app#1",
        "type": "chat.message",
        "payload": {},
        "connection": 1,
        "client": "ada",
        "application": "app#1",
    }
    return Event(**{**values, **changes})


def everything(flow: Flow) -> list[str]:
    """Return all that a flow can be shown as."""
    shown = [*story.drawings(flow).values()] if len(flow) > 33 else []
    return [
        *shown,
        *(getattr(flow, name)().svg for name in DRAWINGS),
        flow.table().html,
        flow.mermaid(),
        repr(flow),
        flow.to_json(),
        flow.lanes().html,
    ]


# One story


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


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
        for c in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


GROUNDS = (
    palette.PANEL,
    palette.BAND,
    palette.SCOPE,
    palette.LAYER_GROUND,
    palette.WAITING,
    palette.GROUP,
)


@pytest.mark.parametrize("ground", [*GROUNDS, palette.LOST_GROUND])
@pytest.mark.parametrize(
    "text",
    [
        palette.INK,
        palette.MUTED,
        palette.SOCKET,
        palette.LIFE,
        palette.LAYER,
        palette.LOST,
        palette.MEMBER,
    ],
)
def test_text_can_be_read(text: str, ground: str) -> None:
    assert _contrast(text, ground) >= 4.5


LINES = (
    palette.SOCKET,
    palette.LIFE,
    palette.LAYER,
    palette.LOST,
    palette.LANE,
    palette.BOX,
    palette.MEMBER,
    palette.INK,
)


@pytest.mark.parametrize("ground", [*GROUNDS, palette.LOST_GROUND])
@pytest.mark.parametrize("line", LINES)
def test_lines_can_be_seen(line: str, ground: str) -> None:
    assert _contrast(line, ground) >= 3


@pytest.mark.parametrize("ground", [palette.INK, palette.SOCKET, palette.LAYER])
def test_what_is_white_can_be_read(ground: str) -> None:
    assert _contrast(palette.PANEL, ground) >= 4.5


def test_pictures_use_no_other_colours() -> None:
    known = {
        value
        for value in vars(palette).values()
        if isinstance(value, str) and value.startswith("#")
    }
    for file in PICTURES:
        text = (story.GOLDEN / file).read_text(encoding="utf-8")
        assert set(re.findall(r'"(#[0-9A-F]{6})"', text)) <= known


# Whatever else may come


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

    page.feed(hostile.flow(text).lanes().html)

    assert page.names <= {
        *("figure", "img", "details", "summary", "table", "caption"),
        *("thead", "tbody", "tr", "th", "td", "strong", "em"),
    }
    assert page.attributes <= {"style", "alt", "src", "scope"}


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


def chats(number: int) -> list[Event]:
    """Return what many clients do, each a little different."""
    numbers = count(1)
    return [
        event(
            next(numbers),
            kind,
            type=f"t{who % 7}",
            client=f"c{who}",
            application=f"app#{who}",
            connection=who,
            source=f"app#{who}",
        )
        for who in range(1, number + 1)
        for kind in ("receive", "send")
    ]


def test_many_lanes_share_a_column() -> None:
    picture = Flow(chats(200)).lanes().svg

    assert "197 more" in picture
    assert "events left out;<" in picture
    assert ">flow.table() has all<" in picture


def test_many_events_make_a_picture_of_bounded_size() -> None:
    assert len(Flow(chats(2500)).lanes().svg) < 100_000


def test_losses_that_are_left_out_are_counted() -> None:
    events = chats(60)
    events[60] = event(61, "deliver", status="dropped", reason="full 1/1")

    assert ", 1 of them lost;<" in Flow(events).lanes().svg


def test_a_long_table_shows_the_newest_and_says_so() -> None:
    shown = Flow(chats(600), left_out=3).table().html

    assert "3 older events left out; 200 earlier events not shown" in shown
    assert 'scope="row">1200<' in shown


def test_a_client_comes_back_in_its_own_column() -> None:
    first = event(1, "receive", ends=True)
    second = event(2, "receive", connection=2, application="app#2")

    assert "#1, #2" in Flow([first, second]).lanes().svg


@pytest.mark.parametrize("number", [2, 3])
def test_lane_of_several_applications_names_two_of_them(number: int) -> None:
    events = [
        event(seq, "receive", ends=True, connection=seq, application=name)
        for seq, name in enumerate(["Door#1", "Club#1", "worker"][:number], 1)
    ]

    svg = Flow(events).lanes().svg

    assert ">Door#1<" in svg
    assert ">Club#1<" in svg
    assert (">…<" in svg) == (number == 3)
    assert "#1, #1" not in svg


def test_an_application_without_a_number_has_its_name() -> None:
    picture = Flow([event(1, "receive", application="worker")]).lanes().svg

    assert ">worker<" in picture


def test_a_long_group_name_is_cut_in_the_middle() -> None:
    made = event(1, "group_send", group="chat_of_the_lobby", members=2)

    assert "chat_…lobby" in Flow([made]).lanes().svg


def waiting(number: int, capacity: int | None) -> list[Event]:
    return [
        event(
            n,
            "deliver",
            payload={"a": f"m{n}"},
            status="waiting",
            reason=f"waits {n}",
            waiting=n,
            capacity=capacity,
        )
        for n in range(1, number + 1)
    ]


def test_many_waiting_messages_are_counted() -> None:
    picture = Flow(waiting(7, 100)).mailboxes().svg

    assert "7 wait" in picture
    assert ">100<" in picture


def test_a_mailbox_of_unknown_capacity_is_drawn_without_it() -> None:
    picture = Flow(waiting(2, None)).mailboxes().svg

    assert 'stroke-dasharray="6 3"' not in picture


def test_many_acts_leave_the_first_ones_out() -> None:
    events = waiting(20, 100)
    events += [
        event(made.seq + 20, "read", cause=made.seq, type=f"t{made.seq}")
        for made in events
    ]

    assert "the first 30 acts left out" in Flow(events).mailboxes().svg


def test_fan_out_names_as_many_as_fit() -> None:
    events = [
        event(
            n,
            "deliver",
            group="chat",
            cause=99,
            target=f"app#{n}",
            application=f"app#{n}",
            connection=n,
        )
        for n in range(1, 30)
    ]

    assert re.search(r"#1 #2 #3.* \+\d+<", Flow(events).lanes().svg)


def test_topology_shows_who_left_and_why() -> None:
    events = [
        event(
            1,
            "receive",
            ends=True,
            type="websocket.disconnect",
            payload={"code": 1001},
        ),
        event(
            2,
            "crash",
            connection=2,
            client="bob",
            application="app#2",
            type="KeyError",
            ends=True,
        ),
    ]

    picture = Flow(events).topology().svg

    assert "left 1001" in picture
    assert "raised KeyError" in picture
    assert "no groups" in picture


def test_topology_counts_those_that_it_does_not_show() -> None:
    assert "and 188 more connections" in Flow(chats(200)).topology().svg


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
        assert len(figure.svg) < 52_000


def read(seq: int, cause: int) -> Event:
    return event(seq, "read", cause=cause, handler="chat_message")


def test_a_mailbox_that_is_full_has_a_thick_rail() -> None:
    full = [*waiting(3, 3), read(4, 1), read(5, 2)]

    assert 'stroke-width="8"' in Flow(full).lanes().svg
    assert 'stroke-width="8"' in Flow(full[:3]).lanes().svg
    assert 'stroke-width="8"' not in Flow(full[:2]).lanes().svg


def test_a_message_moves_down_when_the_one_below_is_read() -> None:
    events = [*waiting(2, 2), read(3, 1), read(4, 2)]

    bricks = re.findall(
        r'<rect x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="19"'
        r' fill="#FFF1DA"',
        Flow(events).mailboxes().svg,
    )

    assert len(bricks) == 3
    assert len(set(bricks)) == 2


def test_acts_that_are_left_out_leave_no_bricks() -> None:
    events = [
        made
        for n in range(1, 40, 2)
        for made in (waiting(n, 2)[-1], read(n + 1, n))
    ]
    events = [replace(made, type=f"t{made.seq}") for made in events]

    picture = Flow(events).mailboxes().svg

    assert "the first 30 acts left out" in picture
    assert picture.count('"m') == 0
    assert "&quot;m39&quot;" in picture
    assert "&quot;m1&quot;" not in picture


def test_many_mailboxes_are_counted() -> None:
    events = [
        event(n, "deliver", connection=n, application=f"app#{n}", client="")
        for n in range(1, 15)
    ]

    assert "and 2 more mailboxes" in Flow(events).mailboxes().svg


def test_a_number_that_stays_is_said_once() -> None:
    events = [*waiting(6, 100), event(7, "crash", ends=True)]

    assert Flow(events).mailboxes().svg.count(">6 wait<") == 1


def test_a_ghost_at_the_right_edge_is_a_word() -> None:
    events = [
        *waiting(9, 100),
        event(10, "crash", ends=True),
        event(0, "ghost", member="app#1", group="g", cause=10),
    ]
    events = [replace(made, type=f"t{made.seq}") for made in events]

    picture = Flow(events).mailboxes().svg

    assert ">ghost<" in picture
    assert "nobody reads" not in picture


def test_a_reason_that_finds_no_room_stands_in_the_head() -> None:
    lost = [
        event(
            made.seq + 20,
            "loss",
            cause=made.seq,
            status="undelivered",
            reason="undelivered",
        )
        for made in waiting(9, 100)
    ]

    picture = Flow([*waiting(9, 100), *lost]).mailboxes().svg

    assert picture.count(">undelivered<") == 1
    assert "×9" in picture


def test_a_crash_without_a_client_is_one_cross() -> None:
    alone = Flow([event(1, "crash", client="")]).lanes().svg
    with_client = Flow([event(1, "crash")]).lanes().svg

    assert with_client.count('r="6.5"') == alone.count('r="6.5"') + 1


def test_topology_counts_groups_that_it_does_not_show() -> None:
    events = [
        event(n, "join", group=f"g{n}", member="app#1", client="")
        for n in range(1, 6)
    ]

    assert "and 3 more groups" in Flow(events).topology().svg


def test_topology_at_an_end_shows_the_ghost_that_it_leaves() -> None:
    flow = Flow(
        [
            event(1, "join", group="g", member="app#1"),
            event(2, "receive", ends=True),
            event(0, "ghost", member="app#1", group="g", cause=2),
            event(3, "send", client="bob", connection=2),
        ]
    )

    assert "ghost since 2" in flow.topology(at=2).svg
    assert "ghost since" not in flow.topology(at=1).svg


def test_topology_forgets_the_groups_of_a_consumer_that_cleans_up() -> None:
    join = event(1, "join", group="g", member="app#1")
    end = event(2, "receive", ends=True)

    assert "group of" not in Flow([join, end]).topology().svg


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (('{"m":1}', '{"m":2}', '{"m":3}'), '{"m":1} … 3'),
        (('{"m":1}', "{m}", "{n}"), '{"m":1} … "{n}"'),
        (('{"a":1,"b":2}', "-", '{"a":1,"b":3}'), '{"a":1,"b":2} … {"a"'),
    ],
)
def test_folded_rows_show_the_first_and_the_last_value(
    texts: tuple[str, ...], shown: str
) -> None:
    events = [
        event(n, "receive", payload={"text": text})
        for n, text in enumerate(texts, start=1)
    ]

    assert shown in html.unescape(Flow(events).lanes().svg)


def test_topology_ends_memberships_that_expired() -> None:
    join = event(1, "join", group="chat", member="app#1", source="app#1")
    lost = event(2, "loss", status="expired", reason="expired 60 s")

    assert "group of 1" in Flow([join]).topology().svg
    assert "group of" not in Flow([join, lost]).topology().svg


def test_topology_follows_who_leaves_a_group() -> None:
    join = event(1, "join", group="chat", member="app#1", source="app#1")
    leave = event(2, "leave", group="chat", member="app#1", source="app#1")

    assert "group of" not in Flow([join, leave]).topology().svg


def test_lanes_count_one_event_as_one() -> None:
    one = Flow([event(1, "receive", type="websocket.connect")])

    assert ">1 event<" in one.lanes().svg


def test_what_was_handed_out_and_not_begun_runs_nothing() -> None:
    handed = event(1, "receive", type="x", payload={}, handler="")
    lost = replace(handed, status="undelivered", reason="undelivered")

    assert (
        Flow([handed]).lanes().svg.count(palette.BOX) == 2
    )  # and in the legend
    assert Flow([lost]).lanes().svg.count(palette.BOX) == 0


def test_consumers_of_one_class_have_short_names_beside_browsers() -> None:
    joins = event(1, "join", client="browser#1", member="Chat#1", group="g")
    joins = replace(joins, application="Chat#1", source="browser#1")

    assert "#1 joins" in Flow([joins]).lanes().svg
    assert "Chat#1 joins" not in Flow([joins]).lanes().svg


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("websocket_receive", "…_receive"),
        ("websocket_disconnect", "…_disconnect"),
        ("http_request", "http_request"),
        ("websocket_of_somebody", "websocket_o…"),
        ("chat_message_of_all", "chat_messag…"),
    ],
)
def test_a_handler_is_cut_where_it_tells_least(name: str, shown: str) -> None:
    made = [
        event(
            n,
            "receive",
            handler=name,
            connection=n,
            client=f"c{n}",
            type=f"t{n}",
        )
        for n in range(1, 4)
    ]

    assert Flow(made).lanes().svg.count(f">{shown}<") == 3
    # Of a few there is room for the whole.
    assert Flow(made[:2]).lanes().svg.count(f">{name}<") == 2


def test_what_was_raised_stands_below_a_client_in_two_lines() -> None:
    connects = event(1, "receive", type="websocket.connect", handler="connect")
    crash = event(2, "crash", type="TimeoutError", ends=True)

    words = re.findall(
        ">([^<]*)</text>", Flow([connects, crash]).topology().svg
    )

    assert words.index("TimeoutError") == words.index("raised") + 1


# Parts of a flow


def bars(picture: str) -> list[str]:
    """Return at what heights the clients' thick bars begin."""
    return re.findall(
        r'd="M[\d.]+ ([\d.]+)L[^"]+" fill="none" stroke="#0068A3"'
        r' stroke-width="4"',
        picture,
    )


MEMBER = [
    event(1, "receive", handler="connect"),
    event(2, "join", group="chat", member="app#1", cause=1),
    event(3, "receive", handler="receive"),
    event(4, "receive", connection=2, client="bob", application="app#2"),
]


def test_a_connection_that_was_open_before_begins_at_the_top() -> None:
    assert bars(Flow(MEMBER).why(3).lanes().svg) == ["92"]
    assert bars(Flow(MEMBER).why(1).lanes().svg) == ["101.5"]


def test_a_membership_from_before_begins_at_the_top() -> None:
    assert ">in a group<" in Flow(MEMBER).why(3).lanes().svg
    assert ">in a group<" not in Flow(MEMBER).why(1).lanes().svg


def test_a_part_of_a_part_knows_what_was_before() -> None:
    part = Flow(MEMBER).filter(client="ada").why(3)

    assert bars(part.lanes().svg) == ["92"]
    assert ">1 of 4 events<" in part.lanes().svg


def test_a_part_without_events_is_drawn() -> None:
    assert "Nothing has moved yet." in Flow([], whole=MEMBER).lanes().svg


def test_a_cell_sends_from_its_own_line() -> None:
    cell = {"client": "", "source": "notebook", "application": "notebook"}
    send = event(1, "group_send", group="chat", **cell)

    picture = Flow([send]).lanes().svg

    # The lane's left edge is at 16, its line in the middle of 88.
    assert 'd="M60 101.5H' in picture


def test_folded_rows_of_which_the_last_carried_nothing() -> None:
    events = [event(n, "receive", payload={"text": "a"}) for n in (1, 2)]

    words = html.unescape(Flow([*events, event(3, "receive")]).lanes().svg)

    assert '"a" …<' in words


def test_mailboxes_explain_the_signs_that_occur_and_no_others() -> None:
    picture = Flow(waiting(2, 2)).mailboxes().svg

    assert f">{Words.WAITS}<" in picture
    assert ">capacity<" in picture
    for words in ("a message is read", Words.LOST, Words.GHOST):
        assert f">{words}<" not in picture


NOBODY: dict[str, Any] = {
    "client": "",
    "application": "channel#1",
    "target": "channel#1",
}
"""Where a message is of which no reader is known."""


def test_a_channel_whose_consumer_is_gone_has_no_reader() -> None:
    events = [*waiting(1, 3), event(2, "send", connection=2, client="bob")]
    lost = [replace(made, **NOBODY) for made in events[:1]]

    assert ">no reader<" in Flow(lost).mailboxes().svg
    assert "no reader" not in Flow(events).mailboxes().svg
    assert "ghost" not in Flow(lost).mailboxes().svg  # it is in no group


def test_a_member_of_which_no_reader_is_known_is_a_ghost() -> None:
    joins = event(1, "join", group="chat", member="channel#1", connection=2)
    lost = [replace(made, seq=2, **NOBODY) for made in waiting(1, 3)]

    for name in ("mailboxes", "topology"):
        picture = getattr(Flow([joins, *lost]), name)().svg
        assert ">ghost: no reader<" in picture


def test_a_channel_that_was_read_has_a_reader() -> None:
    events = [replace(made, **NOBODY) for made in waiting(1, 3)]

    picture = Flow([*events, event(2, "read", cause=1, **NOBODY)])

    assert "ghost" not in picture.mailboxes().svg


def test_topology_shows_that_nobody_reads_a_channel() -> None:
    lost = [replace(made, **NOBODY) for made in waiting(1, 3)]

    assert ">no reader<" in Flow(lost).topology().svg
    assert ">no reader<" not in Flow(waiting(1, 3)).topology().svg


def test_topology_has_the_mailboxes_inside_the_layer() -> None:
    root = ElementTree.fromstring(Flow(waiting(1, 3)).topology().svg)
    boxes = [
        {key: float(rect.get(key, 0)) for key in ("x", "y", "width", "height")}
        for rect in root.iter("{http://www.w3.org/2000/svg}rect")
        if rect.get("fill") in (palette.LAYER_GROUND, palette.WAITING)
    ]

    layer, message = boxes
    for start, size in (("x", "width"), ("y", "height")):
        assert layer[start] < message[start]
        assert message[start] + message[size] < layer[start] + layer[size]


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ({"where": "receive", "line": 3}, "in receive, line 3:<"),
        ({"where": "receive_and_answer", "line": 300}, "line 300:<"),
        ({}, "KeyError<"),
    ],
)
def test_a_crash_says_where_and_all_that_it_says(
    where: dict[str, Any], shown: str
) -> None:
    text = "'message' " * 16
    payload = {"text": text.strip(), **where}
    made = event(1, "crash", type="KeyError", payload=payload)

    picture = Flow([made]).lanes().svg

    assert shown in picture
    assert picture.count("'message'") == 16


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("ChatConsumer#1", ["ChatConsumer"]),
        ("ClumsyConsumer#1", ["Clumsy", "Consumer"]),
        ("TheVeryLongConsumer#1", ["TheVeryLong", "Consumer"]),
        ("TheConsumerOfAllOfTheHouse#1", ["TheConsumerOf", "AllOfTheHouse"]),
        ("announcements_#1", ["announcement…"]),
        ("websocket_application", ["websocket_", "application"]),
    ],
)
def test_a_long_head_stands_in_two_lines(name: str, lines: list[str]) -> None:
    made = event(1, "receive", application=name, handler="receive")

    picture = Flow([made]).lanes().svg

    heads = re.findall(r">([^<]*)</text>", picture.partition(">no.<")[0])
    assert heads[-len(lines) - name.count("#1") :][: len(lines)] == lines


@pytest.mark.parametrize("kind", ["websocket.connect", "http.request"])
def test_the_legend_says_that_a_scope_lives(kind: str) -> None:
    picture = Flow([event(1, "receive", type=kind)]).lanes().svg

    assert re.findall(r">(\w+ lives)<", picture) == ["scope lives"]


# What a mailbox was called before

FORMER = {**NOBODY, "former": "PostConsumer#2"}


@pytest.mark.parametrize("name", ["mailboxes", "topology"])
def test_a_renamed_mailbox_keeps_its_former_name(name: str) -> None:
    events = [replace(made, **FORMER) for made in waiting(1, 3)]

    assert ">(PostConsumer#2)<" in getattr(Flow(events), name)().svg


def test_the_head_of_a_renamed_mailbox_has_its_former_name() -> None:
    events = [replace(made, **FORMER) for made in waiting(1, 3)]

    heads = re.findall(r">([^<]*)</text>", Flow(events).lanes().svg)

    assert heads[:3] == ["channel#1", "(Post", "Consumer#2)"]


def test_texts_say_once_what_a_mailbox_was_called() -> None:
    events = [replace(made, **FORMER) for made in waiting(3, 3)]
    flow, both = Flow(events), "channel#1 (PostConsumer#2)"

    assert f"mailbox {both}." in repr(flow)
    assert repr(flow).count(both) == 1
    assert flow.table().html.count(both) == 1
    assert flow.mermaid().count("PostConsumer") == 1


def test_a_former_name_comes_back_from_json() -> None:
    flow = Flow([replace(made, **FORMER) for made in waiting(1, 3)])

    assert Flow.from_json(flow.to_json()) == flow
    assert '"former"' not in Flow(waiting(1, 3)).to_json()
