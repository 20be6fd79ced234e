import pytest

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.remote.waiting import Waiting


async def test_message_goes_to_whoever_waits_longest() -> None:
    waiting = Waiting()
    first, second, other = (waiting.join(name) for name in "aab")

    assert waiting.give("a", b"1")
    assert waiting.give("a", b"2")

    assert (first.result(), second.result()) == (b"1", b"2")
    assert list(waiting) == ["b"]
    assert not waiting.give("a", b"3")
    assert not other.done()


async def test_whoever_was_cancelled_is_passed_over() -> None:
    waiting = Waiting()
    first, second = waiting.join("a"), waiting.join("a")
    first.cancel()

    assert waiting.give("a", b"1")

    assert second.result() == b"1"
    assert not waiting


async def test_nobody_waits_where_all_were_cancelled() -> None:
    waiting = Waiting()
    waiting.join("a").cancel()

    assert "a" not in waiting
    assert not waiting


async def test_whoever_leaves_waits_no_more() -> None:
    waiting = Waiting()
    first, second = waiting.join("a"), waiting.join("a")

    waiting.leave("a", first)
    waiting.leave("a", first)  # that changes nothing
    assert list(waiting) == ["a"]

    waiting.leave("a", second)
    assert not waiting


async def test_whoever_leaves_gives_back_what_has_come() -> None:
    waiting = Waiting()
    told, failed, neither = (waiting.join(name) for name in "abc")
    waiting.give("a", b"")
    waiting.fail("b", LayerUnavailable("it is away"))

    assert waiting.leave("a", told) == b""
    assert waiting.leave("b", failed) is None
    assert waiting.leave("c", neither) is None


async def test_error_is_raised_where_somebody_waits() -> None:
    waiting = Waiting()
    gone, there = waiting.join("a"), waiting.join("a")
    gone.cancel()

    waiting.fail("a", LayerUnavailable("it is away"))

    with pytest.raises(LayerUnavailable, match="it is away"):
        await there
    assert not waiting


async def test_who_was_cancelled_and_leaves_is_waited_for_by_nobody() -> None:
    waiting = Waiting()
    gone = waiting.join("a")
    gone.cancel()

    assert waiting.leave("a", gone) is None
    assert not waiting
