import asyncio
from typing import Any

import pytest

from minichannels.flow import Flow
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab.classroom import Story, heard, trial
from minichannels.layers import get_channel_layer
from support.classrooms import RightClassroom


async def test_same_seed_has_the_same_journal_and_another_one_another() -> None:
    verdict = await trial(RightClassroom, seeds=[3, 3, 4])

    first, again, other = [Flow(run.events) for run in verdict.runs]
    assert verdict.solved
    assert first.to_json() == again.to_json()
    assert first.to_json() != other.to_json()
    assert verdict.flow == first


async def test_trial_puts_the_notebooks_own_layer_back() -> None:
    before = get_channel_layer()

    await trial(RightClassroom, seeds=[0])

    assert get_channel_layer() is before


async def test_trial_asks_the_invariants_that_it_is_given() -> None:
    def few(story: Story) -> Any:
        """At most two come."""
        for visit in story.visits[2:]:
            yield f"{visit.name} came", visit.came

    verdict = await trial(RightClassroom, seeds=[0, 1], invariants=[few])

    assert verdict.broken == ("few",)
    assert "BROKEN in 2 of 2. At most two come." in str(verdict)


async def test_handler_that_hangs_is_told_and_ends_the_trial() -> None:
    class Hangs(RightClassroom):
        async def solve(self, exercise: str) -> None:
            await asyncio.Event().wait()

    verdict = await trial(Hangs, seeds=range(5), patience=0.1, invariants=[])

    assert not verdict.solved
    assert len(verdict.runs) == 1
    assert "Trial not passed: Hangs does not come to rest." in str(verdict)
    assert "still runs receive()" in " ".join(str(verdict).split())


async def test_loop_without_end_is_ended_and_its_line_told() -> None:
    class Loops(RightClassroom):
        async def solve(self, exercise: str) -> None:
            while True:
                pass

    verdict = await trial(Loops, seeds=range(5), limit=0.3)

    assert not verdict.solved
    assert "not done after 0.3 s, at line" in " ".join(str(verdict).split())


async def test_classroom_that_cannot_be_served_is_told_so() -> None:
    class Closed(RightClassroom):
        @classmethod
        def as_asgi(cls, **initkwargs: Any) -> Any:
            raise ValueError("no room today")

    verdict = await trial(Closed, seeds=range(5))

    assert not verdict.solved
    assert "ValueError: no room today" in " ".join(str(verdict).split())


async def test_classroom_that_takes_no_room_is_told_so() -> None:
    verdict = await trial(AsyncWebsocketConsumer, seeds=[0], invariants=[])

    assert verdict.solved  # it takes what it is given, as in Channels

    class Narrow(AsyncWebsocketConsumer):
        def __init__(self) -> None:
            super().__init__()

    verdict = await trial(Narrow, seeds=[0])

    assert verdict.broken[:1] == ("answered",)
    assert "unexpected keyword argument 'room'" in " ".join(
        str(verdict).split()
    )


async def test_invariant_that_fails_is_told_with_its_line() -> None:
    def fails(story: Story) -> Any:
        """It fails."""
        raise ValueError("oh")

    verdict = await trial(
        RightClassroom, seeds=[0, 1], invariants=[fails, heard]
    )

    text = " ".join(str(verdict).split())
    assert "Trial not passed: fails could not be asked." in text
    assert "FAILS. It fails. It raised ValueError: oh, at line" in text
    assert 'raise ValueError("oh").' in text
    assert "heard holds." in text
    assert "hangs" not in text
    assert not verdict.solved
    assert len(verdict.runs) == 1


async def test_invariant_without_an_end_is_told_and_not_the_classroom() -> None:
    def endless(story: Story) -> Any:
        while True:
            pass

    verdict = await trial(
        RightClassroom, seeds=[0, 1], invariants=[endless], limit=0.5
    )

    text = " ".join(str(verdict).split())
    assert "Trial not passed: endless could not be asked." in text
    assert "It was not done after 0.5 s, at line" in text
    assert "hangs" not in text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (lambda _: ["hi"], "It yielded 'hi'; what is broken is told by words"),
        (lambda _: [("hi",)], "It yielded ('hi',); what is broken is"),
        (lambda _: [("hi", "event")], "It yielded ('hi', 'event'); what is"),
        (lambda story: [(1, story.events[0])], "It yielded (1, Event("),
        (lambda _: True, "It returned True; what is broken is told by"),
    ],
)
async def test_invariant_that_tells_no_fault_is_told_what_one_is(
    given: Any, told: str
) -> None:
    verdict = await trial(RightClassroom, seeds=[0], invariants=[given])

    assert told in " ".join(str(verdict).split())
    assert not verdict.solved


async def test_invariant_that_returns_nothing_has_found_nothing() -> None:
    def content(story: Story) -> Any:
        return None

    verdict = await trial(RightClassroom, seeds=[0], invariants=[content])

    assert verdict.solved
    assert "content holds. A trial" in " ".join(str(verdict).split())


@pytest.mark.parametrize("odd", [heard, [5], None, "heard"])
async def test_trial_takes_a_list_of_invariants(odd: Any) -> None:
    with pytest.raises(TypeError, match="invariants is a list of functions"):
        await trial(RightClassroom, invariants=odd)


@pytest.mark.parametrize("odd", [None, RightClassroom.as_asgi(), int])
async def test_trial_takes_a_consumer_class(odd: Any) -> None:
    with pytest.raises(TypeError, match="a classroom is a consumer class"):
        await trial(odd)


async def test_two_trials_at_once_are_refused() -> None:
    done = await asyncio.gather(
        trial(RightClassroom, seeds=[0]),
        trial(RightClassroom, seeds=[0]),
        return_exceptions=True,
    )

    assert "another check is running" in str(done[1])
