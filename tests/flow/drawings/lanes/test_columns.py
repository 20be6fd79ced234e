from dataclasses import replace
from typing import Any

from minichannels.flow.drawings.lanes.columns import GUTTER, Columns
from minichannels.flow.journal.events import Event


def came(number: int, client: str, **more: Any) -> Event:
    name = f"Chat#{number}"
    return Event(
        number, "receive", client, name, "x", {}, number, client, name, **more
    )


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


def test_column_behind_a_consumer_s_leaves_room_for_what_waits() -> None:
    first, second, last = Columns(
        [came(1, "a"), came(2, ""), came(3, "")]
    ).pairs
    clients, others = Columns([came(1, "a"), came(2, "b")]).pairs

    assert second.left - first.right == last.left - second.right == GUTTER
    assert others.x - clients.right > GUTTER  # a client's lane is apart
