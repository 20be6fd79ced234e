"""What happened in each mailbox, act by act."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from minichannels.flow.journal.arrivals import Arrivals
from minichannels.flow.model.acts import acts
from minichannels.flow.model.fold import Fold, fold
from minichannels.flow.model.mailbox_history import MailboxHistory
from minichannels.flow.model.mailboxes import Mailboxes, find_acts, play
from support.houses import STEPS, House, Step
from support.journals import Talk


def waiting_after(act: int, box: MailboxHistory) -> list[int]:
    (there,) = box.present(range(act + 1, act + 2))
    return [wait.event.seq for wait in there]


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
        now = {n: waiting_after(number, box) for n, box in boxes.of.items()}
        assert now == {n: waits[n] for n in now}
        numbers = {
            n: list(box.numbers(range(number, number + 1)))
            for n, box in boxes.of.items()
        }
        assert numbers == {n: [len(waits[n])] for n in now}
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

    boxes = play(events, find_acts(events, 10))

    assert [run.name for run in boxes[1].runs] == ["chat_message"]
    assert not boxes[2].runs


def test_mailboxes_leave_out_the_oldest_acts() -> None:
    house, boxes = House(), Mailboxes(Fold())
    house.play([("joins", 0, 0), ("joins", 1, 0), ("broadcasts", 1, 0)])
    house.play([("answers", 0, 0), ("sends", 0, 0), ("disconnects", 0, 0)])
    house.play([("haunts", 0, 0), ("sends", 1, 0), ("sends", 1, 0)])
    found = acts(Arrivals(house.journal).news())
    for act in found:
        for event in act:
            boxes.play(event)
        boxes.end_act()
    box, number = boxes.of[1], len(found) - 1
    late = range(5, number + 1)
    before = list(box.numbers(late)), waiting_after(number, box)
    assert [run.name for run in box.runs] == ["chat_message"]

    boxes.leave_out(5, first=7)

    assert min(box.changes) >= 5
    assert (list(box.numbers(late)), waiting_after(number, box)) == before
    assert len(box.runs) == 1  # it goes on after event 7
    boxes.leave_out(number + 1, first=100)
    assert not box.changes
    assert not box.runs
    assert list(box.before) == before[1]


def test_mailboxes_do_not_show_what_came_and_went_in_one_act() -> None:
    talk, boxes = Talk(), Mailboxes(Fold())
    ada = talk.join("ada")
    waits = talk.broadcast(ada, [ada], "waiting")[1]
    talk.after("read", waits)

    for event in Arrivals(talk.journal).news():
        boxes.play(event)

    assert list(boxes.of[1].present(range(1))) == [[]]
    assert boxes.of[1].most == 0
