import asyncio

from minichannels.protocols.clock import Clock, Pace
from support.held_clock import HeldClock, turns


async def test_clock_is_the_system_s() -> None:
    clock = Clock()
    before = clock.time()

    await clock.sleep(0)

    assert clock.time() >= before


async def test_pace_lets_a_burst_through_and_then_two_a_second() -> None:
    clock, sent = HeldClock(), list[float]()
    pace = Pace(clock)

    async def send() -> None:
        await pace.wait()
        sent.append(clock.now)

    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(send())
        await turns()
        at_once = len(sent)
        await clock.advance(2)

    assert at_once == 5
    assert sent[5:] == [0.5, 1.0, 1.5]


async def test_pace_has_room_for_a_burst_again_after_a_silence() -> None:
    clock = HeldClock()
    pace = Pace(clock, burst=2, rate=1)
    await pace.wait()
    await pace.wait()
    await clock.advance(60)

    await pace.wait()
    await pace.wait()  # would wait for the clock for ever

    assert clock.now == 60
