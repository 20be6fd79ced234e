from typing import Any

import pytest

from minichannels.flow.journal.events import Event
from minichannels.flow.model.acts import bands, numbers


def event(seq: int, **changes: Any) -> Event:
    values: dict[str, Any] = {"source": "ada", "target": "app"}
    return Event(
        **{
            "seq": seq,
            "kind": "receive",
            "type": "t",
            "payload": {},
            "connection": 1,
            **values,
            **changes,
        }
    )


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        ([[4]], "4"),
        ([[12, 13, 14]], "12–14"),
        ([[23, 24], [25, 26], [27, 28]], "23–24, 25–26, 27–28"),
        ([[1, 3], [5, 7], [9, 11]], "1, 3; 5, 7; 9, 11"),
        ([[n, n + 1] for n in range(1, 25, 2)], "1–2, 3–4 … 23–24"),
        ([[0]], ""),
        ([[5, 0]], "5"),
    ],
)
def test_numbers_say_which_events_are_meant(
    times: list[list[int]], shown: str
) -> None:
    assert numbers([[event(n) for n in each] for each in times]) == shown


def test_a_folded_band_knows_the_numbers_of_each_time() -> None:
    events = [
        made
        for n in range(1, 13, 2)
        for made in (event(n), event(n + 1, kind="send", cause=n))
    ]

    (band,) = bands(events)

    assert band.times == 6
    assert band.numbers == "1–2, 3–4 … 11–12"
