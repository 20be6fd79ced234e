"""What happened in each mailbox, act by act."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from minichannels.flow.journal.arrivals import Arrivals
from minichannels.flow.model.acts import acts
from minichannels.flow.model.fold import Fold, fold
from minichannels.flow.model.mailboxes import (
    Mailboxes,
    find_acts,
    play,
)
from support.houses import STEPS, House, Step
from support.journals import Talk


@settings(max_examples=60, deadline=None, derandomize=True)
@given(STEPS, st.integers(1, 3))
def test_mailboxes_hold_after_each_act_what_waits_then(
    steps: Sequence[Step], capacity: int
) -> None:
    house, boxes = House(capacity), Mailboxes(Fold())
    house.play(steps)
    events = Arrivals(house.journal).news()
    sofar = []

    for number, act in enumerate(acts(events)):
        for event in act:
            boxes.play(event)
        boxes.end_act()
        sofar += act
        waits = {
            n: list(state.waits) for n, state in fold(sofar).connections.items()
        }
        now = {n: list(box.cells[number]) for n, box in boxes.of.items()}
        assert now == {n: waits[n] for n in now}
        assert not any(waits[n] for n in waits.keys() - now.keys())
    fates = sum(box.fates.total() for box in boxes.of.values())
    ended = [
        event
        for event in events
        if event.traits.at_mailbox and event.status != "waiting" and event.seq
    ]
    assert fates == len(ended)


def test_mailboxes_reader_runs_if_its_handler_is_known() -> None:
    talk = Talk()
    ada, bob = talk.join("ada"), talk.join("bob")
    talk.broadcast(ada, [ada, bob])[1].handler = "chat_message"
    events = talk.journal.line_up()

    boxes = play(events, find_acts(events))

    assert [run.name for run in boxes[1].runs] == ["chat_message"]
    assert not boxes[2].runs


def test_mailboxes_leave_out_the_oldest_acts() -> None:
    house, boxes = House(), Mailboxes(Fold())
    house.play([("joins", 0, 0), ("joins", 1, 0), ("broadcasts", 1, 0)])
    house.play([("answers", 0, 0), ("sends", 0, 0), ("disconnects", 0, 0)])
    house.play([("haunts", 0, 0), ("sends", 1, 0), ("sends", 1, 0)])
    for act in acts(Arrivals(house.journal).news()):
        for event in act:
            boxes.play(event)
        boxes.end_act()
    box = boxes.of[1]
    before, ghost = len(box.cells), box.ghost
    assert [run.name for run in box.runs] == ["chat_message"]

    boxes.leave_out(3, first=7)

    assert len(box.cells) == before - 3
    assert ghost is not None
    assert box.ghost == ghost - 3
    assert len(box.runs) == 1  # it goes on after event 7
    boxes.leave_out(before, first=100)
    assert (box.first, box.ghost, box.cells) == (0, 0, [])
    assert not box.runs
