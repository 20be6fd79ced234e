"""Rows and columns of the lanes, of whatever may come."""

import html
import re
from dataclasses import replace
from typing import Any

import pytest

from minichannels.flow import Flow
from minichannels.flow.drawings import palette
from minichannels.flow.drawings.lanes.columns import Columns
from minichannels.flow.drawings.lanes.lanes import lanes
from minichannels.flow.drawings.pen import num
from support.events import (
    MEMBER,
    bars,
    chats,
    event,
)


def of(number: int, client: str) -> dict[str, Any]:
    application = f"Chat#{number}"
    named = {"client": client, "application": application}
    return named | {"connection": number, "target": client}


def test_many_lanes_share_a_column() -> None:
    picture = Flow(chats(200)).lanes().svg

    assert "197 more" in picture
    assert "events left out;<" in picture
    assert ">flow.table() has all<" in picture


def test_what_passes_those_who_share_a_column_has_short_arrows() -> None:
    names = [f"client{n}" for n in range(1, 9)]
    events = [event(1 + n, "receive", **of(n, c)) for n, c in enumerate(names)]
    # Who lost most has a column: of these, those who come first.
    status = {"status": "undelivered"}
    for n, client in enumerate(names[:5]):
        events.append(event(9 + n, "send", **of(n, client), **status))
    events.append(event(14, "send", **of(7, "client8")))
    columns = Columns(events)
    shared = columns.pairs[-1]
    picture = Flow(events).lanes().svg

    edge = num(shared.left - 9)
    assert shared.applications == ["5 more"]
    # Five came, two of what was sent to them was lost, one arrived.
    assert len(re.findall(f'd="M{edge} [0-9.]+L', picture)) == 5
    assert picture.count(f'cx="{num(shared.left - 3)}"') == 2
    assert len(re.findall(f'd="M{num(shared.left - 7)} [^"]*Z"', picture)) == 1


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"member": "Chat#12"}, "#12 joins"),
        ({"member": "Chat#12@web-1"}, "#12 joins"),
        ({"member": "PageVisitor#1", "source": "Chat#2"}, "#1 joins"),
        ({"member": "somebody"}, "somebody …"),
    ],
)
def test_label_of_who_joins_is_cut_only_where_there_is_no_number(
    changes: dict[str, str], label: str
) -> None:
    other = event(1, "receive", application="Other#1", connection=2)
    join = event(2, "join", group="chat", **changes)

    assert f">{label}<" in Flow([other, join]).lanes().svg


def test_long_range_of_numbers_stays_beside_the_layer_s_column() -> None:
    def column(first: int) -> float:
        sends = [event(first, "group_send", group="chat")]
        picture = Flow(sends).lanes().svg
        layer = re.search(r'<rect x="(\d+)" y="84" width="76"', picture)
        number = re.search(rf'<text x="(\d+)"[^>]*>{first}<', picture)
        return float(number[1]) - float(layer[1]) if layer and number else 0

    # Seven letters of 6.5 pixels end there, and may not begin in the column.
    assert column(99) == 76 + 41
    assert column(100) > 76 + 7 * 6.5
    assert column(1000) > 76 + 9 * 6.5


def test_cell_that_takes_out_of_a_mailbox_runs_no_handler() -> None:
    kitchen = {"application": "kitchen", "client": "", "connection": 2}
    send = event(1, "channel_send", member="kitchen")
    taken = event(2, "deliver", status="delivered", cause=1, **kitchen)
    handled = replace(taken, handler="order")

    alone, run = Flow([send, taken]).lanes().svg, Flow([send, handled]).lanes()

    assert "handler runs" not in alone
    assert "handler runs" in run.svg
    # The arrow ends at the thin line, for there is no box.
    thin = re.findall(r'd="M(\d+) 84L\1 ', alone)
    assert f'd="M{thin[-1]} 120.5L' in alone


def test_handler_that_began_before_a_part_is_drawn_where_it_acts() -> None:
    came = event(1, "receive", handler="receive")
    other = event(2, "receive", connection=2, application="app#2")
    joined = event(3, "deliver", status="waiting", source="app#2")
    sent = event(4, "send", cause=1)
    whole = [came, other, joined, sent]

    assert ">receive<" in lanes([other, joined, sent], whole=whole)
    assert ">receive<" not in lanes([other, joined], whole=whole)


def test_thin_line_of_who_never_began_crosses_no_word() -> None:
    crash = event(1, "crash", type="ValueError")
    begun = event(1, "receive")

    alone = Flow([crash]).lanes().svg
    late = Flow([begun, replace(crash, seq=2)]).lanes().svg

    plate = r'<rect [^>]*height="14"[^>]*/>\s*<text [^>]*>raised<'
    assert re.search(plate, alone)
    assert not re.search(plate, late)


def test_losses_that_are_left_out_are_counted() -> None:
    events = chats(60)
    events[60] = event(61, "deliver", status="dropped", reason="full 1/1")

    assert ", 1 of them lost;<" in Flow(events).lanes().svg


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


def test_a_group_message_to_nobody_says_so_as_its_words_do() -> None:
    flow = Flow([event(1, "group_send", group="chat", members=0)])

    assert "to 0 members" in str(flow)
    assert "· to 0 members<" in flow.lanes().svg


def test_a_logout_of_who_has_no_socket_open_is_told_without_a_word() -> None:
    made = event(1, "group_send", group="auth.user.7", members=0)

    assert "to 0 members" not in Flow([made]).lanes().svg


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


EVIL = "<i>eve</i> and all her friends of old"


@pytest.mark.parametrize(
    ("user", "short", "shown"),
    [
        ("eve", "eve", "eve"),
        (EVIL, "&lt;i&gt;eve&lt;/…", "&lt;i&gt;eve&lt;/i&gt;"),
    ],
)
def test_who_is_logged_in_stands_beside_the_client(
    user: str, short: str, shown: str
) -> None:
    names = {"source": "browser#1", "client": "browser#1"}
    flow = Flow([event(1, "receive", user=user, **names)])

    assert f">({short})<" in flow.lanes().svg
    assert f">({short[:3]}" in flow.topology().svg
    assert f"client browser#1 ({user[:20]}" in str(flow)
    assert f"client browser#1 ({shown}" in flow.table().html
    assert user not in flow.table().html or user == "eve"
    assert "browser#35;1 #40;" in flow.mermaid()
    assert Flow.from_json(flow.to_json()) == flow


def test_a_client_that_is_called_as_its_user_is_named_once() -> None:
    flow = Flow([event(1, "receive", user="ada")])

    for shown in (flow.lanes().svg, flow.topology().svg, str(flow)):
        assert "(ada)" not in shown
    assert "(ada)" not in flow.table().html + flow.mermaid()


@pytest.mark.parametrize(
    ("kind", "crosses", "word", "words"),
    [
        ("return", 2, "returned", "returns without t.x:"),
        ("linger", 1, "goes on", "goes on after t.x:"),
    ],
)
def test_who_ends_badly_has_a_cross_and_a_word(
    kind: str, crosses: int, word: str, words: str
) -> None:
    made = event(1, kind, type="t.x", reason="client sees 1006", ends=True)
    flow = Flow([made])

    picture = flow.lanes().svg

    # One more beside the words, and one in the legend.
    assert picture.count('r="6.5"') == crosses + 2
    assert picture.count(f">{word}<") == 2
    assert f"{words}<" in picture
    assert "client sees 1006" in picture
    assert f">{word}<" in flow.topology().svg
    assert words.removesuffix(":") in flow.mermaid()


def test_what_a_framework_has_logged_ends_nothing_in_a_picture() -> None:
    told = {"text": "no bird", "where": "view", "line": 7}
    logged = event(1, "logged", type="LookupError", payload=told)
    flow = Flow([logged])

    picture = flow.lanes().svg

    assert picture.count(">logged<") == 2
    assert "logs LookupError:<" in picture
    assert "in view, line 7, no bird" in picture
    assert ">logged<" not in flow.topology().svg
    assert "LookupError" in flow.mermaid()


def test_a_crash_without_a_client_is_one_cross() -> None:
    alone = Flow([event(1, "crash", client="")]).lanes().svg
    with_client = Flow([event(1, "crash")]).lanes().svg

    assert with_client.count('r="6.5"') == alone.count('r="6.5"') + 1


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


def test_a_line_does_not_begin_with_a_colon() -> None:
    payload = {"text": "no client", "where": "text_count", "line": 4}
    made = event(1, "crash", type="NotImplementedError", payload=payload)

    assert ">:" not in Flow([made]).lanes().svg


@pytest.mark.parametrize(
    "name", ["websocket.http.response.start", "websocket.http.response.body"]
)
def test_a_type_of_asgi_is_not_cut(name: str) -> None:
    sent = event(1, "send", type=name, payload={"status": 404})

    assert f">{name}<" in Flow([sent]).lanes().svg


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("ChatConsumer#1", ["ChatConsumer"]),
        ("ClumsyConsumer#1", ["Clumsy", "Consumer"]),
        ("TheVeryLongConsumer#1", ["TheVeryLong", "Consumer"]),
        ("TheConsumerOfAllOfTheHouse#1", ["TheConsumerOf", "AllOfTheHouse"]),
        ("announcements_#1", ["announcement…"]),
        ("websocket_application", ["websocket_", "application"]),
        ("background task", ["background", "task"]),
    ],
)
def test_a_long_head_stands_in_two_lines(name: str, lines: list[str]) -> None:
    made = event(1, "receive", application=name, handler="receive")

    picture = Flow([made]).lanes().svg

    heads = re.findall(r">([^<]*)</text>", picture.partition(">no.<")[0])
    assert heads[-len(lines) - name.count("#1") :][: len(lines)] == lines


@pytest.mark.parametrize(
    ("name", "size"), [("LobbyConsumer", "9.5"), ("ChatConsumer", "10.5")]
)
def test_a_head_as_wide_as_its_column_does_not_touch_the_client(
    name: str, size: str
) -> None:
    events = [
        replace(
            event(n, "receive", connection=n),
            client=f"browser#1{n}",
            application=f"{name}#{n}",
        )
        for n in (1, 2, 3)
    ]

    picture = lanes(events)

    head = rf'font-size="([\d.]+)" text-anchor="middle"[^>]*>{name}<'
    sizes = re.findall(head, picture)
    assert sizes == [size] * 3


@pytest.mark.parametrize("kind", ["websocket.connect", "http.request"])
def test_the_legend_says_that_a_scope_lives(kind: str) -> None:
    picture = Flow([event(1, "receive", type=kind)]).lanes().svg

    assert re.findall(r">(\w+ lives)<", picture) == ["scope lives"]
