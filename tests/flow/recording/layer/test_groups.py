from typing import Any

from minichannels.flow import Flow, Journal
from minichannels.flow.recording.layer.channels import ChannelOwners
from minichannels.flow.recording.layer.groups import RecordedGroups
from minichannels.flow.text.wording import fate, result
from support.connections import connect


def groups(journal: Journal, known: Any = ()) -> RecordedGroups:
    owners = ChannelOwners(lambda: (journal,))
    return RecordedGroups("layer", owners, dict(known))


def test_members_are_those_that_joined_last_of_all_last() -> None:
    chat = groups(Journal())
    for channel in ("b", "a", "b"):
        chat.join("chat", channel)

    assert chat.members("chat") == ["a", "b"]


def test_members_are_also_those_that_the_layer_had_already() -> None:
    known = {"chat": {"a": 1.5}, "news": ["a"]}

    assert groups(Journal(), known).members("chat") == ["a"]
    assert groups(Journal(), known).members("news") == ["a"]


def test_a_membership_that_was_refused_is_as_if_it_had_never_been() -> None:
    journal = Journal()
    chat = groups(journal)

    chat.take_back("chat", "a", chat.join("chat", "a"))

    assert chat.members("chat") == []
    assert len(journal) == 0


def test_who_left_all_groups_is_no_ghost_and_takes_no_room() -> None:
    journal = Journal()
    chat, ada = groups(journal), connect(journal)
    chat.join("chat", "a")
    chat.join("news", "a")
    assert chat.haunt("a", ada)

    chat.leave("chat", "a")
    chat.end("a")

    assert not chat.haunt("a", ada)
    assert len(chat) == 0
    assert [(e.kind, e.group) for e in Flow(journal)] == [
        ("join", "chat"),
        ("join", "news"),
        ("ghost", "chat"),
        ("ghost", "news"),
        ("leave", "chat"),
    ]


def test_who_leaves_a_group_in_vain_is_told_to_have_been_no_member() -> None:
    journal = Journal()
    owners = ChannelOwners(lambda: (journal,))
    lots = RecordedGroups("layer", owners, {})
    owners.owns("a", connect(journal))
    lots.join("lot_1", "a")

    for group in ("lots_1", "lot_1", "lot_1"):
        lots.leave(group, "a")
    lots.leave("lot_1", "z")  # of another process, perhaps

    left = [event for event in Flow(journal) if event.kind == "leave"]
    assert [(event.group, event.reason) for event in left] == [
        ("lots_1", "was no member"),
        ("lot_1", ""),
        ("lot_1", "was no member"),
        ("lot_1", ""),
    ]
    assert [*map(fate, left)] == [*map(result, left)]
    assert fate(left[0]) == "was no member"
