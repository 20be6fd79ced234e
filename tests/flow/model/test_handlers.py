"""Which handlers ran at the same time, held against what is counted plainly."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from minichannels.flow.journal.events import Event
from minichannels.flow.model.handlers import Handled, handlers, most_at_once

THREADS = st.sampled_from(["event loop", "pool", "one thread"])
# When each began, how many steps it took (None: it still runs), and on what.
RUNS = st.lists(
    st.tuples(st.integers(1, 8), st.none() | st.integers(0, 5), THREADS),
    max_size=12,
)


def event(seq: int, began: int, ended: int, thread: str, **more: Any) -> Event:
    names = {"source": "ada", "target": "app#1", "type": "test.ping"}
    values = {"kind": "receive", "payload": {}, "connection": 1, **names}
    ran = {"began": began, "ended": ended, "thread": thread}
    return Event(**{"seq": seq, **values, **ran, **more})


def together(one: Handled, other: Handled) -> bool:
    return all(
        a.last is None or b.first <= a.last
        for a, b in ((one, other), (other, one))
    )


@settings(max_examples=200, deadline=None, derandomize=True)
@given(RUNS)
def test_no_two_that_ran_at_the_same_time_share_a_row(
    runs: list[tuple[int, int | None, str]],
) -> None:
    found = handlers(
        [
            event(seq, began, 0 if took is None else began + took, thread)
            for seq, (began, took, thread) in enumerate(runs, start=1)
        ]
    )

    assert len(found) == len(runs)
    for index, one in enumerate(found):
        others = [
            other
            for other in found[:index]
            if other.event.thread == one.event.thread and together(one, other)
        ]
        assert one.row not in {other.row for other in others}
        assert one.row <= len(others)  # the first that is free
    most = max((sum(together(a, b) for b in found) for a in found), default=0)
    steps = {handled.first for handled in found}
    counts = [
        sum(h.first <= s and (h.last is None or s <= h.last) for h in found)
        for s in steps
    ]
    assert most_at_once(found) == max(counts, default=0) <= most


def test_only_those_of_which_it_is_known_are_handlers_that_ran() -> None:
    events = [
        event(1, 0, 0, ""),
        event(2, 0, 0, "pool"),  # it got no thread so far
        event(3, 1, 1, "pool"),
    ]

    assert [handled.event.seq for handled in handlers(events)] == [3]


def test_handlers_of_one_step_stand_by_their_connections() -> None:
    events = [
        event(1, 2, 2, "pool", connection=1),
        event(2, 2, 2, "pool", connection=3),
        event(3, 2, 2, "pool", connection=2),
        event(4, 1, 1, "pool", connection=3),
    ]

    found = handlers(events)

    assert [h.event.seq for h in found] == [4, 1, 3, 2]
    assert [h.thread for h in found] == [
        "thread 1",
        "thread 1",
        "thread 2",
        "thread 3",
    ]


def test_an_end_before_the_beginning_counts_as_one_with_it() -> None:
    (handled,) = handlers([event(1, 5, 2, "pool")])

    assert (handled.first, handled.last) == (1, 1)


def test_steps_are_counted_from_the_first_beginning_that_is_there() -> None:
    events = [event(1, 7, 9, "pool"), event(2, 9, 12, "pool")]

    found = handlers(events)

    assert [(h.first, h.last) for h in found] == [(1, 2), (2, 2)]


def test_a_handler_raised_if_a_crash_of_its_connection_came_of_it() -> None:
    crash = event(3, 0, 0, "", kind="crash", cause=1)
    events = [event(1, 1, 1, "pool"), event(2, 2, 2, "pool"), crash]

    assert [handled.raised for handled in handlers(events)] == [True, False]


def test_a_handler_without_a_name_goes_by_its_application() -> None:
    names = {"application": "Chat#1", "handler": ""}
    one, other = handlers(
        [
            event(1, 1, 1, "pool", **names),
            event(2, 2, 2, "event loop", handler="receive"),
        ]
    )

    assert (one.name, other.name) == ("Chat", "receive")
    assert (one.thread, other.thread) == ("thread 1", "event loop")
