from dataclasses import replace
from typing import Any

import pytest

from minichannels.flow.drawings.lanes.columns import Pair
from minichannels.flow.journal.events import Event
from minichannels.flow.live.columns import LiveColumns
from minichannels.flow.live.growing_lanes import GrowingLanes
from minichannels.flow.live.telling import told


def came(number: int, client: str, **more: Any) -> Event:
    name = f"Chat#{number}"
    return Event(
        number, "receive", client, name, "x", {}, number, client, name, **more
    )


def test_three_clients_find_their_room_and_move_nobody() -> None:
    columns = LiveColumns()
    before = columns.text

    moved = [columns.add(came(n, f"c{n}")) for n in (1, 2, 3)]

    assert moved == [False, False, False]
    assert columns.text == before


def test_a_fourth_client_moves_the_layer() -> None:
    columns = LiveColumns()
    for number in (1, 2, 3):
        columns.add(came(number, f"c{number}"))

    assert columns.add(came(4, "c4"))
    assert not columns.add(came(4, "c4"))


def test_from_the_fifth_on_clients_share_a_column() -> None:
    columns = LiveColumns()
    for number in range(1, 8):
        columns.add(came(number, f"c{number}"))

    assert len(columns.pairs) == 4
    assert columns.pairs[-1].applications == ["4 more"]
    assert columns.of[4] is columns.of[7] is columns.pairs[-1]
    assert columns.of[3] is not columns.pairs[-1]


def test_a_clients_next_scope_reuses_its_column() -> None:
    columns = LiveColumns()
    columns.add(came(1, "ada", ends=True))

    columns.add(came(2, "ada"))

    assert columns.of[2] is columns.of[1]
    assert columns.pairs[0].applications == ["Chat#1", "Chat#2"]


def test_those_without_a_client_keep_the_order_in_which_they_came() -> None:
    columns = LiveColumns()
    columns.add(came(1, ""))
    columns.add(came(2, "ada"))

    assert [pair.client for pair in columns.pairs] == ["", "ada"]
    assert isinstance(columns.of[1], Pair)


def test_short_names_are_used_while_there_is_one_class() -> None:
    columns = LiveColumns()
    columns.add(came(1, "ada"))

    assert columns.short("Chat#1") == "#1"


def test_a_second_layer_gets_a_column_of_its_own_once() -> None:
    columns = LiveColumns()
    first = Event(1, "join", "Chat#1", "layer", "group_add", {}, 1, "ada")
    columns.add(first)
    second = replace(first, seq=2, target="layer redis")
    text = columns.text

    moved = [columns.add(second), columns.add(replace(second, seq=3))]

    assert moved == [True, False]
    assert columns.text == text + 76
    assert columns.layer(first) < columns.layer(second)


def test_a_delivery_stands_at_the_layer_of_its_send() -> None:
    columns = LiveColumns()
    send = Event(1, "group_send", "n", "layer redis", "x", {}, 1)
    columns.add(send)
    copy = Event(2, "deliver", "chat", "Chat#1", "x", {}, 1, cause=1)
    columns.add(copy)

    assert columns.layer(copy) == columns.layer(send)


def test_longer_numbers_get_more_room() -> None:
    columns = LiveColumns()
    columns.add(came(1, "ada"))

    assert not columns.add(replace(came(1, "ada"), seq=9_999))
    assert columns.add(replace(came(1, "ada"), seq=10_000))


def asked(number: int, **more: Any) -> Event:
    """Return the end of a request of a client that comes once."""
    more = {"type": "http.response.body", "ends": True, **more}
    return replace(came(number, f"c{number}"), **more)


def heads(columns: LiveColumns) -> list[str]:
    return [pair.client or pair.applications[0] for pair in columns.pairs]


def test_many_requests_leave_a_column_to_the_open_websocket() -> None:
    columns = LiveColumns()
    columns.add(*(asked(n) for n in range(1, 16)))

    columns.add(came(16, "ada"))
    columns.add(*(asked(n) for n in range(17, 3_000)))

    assert heads(columns) == ["ada", "2998 requests"]
    assert columns.is_shared(asked(1))
    assert not columns.is_shared(came(16, "ada"))


def test_heads_say_who_has_columns_and_which_lanes_are_shared() -> None:
    columns = LiveColumns()
    columns.add(*(came(n, f"c{n}") for n in range(1, 9)), asked(9))

    told = GrowingLanes(columns).heads()

    assert told["own"] == ["c1", "c2", "c3"]
    assert told["shared"] == ["1 request", "5 more"]


def test_heads_tell_names_in_full_but_not_all_of_very_many() -> None:
    columns = LiveColumns()
    for number in range(1, 15):
        last = replace(came(number, "ada"), application=f"Chat#{number}")
        columns.add(last, replace(last, seq=99, type="x", ends=True))

    ((start, end, words),) = GrowingLanes(columns).heads()["names"]

    assert (start, end) == (columns.pairs[0].start, columns.pairs[0].right)
    names = ", ".join(f"Chat#{number}" for number in range(1, 13))
    assert words == f"ada: {names}, 2 more"


def heads_of_a_websocket(path: str) -> dict[str, Any]:
    """Return the heads of lanes when one client has come."""
    columns = LiveColumns()
    event = replace(came(1, "c1"), type="websocket.connect")
    columns.add(replace(event, payload={"path": path}))
    return GrowingLanes(columns).heads()


def test_head_of_a_client_says_where_its_websocket_leads_to() -> None:
    heads = heads_of_a_websocket("/chat/red/?token=9")

    assert ">/chat/red/<" in heads["heads"]
    assert heads["names"][0][2] == "c1 at /chat/red/?token=9: Chat#1"


def test_head_of_a_client_does_not_say_a_path_that_says_nothing() -> None:
    heads = heads_of_a_websocket("/")

    assert ">client<" in heads["heads"]
    assert heads["names"][0][2] == "c1: Chat#1"


@pytest.mark.parametrize("name", ["\u202egnp.exe", "a\nb", "x" * 300])
def test_who_has_columns_is_called_as_in_the_list(name: str) -> None:
    columns = LiveColumns()
    event = came(1, name)
    columns.add(event)

    (own,) = GrowingLanes(columns).heads()["own"]

    assert own == told(event)["client"]
    assert own.isprintable()
    assert len(own) <= 100


def test_requests_of_one_client_are_counted_one_by_one() -> None:
    columns = LiveColumns()
    again = [replace(asked(n), client="x") for n in range(1, 9)]
    columns.add(*again, *(came(n, f"c{n}") for n in range(9, 13)))

    assert heads(columns) == ["c9", "c10", "c11", "8 requests", "1 more"]


def test_few_requests_have_columns_as_long_as_there_is_room() -> None:
    columns = LiveColumns()
    columns.add(asked(1), asked(2), came(3, "ada"), asked(4))

    assert heads(columns) == ["c1", "c2", "ada", "c4"]
    assert columns.add(came(5, "bob"))
    assert heads(columns) == ["ada", "bob", "3 requests"]


def test_who_is_open_takes_the_column_of_who_has_left() -> None:
    columns = LiveColumns()
    columns.add(*(came(n, f"c{n}") for n in range(1, 6)))
    assert heads(columns) == ["c1", "c2", "c3", "2 more"]

    assert columns.add(came(2, "c2", ends=True))

    assert heads(columns) == ["c1", "c3", "c4", "2 more"]
    assert not columns.add(came(6, "c6"), came(6, "c6", ends=True))
    assert heads(columns) == ["c1", "c3", "c4", "3 more"]


def test_a_stream_has_a_column_until_it_ends() -> None:
    columns = LiveColumns()
    columns.add(*(asked(n) for n in range(1, 6)))
    pieces = [asked(9, seq=n, ends=False) for n in (10, 11, 12, 12)]

    assert not columns.add(*pieces[:2])
    assert heads(columns) == ["6 requests"]
    assert columns.add(*pieces[2:])
    assert heads(columns) == ["c9", "5 requests"]
    columns.add(asked(9, seq=13))
    assert heads(columns) == ["6 requests"]


def test_what_comes_late_to_a_former_scope_changes_nothing() -> None:
    columns = LiveColumns()
    first = came(1, "ada", ends=True)
    columns.add(first, came(2, "ada"), *(asked(n) for n in range(3, 9)))

    columns.add(replace(first, seq=9, kind="crash"))

    assert heads(columns) == ["ada", "6 requests"]


def test_a_worker_stands_behind_open_websockets() -> None:
    columns = LiveColumns()
    columns.add(came(1, ""), *(came(n, f"c{n}") for n in range(2, 4)))
    columns.add(*(asked(n) for n in range(4, 8)))
    assert heads(columns) == ["Chat#1", "c2", "c3", "4 requests"]

    columns.add(came(8, "c8"))

    assert heads(columns) == ["c2", "c3", "c8", "4 requests", "1 more"]


def test_chosen_connections_have_the_columns() -> None:
    columns = LiveColumns()
    columns.add(*(came(n, f"c{n}") for n in range(1, 20)), asked(20))

    assert columns.choose([20, 7, 99], only_websockets=False)
    assert heads(columns) == ["c7", "c20", "18 more"]
    columns.choose(range(20), only_websockets=False)
    assert len(heads(columns)) == 6 + 2
    assert columns.choose([], only_websockets=False)
    assert heads(columns) == ["c1", "c2", "c3", "1 request", "16 more"]


def test_only_websockets_puts_requests_into_one_lane() -> None:
    columns = LiveColumns()
    columns.add(asked(1), came(2, "ada"))

    assert columns.choose([], only_websockets=True)

    assert heads(columns) == ["ada", "1 request"]
    assert columns.is_request(asked(1))
    assert not columns.is_request(came(2, "ada"))


def test_a_request_stays_one_when_its_browser_opens_a_websocket() -> None:
    columns = LiveColumns()
    page = replace(asked(1), client="ada")
    where = {"method": "GET", "path": "/missing"}
    fails = replace(came(2, "ada"), kind="crash", payload=where, ends=True)
    columns.add(page, fails)
    assert columns.pairs[0].client == "ada"

    columns.add(came(3, "ada"), *(came(n, f"c{n}") for n in range(4, 9)))

    requests = [columns.is_request(came(n, "ada")) for n in (1, 2, 3)]
    assert requests == [True, True, False]
    columns.choose([8], only_websockets=False)
    # Ada's three connections are those of one who is there.
    assert heads(columns) == ["c8", "5 more"]


def test_a_name_that_becomes_known_later_stands_in_the_head() -> None:
    columns = LiveColumns()
    columns.add(came(1, "ada"), came(2, "bob"))

    columns.add(replace(came(1, "ada"), application="Room#1"))

    assert columns.pairs[0].applications == ["Room#1"]
    assert columns.short("Room#1") == "Room#1"


@pytest.mark.parametrize("others", [1, 30])
def test_a_layer_has_a_column_from_its_first_event_on(others: int) -> None:
    columns = LiveColumns()
    columns.add(*(came(n, f"c{n}") for n in range(1, 1 + others)))
    assert columns.layers == {}

    assert columns.add(replace(came(1, "c1"), kind="join", target="layer"))

    assert list(columns.layers) == ["layer"]


def test_who_is_gone_and_seen_no_more_is_forgotten() -> None:
    columns = LiveColumns()
    columns.add(came(1, "ada", ends=True), came(2, "bob"))
    columns.add(came(3, "eve", ends=True), came(4, "eve", ends=True))
    columns.add(came(5, "kim", ends=True), came(6, "zoe", ends=True))

    columns.forget({4}, {"Chat#6"})

    assert columns.of.keys() == {2, 4, 6}
    columns.add(came(7, "bob"))  # beside what is open
    names = [pair.client for pair in columns.pairs]
    assert names == ["bob", "eve", "zoe", "bob"]


def test_who_was_forgotten_may_come_back() -> None:
    columns = LiveColumns()
    columns.add(came(1, "ada", ends=True))
    columns.forget((), ())

    columns.add(came(1, "ada"))
    columns.add(came(2, "ada"))

    assert [pair.client for pair in columns.pairs] == ["ada", "ada"]


def test_a_browsers_sockets_are_named_before_its_requests() -> None:
    columns = LiveColumns()
    names = ["page#1", "chat#1", "page#2", "chat#2"]

    for number, name in enumerate(names, 1):
        kind = f"{'websocket' if 'chat' in name else 'http'}.connect"
        event = came(number, "browser#1", ends=True)
        columns.add(replace(event, type=kind, application=name))

    (pair,) = columns.pairs
    assert pair.applications == ["chat#2", "chat#1", "page#1", "page#2"]


def test_many_columns_and_their_words_fit_into_a_window_of_1000_pixels() -> (
    None
):
    columns = LiveColumns()
    columns.add(*(came(n, f"c{n}") for n in range(1, 9)), asked(9))
    columns.add(replace(came(1, "c1"), kind="join", target="layer"))
    smallest = 9.5 / 10.5  # as the page draws what does not fit
    bars = 2 * 12 + 2 + 15  # the page's edges, a frame, and a scroll bar

    assert len(columns.pairs) == 5
    assert columns.width * smallest <= 1_000 - bars


def test_two_heads_of_one_browser_say_what_each_is() -> None:
    columns = LiveColumns()
    long = ("ConsumerOfAChat#1", "page#1")
    first, second, later = (came(n, "browser#1") for n in (1, 2, 3))
    columns.add(
        replace(first, type="http.request", application=long[1], ends=True),
        replace(second, type="websocket.connect", application=long[0]),
        replace(later, type="http.request"),
        replace(came(4, "ada"), type="websocket.connect"),
    )

    drawn = str(GrowingLanes(columns).heads()["heads"])

    assert [drawn.count(words) for words in ("WebSocket", "HTTP")] == [1, 1]
    assert drawn.count("client") == 1  # ada has one
    assert "ConsumerOf…#1" in drawn
