"""Something slow in lesson 09: who waits for it, and who is served meanwhile.

How it works: whoever asks has to wait for a while, and nobody else. The first
is measured, as no pause is ever shorter than it says. Of the second, only the
order is judged: somebody connects after the one has asked, and is let in
before the one is answered.

Several who ask at once have their answers after one pause, and not after one
for each. Pauses in a row are never over before so much time has passed: who is
answered sooner did not wait for the others. Who is answered later may have
waited for a processor. So this module counts pauses of its own, one after the
other, on the same loop: a busy machine makes them longer, too. Late is only
what comes after many of them; and what neither of the two tells is tried again.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile

from minichannels.flow import Event
from minichannels.lab.checking.sandbox.fair_time import overslept
from minichannels.lab.checking.sandbox.sleeping import Halt, noted_halts
from minichannels.lab.checking.stage.clients import Frame, ScenarioClient
from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.checking.stage.miss import BUSY, Unsolved, stopped
from minichannels.lab.checking.stage.steps import frame, listed

PAUSE = 0.05
"""How many seconds the slow thing of these exercises takes."""

# Each comes up in every check, whichever is asked for first or second.
FIRST = ("{A} {b}", '"{a}é"', "")
SECOND = (" {a} ", "{a}\n{B}", "007")

_LEAST = 0.8 * PAUSE  # some clocks tick in large steps
_MOST = 5  # pauses that one question may take, in the best of some tries
_ROW = 0.9  # of the pauses in a row must have passed, as clocks tick in steps
_TRIES = 3
_LOOK, _LOOKS, _TURNS = 0.005, 60, 100
# On a busy machine a pause may be over before anybody else has a turn.
_GUESTS = ("bob", "eve", "dora")

ERRORS = {
    "SyncToAsync can't be used in 'await' expression": "only wrapped",
    "'SyncToAsync' object can't be awaited": "only wrapped",  # Python 3.14
    "can't be used in 'await' expression": "nothing to await",
    "object can't be awaited": "nothing to await",
    # Not if it is a text: who swaps the function and its argument hands that.
    "'NoneType' object is not callable": "called here",
    "'int' object is not callable": "called here",
    "'coroutine' object is not callable": "called here",
    "the first argument must be callable": "called here",
    "sync_to_async can only be applied": "called here",
    "a coroutine object is required": "called here",
}
"""Which text fits which error, as Python and asgiref word them."""


async def require_patient(
    stage: Stage, client: ScenarioClient, asked: str, answer: str
) -> None:
    """Require that whoever asks is answered, after the pause, and soon."""
    tries = LateAnswers()
    while tries.left():
        asking = stage.send(client, asked)
        with _pauses() as pauses:
            took = await _require(stage, client, asked, answer, asking)
        if took < _MOST * PAUSE:
            return
        tries.add(is_late=len(pauses) >= _MOST)
    stage.miss(tries.told("too long"), seconds=f"{_MOST * PAUSE:g}")


async def require_each_served(
    stage: Stage, asked: Sequence[str], answer: Callable[[str], str]
) -> None:
    """Require that nobody waits for others, and each gets the own answer.

    Args:
        stage: where it is played.
        asked: the questions: two of ada's, without a pause, then of others.
        answer: gives the right answer to a question.
    """
    names = ("ada", *(f"{name}2" for name in _GUESTS[: len(asked) - 2]))
    tries = LateAnswers()
    while tries.left():
        pages = [
            await stage.connect("/", f"{name}{tries.count or ''}")
            for name in names
        ]
        sent = [*zip((pages[0], *pages), asked, strict=True)]
        with _pauses() as pauses:
            took, passed = await _ask_at_once(stage, sent, answer, pauses)
        if took < _ROW * len(names) * PAUSE:
            return
        tries.add(is_late=passed >= len(names) - 1)
    stage.miss(tries.told("in a row"))


class LateAnswers:
    """What some tries have shown of an answer that came late.

    Attributes:
        count: how many there were.
    """

    def __init__(self) -> None:
        self.count = 0
        self._late = 0

    def left(self) -> bool:
        """Return whether there is to be another one."""
        return self.count < _TRIES

    def add(self, *, is_late: bool) -> None:
        """Take note of one: of whether the machine is no reason for it."""
        self.count += 1
        self._late += is_late

    def told(self, key: str) -> str:
        """Return the key of what is to be told, once none is left."""
        return key if self._late == self.count else BUSY


@contextmanager
def _pauses() -> Iterator[list[None]]:
    """Make pauses meanwhile, one after the other; one entry is for each."""
    over: list[None] = []

    async def pause() -> None:
        while True:
            await asyncio.sleep(PAUSE)
            over.append(None)

    task = asyncio.create_task(pause())
    try:
        yield over
    finally:
        task.cancel()


async def _ask_at_once(
    stage: Stage,
    sent: Sequence[tuple[ScenarioClient, str]],
    answer: Callable[[str], str],
    pauses: Sequence[None],
) -> tuple[float, int]:
    """Let some ask at once; return when each had an answer.

    Args:
        stage: where it is played.
        sent: who asks, and what.
        answer: gives the right answer to a question.
        pauses: those that were over.

    Returns:
        How many seconds it took, and how many pauses.
    """
    first = {client.name: client for client, _ in sent}
    asked = Counter(client.name for client, _ in sent)
    waiting = [
        asyncio.create_task(_answered(client, 1)) for client in first.values()
    ]
    with stage.meaning(ERRORS):
        await stage.send_at_once(*sent)
    took, passed = max([await each for each in waiting]), len(pauses)
    for name, client in first.items():  # who asked twice may wait twice
        await _answered(client, asked[name])
    texts = [text for _, text in sent]
    # What belongs to one question may be told with what belongs to another.
    mixed = {q + answer(p).removeprefix(p) for q in texts for p in texts}
    for client in first.values():
        own = [text for each, text in sent if each is client]
        _require_own(stage, client, own, [*map(answer, own)], mixed)
    return took, passed


def _require_own(
    stage: Stage,
    client: ScenarioClient,
    asked: Sequence[str],
    answers: Sequence[str],
    mixed: set[str],
) -> None:
    """Require that somebody got the own answers, in whatever order."""
    heard = [*map(str, client.heard)]
    shown = listed([*map(frame, heard)])
    stage.values |= {"client": client.name, "got": shown}
    stage.values |= {"asked": listed([*map(frame, asked)])}
    stage.values |= {"answer": listed([*map(frame, answers)])}
    strange = any(heard.count(each) > answers.count(each) for each in mixed)
    if strange:
        stage.miss("of another", _told_last(stage, client))
    stage.require(len(heard) >= len(answers), "silent")
    if sorted(heard) != sorted(answers):
        stage.miss("other", _told_last(stage, client))


def _told_last(stage: Stage, client: ScenarioClient) -> Event:
    """Return what somebody was told last, whoever was let in after that."""
    told = [e for e in stage.events if e.type == "websocket.send"]
    return [event for event in told if event.client == client.name][-1]


async def require_others_served(
    stage: Stage, client: ScenarioClient, asked: str, answer: str
) -> None:
    """Require that somebody else is let in while one waits."""
    is_sure = False
    for name in _GUESTS:
        start = time.process_time()
        asking = _ask_and_connect(stage, client, asked, name)
        with overslept() as longest:
            await _require(stage, client, asked, answer, asking)
        worked = time.process_time() - start
        told = [e for e in stage.events if e.type == "websocket.send"][-1]
        (accept,) = stage.of("send", client=name, type="websocket.accept")
        if accept.arrival < told.arrival:
            return
        # The code took the time itself, or had a processor when it wanted one.
        is_sure |= worked > PAUSE / 4 or longest() < PAUSE / 2
    stage.miss("held up" if is_sure else BUSY, told, name=name)


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
) -> float:
    """Require an answer, after the pause, and without holding up the loop.

    Returns:
        How many seconds it took.
    """
    before = len(client.heard)
    waiting = asyncio.create_task(_answered(client, before + 1))
    stage.values |= {"client": client.name}
    stage.values |= {"asked": frame(asked), "answer": frame(answer)}
    is_own = stage.trace.is_own
    with noted_halts(is_own=is_own) as halts, stage.meaning(ERRORS):
        with _waiting_first(halts):
            await asking
        took = await waiting
    got = client.heard[before:]
    if halts:
        raise stopped(halts[0], "blocks")
    stage.require(got, "silent")
    shown = " and ".join(map(frame, got))
    stage.values["got"] = shown
    if got != [answer]:
        stage.miss(_other(asked, answer, got), _told_last(stage, client))
    if took < _LEAST:
        stage.miss("no pause", _told_last(stage, client))
    return took


@contextmanager
def _waiting_first(halts: Sequence[Halt]) -> Iterator[None]:
    """Tell of a wait for a thread before the error that it ended with."""
    try:
        yield
    except Unsolved as miss:
        if isinstance(miss.raised, TimeoutError) and halts:
            raise stopped(halts[0], "blocks") from None
        raise


def _other(asked: str, answer: str, got: Sequence[Frame]) -> str:
    """Return the key of the text for an answer that is another one."""
    number = re.search(r"\d+$", answer.removeprefix(asked))
    if number is not None and len(got) == 1:
        begins = answer[: -len(number[0])]
        rest = str(got[0]).removeprefix(begins)
        if rest != str(got[0]) and re.fullmatch(r"-?\d+", rest):
            return "another number"
        if re.fullmatch(r"None|<.*>", rest):
            return "no number"
    return "other"


async def _begun(stage: Stage, client: ScenarioClient) -> None:
    """Wait until a client's handler has begun with what was sent last."""

    def handled() -> bool:
        # Not of(), which knows only what the last step has come to.
        return any(
            event.client == client.name and event.arrival >= stage.steps.start
            for event in stage.events
        )

    for _ in takewhile(lambda _: not handled(), range(_TURNS)):
        await asyncio.sleep(0)  # no timer, or the pause might be over before
    for _ in range(10):  # from the event to the handler, and into a thread
        await asyncio.sleep(0)


async def _answered(client: ScenarioClient, wanted: int) -> float:
    """Wait until so many answers came; return how many seconds that took."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    await _until(lambda: len(client.heard) >= wanted)
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
    draw = stage.draw
    if draw.one(False, False, True):  # in place of the others: it takes time
        texts = [draw.text(first, *FIRST) for _ in range(2)]
        texts += [draw.text(second, *SECOND) for _ in range(3)]
        await require_each_served(stage, texts, answer)
        return
    ada = await stage.connect("/", "ada")
    asked = draw.text(first, *FIRST)
    await require_patient(stage, ada, asked, answer(asked))
    asked = draw.text(second, *SECOND)
    await require_others_served(stage, ada, asked, answer(asked))
    await stage.close(ada)
