from dataclasses import replace
from typing import Any

from minichannels.flow.drawings.lanes.columns import Columns, Pair
from minichannels.flow.journal.events import Event


def came(number: int, client: str, **more: Any) -> Event:
    name = f"Chat#{number}"
    return Event(
        number, "receive", client, name, "x", {}, number, client, name, **more
    )


def test_three_clients_find_their_room_and_move_nobody() -> None:
    columns = Columns(grows=True)
    before = columns.text

    moved = [columns.add(came(n, f"c{n}")) for n in (1, 2, 3)]

    assert moved == [False, False, False]
    assert columns.text == before


def test_a_fourth_client_moves_the_layer() -> None:
    columns = Columns(grows=True)
    for number in (1, 2, 3):
        columns.add(came(number, f"c{number}"))

    assert columns.add(came(4, "c4"))
    assert not columns.add(came(4, "c4"))


def test_from_the_fifth_on_clients_share_a_column() -> None:
    columns = Columns(grows=True)
    for number in range(1, 8):
        columns.add(came(number, f"c{number}"))

    assert len(columns.pairs) == 4
    assert columns.pairs[-1].applications == ["4 more"]
    assert columns.of[4] is columns.of[7] is columns.pairs[-1]
    assert columns.of[3] is not columns.pairs[-1]


def test_a_clients_next_scope_reuses_its_column() -> None:
    columns = Columns(grows=True)
    columns.add(came(1, "ada", ends=True))

    columns.add(came(2, "ada"))

    assert columns.of[2] is columns.of[1]
    assert columns.pairs[0].applications == ["Chat#1", "Chat#2"]


def test_those_without_a_client_keep_the_order_in_which_they_came() -> None:
    columns = Columns(grows=True)
    columns.add(came(1, ""))
    columns.add(came(2, "ada"))

    assert [pair.client for pair in columns.pairs] == ["", "ada"]
    assert isinstance(columns.of[1], Pair)


def test_short_names_are_used_while_there_is_one_class() -> None:
    columns = Columns(grows=True)
    columns.add(came(1, "ada"))

    assert columns.short("Chat#1") == "#1"


def test_a_second_layer_gets_a_column_of_its_own_once() -> None:
    columns = Columns(grows=True)
    first = Event(1, "join", "Chat#1", "layer", "group_add", {}, 1, "ada")
    columns.add(first)
    second = replace(first, seq=2, target="layer redis")
    text = columns.text

    moved = [columns.add(second), columns.add(replace(second, seq=3))]

    assert moved == [True, False]
    assert columns.text == text + 76
    assert columns.layer(first) < columns.layer(second)


def test_a_delivery_stands_at_the_layer_of_its_send() -> None:
    columns = Columns(grows=True)
    send = Event(1, "group_send", "n", "layer redis", "x", {}, 1)
    columns.add(send)
    copy = Event(2, "deliver", "chat", "Chat#1", "x", {}, 1, cause=1)
    columns.add(copy)

    assert columns.layer(copy) == columns.layer(send)


def test_longer_numbers_get_more_room() -> None:
    columns = Columns(grows=True)
    columns.add(came(1, "ada"))

    assert not columns.add(replace(came(1, "ada"), seq=9_999))
    assert columns.add(replace(came(1, "ada"), seq=10_000))


def heads(columns: Columns) -> list[tuple[str, str]]:
    return [(pair.process, pair.client) for pair in columns.pairs]


def test_those_of_a_process_stand_together_and_what_is_in_none_comes_last() -> (
    None
):
    columns = Columns(
        [
            came(1, ""),
            came(2, "", process="worker-1"),
            came(3, "ada", process="web-1"),
            came(4, "bob", process="web-2"),
            came(5, "eve", process="web-1"),
        ]
    )

    assert heads(columns) == [
        ("web-1", "ada"),
        ("web-1", "eve"),
        ("web-2", "bob"),
        ("worker-1", ""),
        ("", ""),
    ]


def test_the_larger_a_process_the_more_share_a_column() -> None:
    events = [came(n, f"c{n}", process="web-1") for n in range(1, 9)]
    events += [came(n, f"c{n}", process="web-2") for n in range(9, 12)]
    columns = Columns(events)

    assert heads(columns) == [
        ("web-1", "c1"),
        ("web-1", "c2"),
        ("web-1", ""),
        ("web-2", "c9"),
        ("web-2", "c10"),
        ("web-2", "c11"),
    ]
    assert columns.pairs[2].applications == ["6 more"]


def test_of_many_processes_each_has_a_column() -> None:
    events = [came(n, f"c{n}", process=f"web-{n % 8}") for n in range(16)]
    columns = Columns([replace(e, seq=e.seq + 1) for e in events])

    assert [pair.process for pair in columns.pairs] == [
        f"web-{n}" for n in range(8)
    ]
    assert {pair.applications[0] for pair in columns.pairs} == {"2 more"}
