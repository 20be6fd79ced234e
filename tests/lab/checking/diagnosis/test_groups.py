"""A group that nobody has joined is named, and a member that reads nothing."""

import pytest

from minichannels.flow import Event
from minichannels.lab.checking.diagnosis.groups import astray, strangers
from minichannels.lab.checking.sandbox.stack_frames import SourceLine

PLACE = SourceLine(7, "await self.channel_layer.group_send(…)")


def event(
    seq: int, kind: str, group: str, members: int = 0, member: str = ""
) -> Event:
    """Return an event of a group."""
    return Event(
        *(seq, kind, "a", "b", "", {}, seq, "a"),
        application="Chat#1",
        group=group,
        member=member,
        members=members,
    )


JOIN = event(1, "join", "news")


def test_astray_names_the_group_and_those_that_were_joined() -> None:
    act = event(2, "group_send", "New")

    (clue,) = astray([act], [JOIN, act], lambda event: PLACE)

    assert (clue.key, clue.place) == ("nobody there", PLACE)
    assert clue.values == {"group": "New", "others": "`news`"}


@pytest.mark.parametrize(
    ("act", "before", "place"),
    [
        (event(2, "group_send", "news", 1), [JOIN], PLACE),
        (event(2, "group_send", "news"), [JOIN], PLACE),  # all have left
        (event(2, "group_send", "New"), [], PLACE),
        (event(2, "group_send", "New"), [JOIN], None),
        (event(2, "leave", "New"), [JOIN], PLACE),
    ],
)
def test_astray_leaves_out(
    act: Event, before: list[Event], place: SourceLine | None
) -> None:
    assert [*astray([act], [*before, act], lambda event: place)] == []


def test_strangers_names_the_channel_first_that_is_in_the_group_sent_to() -> (
    None
):
    joins = [event(n, "join", g, member=g) for n, g in ((1, "a"), (2, "b"))]
    act = event(3, "group_send", "b", 1)

    first, second = strangers([act], [*joins, act], lambda event: PLACE)

    assert (first.key, first.place) == ("stranger", PLACE)
    assert first.values == {"member": "b", "group": "b"}
    assert second.values == {"member": "a", "group": "a"}


@pytest.mark.parametrize(
    ("member", "place"),
    [("Chat#1", PLACE), ("specific.x!y", PLACE), ("lobby", None)],
)
def test_strangers_leaves_out(member: str, place: SourceLine | None) -> None:
    join = event(1, "join", "lobby", member=member)

    assert [*strangers([], [join], lambda event: place)] == []
