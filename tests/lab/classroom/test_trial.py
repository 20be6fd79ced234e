import asyncio
from typing import Any

import pytest

from minichannels.flow import Flow
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab.classroom import Story, trial
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


async def test_invariant_that_fails_is_told() -> None:
    def fails(story: Story) -> Any:
        """It fails."""
        raise ValueError("oh")

    verdict = await trial(RightClassroom, seeds=[0], invariants=[fails])

    assert "ValueError: oh" in str(verdict)
    assert not verdict.solved


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
