"""Something slow in lesson 09: who waits for it, and who is served meanwhile.

How it works: whoever asks has to wait for a while, and nobody else. The first
is measured, as no pause is ever shorter than it says. Of the second, only the
order is judged: somebody connects after the one has asked, and is let in
before the one is answered.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

from minichannels.lab.checking.sandbox.sleeping import noted_sleeps
from minichannels.lab.checking.stage.clients import Frame, ScenarioClient
from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.checking.stage.steps import frame

PAUSE = 0.05
"""How many seconds the slow thing of these exercises takes."""

# Each comes up in every check, whichever is asked for first or second.
FIRST = ("{A} {b}", '"{a}é"', "")
SECOND = (" {a} ", "{a}\n{B}", "007")

_LEAST = 0.8 * PAUSE  # some clocks tick in large steps
_LOOK, _LOOKS = 0.005, 60
# On a busy machine a pause may be over before anybody else has a turn.
_GUESTS = ("bob", "eve", "dora")

ERRORS = {
    "SyncToAsync can't be used in 'await' expression": "only wrapped",
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
    """Require that whoever asks is answered, after the pause."""
    await _require(stage, client, asked, answer, stage.send(client, asked))


async def require_others_served(
    stage: Stage, client: ScenarioClient, asked: str, answer: str
) -> None:
    """Require that somebody else is let in while one waits."""
    for name in _GUESTS:
        asking = _ask_and_connect(stage, client, asked, name)
        await _require(stage, client, asked, answer, asking)
        told = [e for e in stage.events if e.type == "websocket.send"][-1]
        (accept,) = stage.of("send", client=name, type="websocket.accept")
        if accept.arrival < told.arrival:
            return
    stage.require(False, "held up", told, name=name)


async def _ask_and_connect(
    stage: Stage, client: ScenarioClient, asked: str, name: str
) -> None:
    sending = asyncio.create_task(stage.send(client, asked))
    await _begun(stage, client)
    await stage.connect("/", name)
    await sending


async def _require(
    stage: Stage,
    client: ScenarioClient,
    asked: str,
    answer: str,
    asking: Awaitable[None],
) -> None:
    """Require an answer, after the pause, and without holding up the loop."""
    before = len(client.heard)
    waiting = asyncio.create_task(_answered(client, before))
    stage.values |= {"client": client.name}
    stage.values |= {"asked": frame(asked), "answer": frame(answer)}
    is_own = stage.trace.is_own
    with noted_sleeps(is_own=is_own) as sleeps, stage.meaning(ERRORS):
        await asking
        took = await waiting
    got = client.heard[before:]
    if sleeps:
        raise Unsolved("blocks", where=sleeps[0])
    stage.require(got, "silent")
    shown = " and ".join(map(frame, got))
    stage.values["got"] = shown
    stage.require(got == [answer], _other(asked, answer, got))
    stage.require(took >= _LEAST, "no pause")


def _other(asked: str, answer: str, got: Sequence[Frame]) -> str:
    """Return the key of the text for an answer that is another one."""
    number = re.search(r"\d+$", answer.removeprefix(asked))
    if number is not None and len(got) == 1:
        begins = answer[: -len(number[0])]
        rest = str(got[0]).removeprefix(begins)
        if rest != str(got[0]) and re.fullmatch(r"-?\d+", rest):
            return "another number"
    return "other"


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


async def _answered(client: ScenarioClient, before: int) -> float:
    """Wait for an answer; return how many seconds that took."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    await _until(lambda: len(client.heard) > before)
    return loop.time() - start


async def _until(condition: Callable[[], bool]) -> None:
    """Wait until something holds, but not for ever."""
    for _ in range(_LOOKS):
        if condition():
            return
        await asyncio.sleep(_LOOK)


async def play_slow(
    stage: Stage, first: str, second: str, answer: Callable[[str], str]
) -> None:
    """Ask for one thing, then for another while somebody connects.

    Args:
        stage: where it is played.
        first: the example of the first question.
        second: the example of the second one.
        answer: gives the right answer to a question.
    """
    ada = await stage.connect("/", "ada")
    asked = stage.draw.text(first, *FIRST)
    await require_patient(stage, ada, asked, answer(asked))
    asked = stage.draw.text(second, *SECOND)
    await require_others_served(stage, ada, asked, answer(asked))
    await stage.close(ada)
