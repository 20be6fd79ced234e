"""The figure of handlers on threads: picture, words and table say the same."""

import re
from typing import Any

from minichannels.flow import Flow
from minichannels.flow.drawings.threads import MOST_ROWS, MOST_STEPS
from minichannels.flow.journal.events import Event


def ran(seq: int, steps: tuple[int, int], **more: Any) -> Event:
    """Return an event whose handler ran in some steps."""
    values: dict[str, Any] = {
        "kind": "receive",
        "source": "ada",
        "target": "Tea#1",
        "type": "websocket.receive",
        "payload": {},
        "connection": 1,
        "client": "ada",
        "application": "Tea#1",
        "handler": "receive",
        "thread": "pool",
        "began": steps[0],
        "ended": steps[1],
    }
    return Event(**{"seq": seq, **values, **more})


BOB = {"client": "bob", "connection": 2, "application": "Tea#2"}
CRASH = ran(4, (0, 0), kind="crash", cause=3, thread="", **BOB)
FLOW = Flow(
    [
        ran(1, (1, 2)),
        ran(2, (1, 1), thread="event loop", handler="brew", client=""),
        ran(3, (2, 2), **BOB),
        CRASH,
        ran(5, (3, 0), handler="disconnect"),
    ]
)
WORDS = """\
Threads: 4 handlers, at most 2 at the same time.
Those that share a step ran at the same time.

    no.  handler     for    thread      steps  result
      1  receive     ada    thread 1    1–2
      2  brew        Tea#1  event loop  1
      3  receive     bob    thread 2    2      RAISED
      5  disconnect  ada    thread 1    3–     still runs"""

BAR = re.compile(
    r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="18"'
    r' fill="#\w+" stroke="(#\w+)"'
)


def bars(flow: Flow) -> list[tuple[float, float, float, str]]:
    """Return the left, right, top and colour of each bar."""
    return [
        (float(x), float(x) + float(wide), float(y), colour)
        for x, y, wide, colour in BAR.findall(flow.threads().svg)
    ]


def test_words_say_who_ran_where_and_when() -> None:
    assert FLOW.threads().text == WORDS


def test_table_and_alternative_text_say_the_same() -> None:
    html = FLOW.threads().html

    assert (
        'alt="Threads: 4 handlers, at most 2 at the same time. Table below."'
        in html
    )
    assert html.count("<tr>") == 5
    assert (
        '<tr><th scope="row">3</th><td>receive</td><td>bob</td>'
        "<td>thread 2</td><td>2</td><td>RAISED</td></tr>"
    ) in html


def test_bars_lie_side_by_side_below_each_other_or_on_other_threads() -> None:
    brew, ada, again, bob = bars(FLOW)

    assert brew[:2] != ada[:2]
    assert ada[1] > brew[1]  # over two steps
    assert again[0] > ada[1]  # on the same thread, afterwards
    assert again[2] == ada[2]
    assert bob[2] > ada[2]  # at the same time, on another one
    assert bob[3] != ada[3]  # it raised
    svg = FLOW.threads().svg
    assert "1 receive · ada" in svg
    assert "(still runs)" in svg
    assert svg.count(">raised<") == 1


def test_handlers_that_take_turns_on_a_loop_stand_in_its_strip() -> None:
    turns = [ran(seq, (1, 1), thread="event loop") for seq in range(1, 4)]

    one, two, three = bars(Flow(turns))

    assert one[:2] == two[:2] == three[:2]
    assert one[2] < two[2] < three[2]
    assert Flow(turns).threads().svg.count(">event loop<") == 1


def test_the_first_of_many_steps_are_left_out() -> None:
    many = MOST_STEPS + 3
    events = [ran(seq, (seq, seq)) for seq in range(2, many + 1)]

    svg = Flow([ran(1, (1, many), handler="long"), *events]).threads().svg

    assert "the first 3 steps left out" in svg
    assert len(BAR.findall(svg)) == MOST_STEPS + 1
    assert " long · ada" in svg


def test_more_threads_than_have_room_are_counted() -> None:
    many = MOST_ROWS + 2
    flow = Flow([ran(seq, (1, 1)) for seq in range(1, many + 1)])

    assert "and 2 more threads" in flow.threads().svg
    assert len(bars(flow)) == MOST_ROWS


def test_a_narrow_bar_keeps_its_handlers_name() -> None:
    events = [
        ran(seq, (seq, seq), client="somebody")
        for seq in range(1, MOST_STEPS + 1)
    ]

    svg = Flow(events).threads().svg

    assert svg.count(">receive<") == MOST_STEPS


def test_a_flow_without_known_handlers_says_so() -> None:
    flow = Flow([ran(1, (0, 0), thread="")])

    assert flow.threads().text == (
        "Threads: 0 handlers, at most 0 at the same time."
    )
    assert "No handler is known here." in flow.threads().svg


def test_a_part_of_a_flow_shows_its_own_handlers() -> None:
    part = FLOW.filter(client="bob")

    assert part.threads().text.splitlines()[0] == (
        "Threads: 1 handler, at most 1 at the same time."
    )
    assert part.threads().text.splitlines()[-1].split()[-2:] == ["1", "RAISED"]
    assert len(bars(part)) == 1


def test_threads_make_no_difference_and_are_not_saved() -> None:
    elsewhere = [
        ran(event.seq, (9, 9), thread="one thread") for event in list(FLOW)[:1]
    ]

    assert not Flow(elsewhere).diff(Flow(list(FLOW)[:1]))
    assert Flow(elsewhere).to_json() == Flow(list(FLOW)[:1]).to_json()
    assert "0 handlers" in Flow.from_json(FLOW.to_json()).threads().text
