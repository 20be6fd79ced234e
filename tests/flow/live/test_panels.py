from collections.abc import Sequence
from typing import Any

from minichannels.flow.drawings.palette import EDGE
from minichannels.flow.drawings.topology import MOST, topology
from minichannels.flow.journal.arrivals import Arrivals
from minichannels.flow.journal.events import Event
from minichannels.flow.live.panels import Change, MailboxesPanel, TopologyPanel
from minichannels.flow.model.acts import acts
from minichannels.flow.model.fold import MOST_KEPT, Fold
from support.journals import Talk


def mailboxes() -> MailboxesPanel:
    return MailboxesPanel(Fold(MOST_KEPT))


class Groups:
    """The board of the groups, beside that which plays for both."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        fold = Fold(most)
        self._other, self._board = MailboxesPanel(fold), TopologyPanel(fold)
        self.parts = self._board.parts

    def play(self, step: int, events: Sequence[Event]) -> None:
        self._other.play(step, events)
        self._board.play(step, events)

    def amend(self, changed: Sequence[Change]) -> None:
        self._other.amend(changed)
        self._board.amend(changed)


def played(talk: Talk, board: Any) -> list[Any]:
    """Show a talk on a board; return the parts that are seen at its end."""
    board.play(0, ())
    steps = acts(Arrivals(talk.journal).news())
    for number, events in enumerate(steps, start=1):
        board.play(number, events)
    return [part for part in board.parts.news() if part["l"] is None]


def words(parts: list[Any]) -> str:
    return " ".join(str(part["p"]) for part in parts)


def test_groups_board_keeps_what_does_not_change() -> None:
    talk = Talk()
    ada = talk.join("ada")
    board = Groups()
    played(talk, board)
    talk.says(ada, "hi")

    board.play(4, Arrivals(talk.journal).news()[3:])

    assert len(board.parts.news()) < 6


def test_groups_board_says_after_which_event_a_note_comes() -> None:
    talk = Talk()
    ada = talk.join("ada")
    talk.ends(ada)
    talk.ghost(ada)

    parts = played(talk, Groups())

    assert "after event 4" in words(parts)
    assert "ghost" in words(parts)


def test_groups_board_empties_a_mailbox_that_was_read_at_once() -> None:
    talk = Talk()
    ada = talk.join("ada")
    entry = talk.broadcast(ada, [ada], "waiting")[1]
    board = Groups()
    assert "1 of 1 wait: full" in words(played(talk, board))
    (old,) = Arrivals(talk.journal).news()[-1:]
    entry.status = "delivered"
    changed = Arrivals(talk.journal).news()

    board.amend([(old, changed[-1])])
    board.play(9, changed[:1])

    assert "0 of 1 wait" in words(board.parts.news())


def test_mailboxes_board_shows_what_waits_and_what_was_dropped() -> None:
    talk = Talk()
    ada = talk.join("ada")
    talk.broadcast(ada, [ada], "waiting")
    talk.broadcast(ada, [ada], "dropped")

    parts = played(talk, mailboxes())

    assert "1 dropped" in words(parts)
    assert ">dropped<" in words(parts)


def test_mailboxes_board_is_not_drawn_again_by_what_touches_none() -> None:
    talk = Talk()
    ada = talk.join("ada")
    board = mailboxes()
    played(talk, board)
    talk.says(ada, "hi")

    board.play(4, Arrivals(talk.journal).news()[3:])

    assert board.parts.news() == []


def test_mailboxes_board_leaves_out_the_oldest_acts_together() -> None:
    talk = Talk()
    ada, eve, dan = talk.join("ada"), talk.join("eve"), talk.join("dan")
    talk.broadcast(ada, [dan])
    talk.broadcast(ada, [ada, eve], "waiting")
    talk.ends(eve)
    talk.ghost(eve)
    for _ in range(12):
        talk.broadcast(ada, [ada, eve], "dropped")
    board = mailboxes()

    parts = played(talk, board)

    shown = words(parts)
    assert "the first 5 acts left out" in shown
    assert "ghost" in shown  # it still is one
    assert ">12 dropped<" in shown  # in all
    assert "> · 24 dropped<" in shown
    assert "Chat#dan" in shown  # nothing happened there lately


def test_mailboxes_board_keeps_its_acts_whatever_else_happens() -> None:
    talk = Talk()
    ada = talk.join("ada")
    waits = talk.broadcast(ada, [ada], "waiting")[1]
    talk.broadcast(ada, [ada], "dropped")
    for number in range(600):
        talk.says(ada, str(number))
    talk.after("read", waits)

    shown = words(played(talk, mailboxes()))

    assert ">1 read<" in shown
    assert ">1 dropped<" in shown
    assert "left out" not in shown
    assert ">5<" in shown  # the first act still has its column


def test_mailboxes_board_counts_a_loss_that_is_known_late() -> None:
    talk = Talk()
    ada = talk.join("ada")
    entry = talk.broadcast(ada, [ada], "waiting")[1]
    board = mailboxes()
    assert "dropped" not in words(played(talk, board))
    (old,) = Arrivals(talk.journal).news()[-1:]
    entry.become("dropped", "full 1/1", capacity=1)
    (new,) = Arrivals(talk.journal).news()[-1:]
    board.amend([(old, new)])
    talk.broadcast(ada, [ada])

    board.play(9, Arrivals(talk.journal).news()[-1:])

    shown = words([part for part in board.parts.news() if part["f"] == 9])
    assert ">1 dropped<" in shown
    assert "> · 1 dropped<" in shown


def test_mailboxes_board_takes_out_what_was_read_at_once() -> None:
    talk = Talk()
    ada = talk.join("ada")
    entry = talk.broadcast(ada, [ada], "waiting")[1]
    board = mailboxes()
    assert ">1 read<" not in words(played(talk, board))
    (old,) = Arrivals(talk.journal).news()[-1:]
    entry.status = "delivered"
    board.amend([(old, Arrivals(talk.journal).news()[-1])])
    talk.broadcast(ada, [ada], "dropped")

    board.play(9, Arrivals(talk.journal).news()[-1:])

    new = words([part for part in board.parts.news() if part["f"] == 9])
    assert ">1 read<" in new


def test_lines_between_columns_lie_below_everything() -> None:
    talk = Talk()
    ada = talk.join("ada")
    talk.broadcast(ada, [ada], "waiting")

    parts = played(talk, mailboxes())

    lines = [p["z"] for p in parts if f'stroke="{EDGE}"' in p["p"]]
    others = [p["z"] for p in parts if "<" in p["p"] and EDGE not in p["p"]]
    assert max(lines) < min(others)


def test_groups_board_counts_those_that_it_has_forgotten() -> None:
    talk = Talk()
    for number in range(MOST + 5):
        lane = talk.journal.open_lane(f"c{number}", f"Feed#{number}")
        talk.add("receive", lane, "websocket.connect", {})
        talk.ends(lane)

    board = words(played(talk, Groups(2)))

    figure = topology(Arrivals(talk.journal).news())
    assert "and 5 more connections" in figure
    assert f"and {MOST + 3} more connections" in board
