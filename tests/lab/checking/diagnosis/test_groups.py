"""A message to a group that nobody has joined is named, and no other one."""

import pytest

from minichannels.flow import Event
from minichannels.lab.checking.diagnosis.groups import astray
from minichannels.lab.checking.sandbox.stack_frames import SourceLine

PLACE = SourceLine(7, "await self.channel_layer.group_send(…)")


def event(seq: int, kind: str, group: str, members: int = 0) -> Event:
    """Return an event of a group."""
    return Event(
        seq, kind, "a", "b", "", {}, seq, "a", group=group, members=members
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
