"""What a process has sent to its own mailboxes, and has not arrived yet."""

import pytest

from minichannels.layers.freezing import copier
from minichannels.layers.remote.mailboxes import LocalMailboxes, UnderWay
from support.clock import Clock
from support.contract import Losses


@pytest.fixture
async def crowd() -> LocalMailboxes:
    """Return mailboxes of which each is full of what has expired."""
    clock = Clock()
    boxes = LocalMailboxes(10, capacity=1, clock=clock)
    boxes.observer = Losses()
    await boxes.group_add("g", "mine")
    for channel in ("mine", *(f"c{n}" for n in range(600))):
        boxes.arrives(channel, {"n": 0}, 10.0)
    clock.now = 10.001
    return boxes


async def test_room_is_told_however_many_expire_at_once(
    crowd: LocalMailboxes,
) -> None:
    assert crowd.room("mine") == 1


async def test_message_finds_room_however_many_expire_at_once(
    crowd: LocalMailboxes,
) -> None:
    crowd.arrives("mine", {"n": 1}, 20.0)

    assert await crowd.receive("mine") == {"n": 1}


async def test_group_message_drops_nothing_however_many_expire_at_once(
    crowd: LocalMailboxes,
) -> None:
    crowd.arrives_in_group("g", copier({"n": 1}), 20.0)

    assert isinstance(crowd.observer, Losses)
    assert {reason for *_, reason in crowd.observer.seen} == {"expired"}


def test_no_more_is_under_way_than_there_is_room_for() -> None:
    under_way = UnderWay()
    tickets = [under_way.begin("a", {"n": n}, 2) for n in range(4)]

    assert tickets == [1, 2, 0, 0]
    assert under_way.end("a", 1)
    assert under_way.clear() == [("a", {"n": 1})]


def test_channel_without_room_is_not_remembered() -> None:
    under_way = UnderWay()

    assert under_way.begin("a", {}, 0) == 0

    assert not under_way._messages


def test_nothing_stays_of_what_has_arrived() -> None:
    under_way = UnderWay()
    ticket = under_way.begin("a", {}, 1)

    assert under_way.end("a", ticket)
    assert not under_way.end("a", ticket)

    assert not under_way._messages
