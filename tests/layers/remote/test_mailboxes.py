"""What a process has sent to its own mailboxes, and has not arrived yet."""

from minichannels.layers.remote.mailboxes import UnderWay


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
