"""One fold: every picture of a flow says the same of what lasts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minichannels.flow.drawings.lanes import layout as layouts
from minichannels.flow.drawings.lanes.canvas import Canvas
from minichannels.flow.drawings.lanes.layout import Layout, placed
from minichannels.flow.drawings.lanes.spans import draw_spans
from minichannels.flow.drawings.pen import Pen
from minichannels.flow.journal.arrivals import Arrivals
from minichannels.flow.journal.events import Entry, Event
from minichannels.flow.live import growing_lanes
from minichannels.flow.live.pieces import FAR, drawn
from minichannels.flow.live.replay import Replay
from minichannels.flow.model.acts import acts
from minichannels.flow.model.fold import Fold, fold
from minichannels.flow.model.spans import Belonging, Run, Scope, Wait
from support.houses import STEPS, House, Step
from support.journals import Talk

bounded = settings(max_examples=60, deadline=None, derandomize=True)


def events_of(steps: Sequence[Step], capacity: int) -> list[Event]:
    house = House(capacity)
    house.play(steps)
    return Arrivals(house.journal).news()


def seen_at(state: dict[str, Any], step: int) -> Counter[str]:
    """Return what a live view shows at a step, of all that spans rows."""
    return Counter(
        piece["p"]
        for piece in state["spans"]
        if piece["f"] <= step and (piece["l"] is None or piece["l"] >= step)
    )


def in_figure(steps: Sequence[list[Event]], columns: Any) -> Counter[str]:
    """Return what a figure shows of what spans rows.

    Its rows stand where the live view has them.
    """
    rows = Layout()
    for events in steps:
        part = growing_lanes._placed(events, rows.bottom, columns)
        rows.rows += part.rows
        rows.bottom = part.bottom - 4
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layouts, "place_rows", lambda *given: rows)
        spans = placed([event for step in steps for event in step]).spans
    shown: Counter[str] = Counter()
    for span in spans:
        pen = Pen()
        layout = Layout(spans=[span], bottom=FAR + 8)
        draw_spans(Canvas(pen, columns, layout))
        shown[drawn(pen)] += 1
    return shown


@bounded
@given(STEPS, st.integers(1, 3))
def test_live_view_at_any_step_is_the_figure_of_the_flow_cut_there(
    steps: list[Step], capacity: int
) -> None:
    events = events_of(steps, capacity)
    replay = Replay(grows=False)
    replay.begin(events)
    state, found = replay.state(), acts(events)

    for number in range(1, len(found) + 1):
        figure = in_figure(found[:number], replay._scroll.columns)
        assert seen_at(state, number) == figure


# What the rules say, read anew for every question


def members(events: Sequence[Event]) -> set[tuple[str, str]]:
    found: dict[tuple[str, str], bool] = {}  # whether it outlives its scope
    ended = set()
    for event in events:
        key, own = (event.member, event.group), event.application
        if event.kind == "join":
            ghost = event.member in ended and event.member != own
            found.setdefault(key, ghost)
        elif event.kind == "leave":
            found.pop(key, None)
        elif event.kind == "ghost" and key in found:
            found[key] = True
        elif event.status == "expired":
            found = {k: v for k, v in found.items() if k[0] != own}
        ended |= {own} if event.ends else set()
    return {key for key, ghost in found.items() if ghost or key[0] not in ended}


def scopes(events: Sequence[Event]) -> dict[int, tuple[int, int | None]]:
    found = {}
    for number in {event.connection for event in events}:
        own = [event for event in events if event.connection == number]
        acting = [
            event.seq
            for event in own
            if event.kind not in ("deliver", "loss", "ghost")
            or (event.status == "delivered" and event.kind == "deliver")
        ]
        over = any(event.ends for event in own)
        found[number] = acting[0], acting[-1] if over else None
    return found


def runs(events: Sequence[Event]) -> dict[int, int]:
    kinds = {"receive": "undelivered", "read": "", "deliver": ""}
    return {
        event.seq: max(
            other.seq
            for other in events
            if other is event
            or (
                other.cause == event.seq
                and other.connection == event.connection
                and other.kind not in ("deliver", "loss", "ghost")
            )
        )
        for event in events
        if event.status == "delivered" and event.kind in kinds
    }


def waits(events: Sequence[Event]) -> dict[int, tuple[int | None, str]]:
    ends = {
        event.cause: (
            event.seq,
            "read" if event.kind == "read" else event.status,
        )
        for event in events
        if event.kind in ("read", "loss")
    }
    return {
        event.seq: ends.get(event.seq, (None, ""))
        for event in events
        if event.status == "waiting"
    }


def by_number(events: Sequence[Event]) -> Layout:
    """Return a figure's layout whose heights are the numbers of events."""
    rows = Layout()
    for event in events:
        rows.rows.append(layouts.Placed((event,), event.seq, ""))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layouts, "place_rows", lambda *given: rows)
        return placed(events)


@bounded
@given(STEPS, st.integers(1, 3))
def test_figure_and_topology_say_what_the_events_say(
    steps: list[Step], capacity: int
) -> None:
    events = events_of(steps, capacity)

    figure, topology = by_number(events), fold(events).of_interest()

    groups = {
        (state.name, group)
        for state in topology.values()
        for _, group in state.groups
    }
    bars = {
        (span.event.member, span.event.group)
        for span in figure.of(Belonging)
        if span.over is None
    }
    assert groups == bars == members(events)
    lives = {s.connection: (s.start, s.end) for s in figure.of(Scope)}
    assert lives == scopes(events)
    assert {n for n, s in topology.items() if s.open} == {
        number for number, (_, end) in lives.items() if end is None
    }
    assert {run.event.seq: run.last for run in figure.of(Run)} == runs(events)
    fates = {w.event.seq: (w.end, w.fate) for w in figure.of(Wait)}
    assert fates == waits(events)
    assert {seq for s in topology.values() for seq in s.waits} == {
        seq for seq, (end, _) in fates.items() if end is None
    }


# The same facts decide what a journal forgets, and what a live view remembers


def facts_of(fold: Fold) -> set[tuple[str, str, str]]:
    return {(fact.who.name, *fact.where) for fact in fold.facts}


@bounded
@given(STEPS, st.integers(1, 3))
def test_what_a_journal_keeps_says_who_is_there_as_all_of_it_did(
    steps: list[Step], capacity: int
) -> None:
    house = House(capacity, kept=200)
    house.play(steps)
    whole = fold(Arrivals(house.journal).news())

    busy = house.journal.named_lane("busy")
    for _ in range(200):
        house.journal.add(Entry("send", busy, "talk", {}))
    rest = Arrivals(house.journal).news()

    assert len(rest) == 200
    assert facts_of(fold(rest)) - {("busy", "", "")} == facts_of(whole)


def test_fold_forgets_connections_that_are_long_over_and_in_nothing() -> None:
    talk = Talk()
    member = talk.join("ada")
    passers = [talk.journal.open_lane(name, f"Feed#{name}") for name in "bcde"]
    for lane in passers:
        talk.add("receive", lane, "websocket.connect", {})
    for lane in (member, *passers[:-1]):
        talk.ends(lane)
    namesake = talk.journal.open_lane("f", "Feed#c")
    talk.add("receive", namesake, "websocket.connect", {})
    talk.ends(passers[-1])

    kept = Fold(most=2)
    for event in Arrivals(talk.journal).news():
        kept.play(event, event.seq)

    names = [state.name for state in kept.connections.values()]
    assert names == ["Chat#ada", "Feed#d", "Feed#e", "Feed#c"]
    assert kept._named.keys() == {"Chat#ada", "Feed#d", "Feed#e", "Feed#c"}
    assert kept.forgotten == 2


def test_fold_takes_in_later_that_a_connection_was_over() -> None:
    talk = Talk()
    ada = talk.join("ada")
    says = talk.says(ada, "bye")
    played = fold(Arrivals(talk.journal).news())
    assert len(facts_of(played)) == 2

    says.ends = True
    (said,) = Arrivals(talk.journal).news()[-1:]
    played.amend(said, said.seq)

    assert facts_of(played) == {("Chat#ada", "layer", "chat")}
