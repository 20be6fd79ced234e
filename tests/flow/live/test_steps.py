"""What a live view keeps of the steps that it has left out."""

from minichannels.flow.journal.journal import Journal
from minichannels.flow.live.steps import Past
from support.journals import Talk


def past_of(journal: Journal) -> list[str]:
    past = Past()
    past.take_in(journal.line_up())
    return [f"{event.kind} {event.application}" for event in past.events]


def test_past_keeps_who_is_connected_and_who_is_a_member() -> None:
    talk = Talk()
    ada, bob = talk.join("ada"), talk.join("bob")
    talk.says(ada, "hi")
    talk.broadcast(ada, [ada, bob])

    assert sorted(past_of(talk.journal)) == [
        *("join Chat#ada", "join Chat#bob"),
        *("receive Chat#ada", "receive Chat#bob"),
        *("send Chat#ada", "send Chat#bob"),  # it is accepted
    ]


def test_past_forgets_what_is_over() -> None:
    talk = Talk()
    ada, bob = talk.join("ada"), talk.join("bob")
    left = talk.entry("leave", ada, "group_discard", {}, "layer")
    left.group, left.member = "chat", ada
    talk.journal.add(left)
    talk.ends(ada)
    lost = talk.entry("loss", bob, "chat.message", {})
    lost.status = "expired"
    talk.journal.add(lost)
    talk.ends(bob)

    assert past_of(talk.journal) == []


def test_past_keeps_a_ghost_and_no_other_note() -> None:
    talk = Talk()
    ada = talk.join("ada")
    talk.ends(ada)
    talk.ghost(ada)
    other = talk.entry("ghost", ada, "ghost", {}, "other")
    other.group, other.member = "other", ada
    talk.journal.add(other)
    lost = talk.entry("loss", ada, "chat.message", {})
    lost.status = "dropped"
    talk.journal.add(lost)

    assert past_of(talk.journal) == ["join Chat#ada", "ghost Chat#ada"]
