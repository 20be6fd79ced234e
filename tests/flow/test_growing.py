from typing import Any

from minichannels.flow.columns import Pair
from minichannels.flow.events import Event
from minichannels.flow.growing import GrowingColumns


def came(number: int, client: str, **more: Any) -> Event:
    name = f"Chat#{number}"
    return Event(
        number, "receive", client, name, "x", {}, number, client, name, **more
    )


def test_three_clients_find_their_room_and_move_nobody() -> None:
    columns = GrowingColumns()
    before = columns.text

    moved = [columns.add(came(n, f"c{n}")) for n in (1, 2, 3)]

    assert moved == [False, False, False]
    assert columns.text == before


def test_a_fourth_client_moves_the_layer() -> None:
    columns = GrowingColumns()
    for number in (1, 2, 3):
        columns.add(came(number, f"c{number}"))

    assert columns.add(came(4, "c4"))
    assert not columns.add(came(4, "c4"))


def test_from_the_fifth_on_clients_share_a_column() -> None:
    columns = GrowingColumns()
    for number in range(1, 8):
        columns.add(came(number, f"c{number}"))

    assert len(columns.pairs) == 4
    assert columns.pairs[-1].applications == ["4 more"]
    assert columns.of[4] is columns.of[7] is columns.pairs[-1]
    assert columns.of[3] is not columns.pairs[-1]


def test_a_clients_next_scope_reuses_its_column() -> None:
    columns = GrowingColumns()
    columns.add(came(1, "ada", ends=True))

    columns.add(came(2, "ada"))

    assert columns.of[2] is columns.of[1]
    assert columns.pairs[0].applications == ["Chat#1", "Chat#2"]


def test_those_without_a_client_keep_the_order_in_which_they_came() -> None:
    columns = GrowingColumns()
    columns.add(came(1, ""))
    columns.add(came(2, "ada"))

    assert [pair.client for pair in columns.pairs] == ["", "ada"]
    assert isinstance(columns.of[1], Pair)


def test_short_names_are_used_while_there_is_one_class() -> None:
    columns = GrowingColumns()
    columns.add(came(1, "ada"))

    assert columns.short("Chat#1") == "#1"
