"""Something slow in lesson 09: who waits for it, and who is served meanwhile.

How it works: whoever asks has to wait for a while, and nobody else. The first
is measured, as no pause is ever shorter than it says. Of the second, only the
order is judged: somebody connects after the one has asked, and is let in
before the one is answered.
"""

import asyncio
from collections.abc import Callable

from minichannels.lab.checking.sandbox.sleeping import noted_sleeps
from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.checking.stage.steps import frame

PAUSE = 0.05
"""How many seconds the slow thing of these exercises takes."""

_LEAST = 0.8 * PAUSE  # some clocks tick in large steps
_LOOK, _LOOKS = 0.005, 60
# On a busy machine a pause may be over before anybody else has a turn.
_GUESTS = ("bob", "eve", "dora")

ERRORS = {
    "can't be used in 'await' expression": "nothing to await",
    "object is not callable": "called here",
    "the first argument must be callable": "called here",
    "sync_to_async can only be applied": "called here",
    "a coroutine object is required": "called here",
}
"""Which text fits which error, as Python and asgiref word them."""


async def require_patient(
    stage: Stage, client: ScenarioClient, asked: str, answer: str
) -> None:
    """Require the answer, after the pause, and without holding up the loop."""
    loop = asyncio.get_running_loop()
    before, start = len(client.heard), loop.time()
    stage.values |= {"client": client.name}
    stage.values |= {"asked": frame(asked), "answer": frame(answer)}
    with noted_sleeps() as sleeps, stage.meaning(ERRORS):
        await stage.send(client, asked)
        await _answered(client, before)
    took = loop.time() - start
    if sleeps:
        raise Unsolved("blocks", where=sleeps[0])
    require_answer(stage, client, before, answer)
    stage.require(took >= _LEAST, "no pause")


async def require_others_served(
    stage: Stage, client: ScenarioClient, asked: str, answer: str
) -> None:
    """Require that somebody else is let in while one waits."""
    stage.values |= {"asked": frame(asked), "answer": frame(answer)}
    for name in _GUESTS:
        before = len(client.heard)
        sending = asyncio.create_task(stage.send(client, asked))
        await _begun(stage, client)
        guest = await stage.connect("/", name)
        await sending
        await _answered(client, before)
        require_answer(stage, client, before, answer)
        (accept,) = stage.of("send", client=name, type="websocket.accept")
        told = stage.of("send", client=client.name, type="websocket.send")
        if accept.arrival < told[-1].arrival:
            await stage.close(guest)
            return
        if name != _GUESTS[-1]:
            await stage.close(guest)
    stage.require(False, "held up", told[-1], name=name)


def require_answer(
    stage: Stage, client: ScenarioClient, before: int, answer: str
) -> None:
    """Require one answer, since there were so many."""
    got = client.heard[before:]
    stage.require(got, "silent")
    shown = " and ".join(map(frame, got))
    stage.require(got == [answer], "other", got=shown)


async def _begun(stage: Stage, client: ScenarioClient) -> None:
    """Wait until a client's handler has begun with what was sent last."""

    def handled() -> bool:
        # Not of(), which knows only what the last step has come to.
        return any(
            event.client == client.name and event.arrival >= stage.steps.start
            for event in stage.events
        )

    await _until(handled)
    for _ in range(10):  # from the event to the handler, and into a thread
        await asyncio.sleep(0)


async def _answered(client: ScenarioClient, before: int) -> None:
    await _until(lambda: len(client.heard) > before)


async def _until(condition: Callable[[], bool]) -> None:
    """Wait until something holds, but not for ever."""
    for _ in range(_LOOKS):
        if condition():
            return
        await asyncio.sleep(_LOOK)
