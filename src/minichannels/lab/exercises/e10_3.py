"""10.3: no answer comes, and the client is told so.

How it works: the loop's clock jumps, or counts what time the code has had. A
thread, such as ``threading.Timer``, goes by the wall's clock. On a busy machine
that one may be ahead: then it is the machine that came too late.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from minichannels.lab.checking.sandbox.patient_loop import PatientLoop
from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import BUSY, Raised
from minichannels.lab.checking.stage.steps import frame

_CHANNEL = "counting"
_TEXTS = ("{a} {B}", '"{a}"', "{a}é, {b}", "{A}")
_SOON, _LATER = 0.1, 0.4  # seconds, before and after the time is up
_MOMENT, _AT_ONCE = 0.01, 0.03
_TIME = 0.2
"""After so many seconds the client is told, the exercise says."""


@dataclass
class _Job:
    """What the worker got.

    Attributes:
        client: who has asked.
        text: what.
        since: how many texts the client had before.
        asked: when that was, by the wall's clock.
        message: the job itself.
        by_thread: whether a thread may wait for the answer.
        held_up: whether the answer came when the time was up for that.
    """

    client: ScenarioClient
    text: str
    since: int
    asked: float
    message: dict[str, Any] = field(default_factory=dict)
    by_thread: bool = False
    held_up: bool = False

    def is_right(self) -> bool:
        """Return whether the job is the one that the exercise asks for."""
        known = {"text": self.text, "type": "text.count"}
        return known.items() <= self.message.items() and (
            "reply_channel" in self.message
        )

    def is_up(self) -> bool:
        """Return whether a thread may rightly say that the time is up."""
        return self.by_thread and time.monotonic() - self.asked >= _TIME


async def play(stage: Stage) -> None:
    """Be the worker: answer some jobs, lose others, answer one too late."""
    ada, bob = await stage.connect_at_once(("/", "ada"), ("/", "bob"))
    one, two, three, four, five = (
        stage.draw.text(text, *_TEXTS)
        for text in ("one two", "a b c", "tea", "no milk", "thanks")
    )
    (job,) = await _ask(stage, ada, one)
    await _answer(stage, job)
    await _hears_no_more(stage, job)
    (lost,) = await _ask(stage, ada, two)
    await _gives_up(stage, lost)
    await _is_late(stage, lost)
    (bobs,) = await _ask(stage, bob, five)
    first, second = await _ask(stage, ada, three, four)
    for job in stage.draw.order((bobs, second)):
        await _answer(stage, job, first)
    await _gives_up(stage, first)
    await stage.close(bob)
    await stage.close(ada)


async def _ask(stage: Stage, client: ScenarioClient, *texts: str) -> list[_Job]:
    """Let a client send texts; return what comes to the worker."""
    jobs, sent = list[_Job](), list[asyncio.Task[None]]()
    stage.values["client"] = client.name
    for text in texts:
        stage.values["asked"] = frame(text)
        job = _Job(client, text, len(client.heard), time.monotonic())
        sent.append(asyncio.create_task(stage.send(client, text)))
        reading = asyncio.create_task(stage.layer.receive(_CHANNEL))
        await asyncio.wait({reading}, timeout=_SOON)
        if not reading.done():
            stage.require(not jobs, "one at a time")
            await sent[-1]  # raises what the handler raised
            stage.miss("not asked")
        job.message, job.by_thread = reading.result(), _has_threads()
        stage.require(
            job.is_right(), "another job", got=frame(str(job.message))
        )
        jobs.append(job)
    await _at_once(client, sent)
    got = client.heard[jobs[0].since :]
    is_up = any(job.is_up() for job in jobs)
    stage.require(not got, BUSY if is_up else "too soon", got=_shown(got))
    return jobs


async def _at_once(
    client: ScenarioClient, sent: list[asyncio.Task[None]]
) -> None:
    """Wait a moment; raise what ended the consumer behind the job, if so."""
    await asyncio.sleep(_AT_ONCE)
    if client.over:
        await asyncio.gather(*sent)


def _has_threads() -> bool:
    loop = asyncio.get_running_loop()
    return isinstance(loop, PatientLoop) and bool(loop.at_work())


async def _answer(stage: Stage, job: _Job, *others: _Job) -> None:
    """Answer in time, and require that the client is told.

    Args:
        stage: where it is played.
        job: the job.
        others: those that wait meanwhile. For them, too, the time may be up.
    """
    words = len(job.text.split())
    stage.values |= {"client": job.client.name, "asked": frame(job.text)}
    right = f"{words} words: {job.text}"
    got = await _after_answer(stage, job, _LATER)
    given_up = any(str(text).startswith("no answer") for text in got)
    is_up = job.held_up or any(other.is_up() for other in others)
    key = BUSY if is_up else "answered, and given up"
    stage.require(not given_up, key)
    # If it is up, the client may have been told so before the answer came.
    _require_heard(stage, got, right, BUSY if is_up else "not told")


async def _is_late(stage: Stage, job: _Job) -> None:
    """Answer when the client has been told that there is no answer."""
    with stage.meaning({Raised(KeyError): "late, and raised"}):
        got = await _after_answer(stage, job, _MOMENT)
    with suppress(TimeoutError):
        async with asyncio.timeout(0):  # nobody may read that channel any more
            await stage.layer.receive(job.message["reply_channel"])
    stage.require(not got, "too late", got=_shown(got))


async def _after_answer(stage: Stage, job: _Job, limit: float) -> list[Any]:
    """Answer a job; return what the client then hears, in some seconds."""
    client, before = job.client, len(job.client.heard)
    words = len(job.text.split())
    message = {"type": "text.counted", "text": job.text, "words": words}
    posting = asyncio.create_task(
        stage.post(client, job.message["reply_channel"], message)
    )
    end = asyncio.get_running_loop().time() + limit
    while len(client.heard) == before and not posting.done():
        await asyncio.sleep(_MOMENT)
        if asyncio.get_running_loop().time() > end:
            break
    job.held_up = job.is_up()
    await asyncio.sleep(_MOMENT)  # a task may have taken it
    if posting.done():
        posting.result()  # raises what the handler raised
    posting.cancel()
    return client.heard[before:]


async def _gives_up(stage: Stage, job: _Job) -> None:
    """Let the time be up, and require that the client is told so."""
    stage.values |= {"client": job.client.name, "asked": frame(job.text)}
    before = len(job.client.heard)
    await asyncio.sleep(_LATER)
    got = job.client.heard[before:]
    _require_heard(stage, got, f"no answer: {job.text}", "never given up")


async def _hears_no_more(stage: Stage, job: _Job) -> None:
    """Let the time be up for what was answered."""
    before = len(job.client.heard)
    await asyncio.sleep(_LATER)
    got = job.client.heard[before:]
    stage.require(not got, "given up all the same", got=_shown(got))


def _require_heard(stage: Stage, got: list[Any], right: str, key: str) -> None:
    stage.values["right"] = frame(right)
    stage.require(got, key)
    stage.require(got == [right], "other", got=_shown(got))


def _shown(got: list[Any]) -> str:
    return " and ".join(map(frame, got))


_ASK = """\
class Asker(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        job = {"type": "text.count", "text": text_data}
        job["reply_channel"] = self.channel_name
        await self.channel_layer.send("counting", job)
"""
_TOLD = """
    async def text_counted(self, event):
        text = f"{event['words']} words: {event['text']}"
        await self.send(text_data=text)
"""
_STUB = (
    _ASK
    + """\
        # No answer after 0.2 s: the client is told "no answer: " and its text.
"""
    + _TOLD
)
_SOLUTION = """\
class Asker(AsyncWebsocketConsumer):
    async def connect(self):
        self.waiting = {}
        await self.accept()

    async def receive(self, text_data):
        job = {"type": "text.count", "text": text_data}
        job["reply_channel"] = self.channel_name
        await self.channel_layer.send("counting", job)
        self.waiting[text_data] = asyncio.create_task(self.give_up(text_data))

    async def give_up(self, text):
        await asyncio.sleep(0.2)
        del self.waiting[text]
        await self.send(text_data=f"no answer: {text}")

    async def text_counted(self, event):
        timer = self.waiting.pop(event["text"], None)
        if timer:
            timer.cancel()
            text = f"{event['words']} words: {event['text']}"
            await self.send(text_data=text)
"""
_WAITING = """\
        self.answered = asyncio.Event()
        try:
            await asyncio.wait_for(self.answered.wait(), 0.2)
        except TimeoutError:
            await self.send(text_data=f"no answer: {text_data}")
"""

EXERCISE = Exercise(
    number="10.3",
    name="Asker",
    play=play,
    patient=True,
    texts={
        "solved": Text(
            headline="who asks is told something in any case.",
            should="A job may be lost, its answer too, and the worker may be"
            " gone: nobody says so. Only a time that is up tells it.",
        ),
        "untouched": Text(
            headline="when no answer comes, the client waits for ever.",
            did="ada asked for `a b c`. That job got lost, and ada received"
            " nothing.",
            should="After 0.2 s without an answer, ada receives"
            " `no answer: a b c`.",
            first="find a way to do something later, without a handler that"
            " waits.",
        ),
        "never given up": Text(
            headline="no answer came, and $client was told nothing.",
            did="$client asked for $asked, and no answer came to that.",
            should="After 0.2 s, $client receives $right.",
            next="start a task in `receive` that sleeps, and then tells the"
            " client; one for each text.",
            why="M43",
        ),
        "answered, and given up": Text(
            headline="the answer came in time, and was told too late.",
            did="The answer to $asked came before the time was up. $client was"
            " told that there is none.",
            should="An answer is a message. While a handler waits, no other one"
            " of this consumer runs.",
            next="let `receive` return at once, and a task do the waiting.",
            why="M31",
        ),
        "one at a time": Text(
            headline="$client's second text had to wait for the first.",
            did="$client sent $asked while an answer was still waited for, and"
            " no job came to the worker.",
            should="Each text becomes a job at once.",
            next="let `receive` return at once, and a task do the waiting.",
            why="M06",
        ),
        "given up all the same": Text(
            headline="$client had the answer, and was told that there is none.",
            did="The answer to $asked came and was told. Then $client received"
            " $got.",
            should="An answer ends the waiting.",
            next="keep the task by its text, and cancel it in `text_counted`.",
        ),
        "too soon": Text(
            headline="$client was told too early that there is no answer.",
            did="At once after the job for $asked, $client received $got.",
            should="The worker has 0.2 s for its answer.",
            next="wait first: `await asyncio.sleep(0.2)`.",
        ),
        "too late": Text(
            headline="an answer came too late, and was told all the same.",
            did="$client had been told that there is no answer to $asked. Then"
            " it came, and $client received $got.",
            should="What was given up stays given up: $client has perhaps asked"
            " again, or elsewhere.",
            next="remember what is still waited for, and look there first.",
        ),
        "late, and raised": Text(
            headline="an answer came too late, and your code raised.",
            did="$application raised $error: $text",
            should="An answer to what was given up is nothing special: it is"
            " not told, and the consumer goes on.",
            next="look first whether it is still waited for.",
        ),
        "not told": Text(
            headline="the answer came, and $client was not told.",
            did="The answer to $asked came before the time was up.",
            should="$client receives $right.",
            missing="websocket.send",
            whose="$client",
        ),
        "not asked": Text(
            headline="the worker got no job.",
            should="$client sent $asked. A job goes to the channel `counting`.",
            missing="send to counting",
        ),
        "another job": Text(
            headline="the worker does not know this job.",
            did="It got $got.",
            should="The job is as in the cell: with its text, and the channel"
            " for the answer.",
            next="leave the job as it was.",
        ),
        "other": Text(
            headline="$client was told something else.",
            did="$client asked for $asked, and received $got.",
            should="$client receives $right, and nothing else.",
        ),
    },
    hints=(
        "Who could wait for 0.2 s, if not a handler?",
        "`asyncio.create_task(self.give_up(text_data))` starts a method that"
        " sleeps and then tells the client. An answer has to cancel it.",
        "Keep the tasks in a dict, by text. `text_counted` takes its task out"
        " with `pop(…, None)`: if there is none, the answer is too late.",
    ),
    stub=_STUB,
    solution=_SOLUTION,
    second="""\
class Asker(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        reply_channel = await self.channel_layer.new_channel("reply")
        job = {"type": "text.count", "text": text_data}
        job["reply_channel"] = reply_channel
        await self.channel_layer.send("counting", job)
        self.task = asyncio.create_task(self.wait(text_data, reply_channel))

    async def wait(self, text, channel):
        try:
            async with asyncio.timeout(0.2):
                event = await self.channel_layer.receive(channel)
        except TimeoutError:
            await self.send(text_data=f"no answer: {text}")
        else:
            await self.send(text_data=f"{event['words']} words: {text}")
""",
    wrong={
        "never given up": edit(
            _SOLUTION,
            "self.waiting = {}",
            "self.timer = None",
            "self.waiting[text_data] =",
            "if self.timer:\n            self.timer.cancel()\n"
            "        self.timer =",
            "        del self.waiting[text]\n",
            "        self.timer = None\n",
            'self.waiting.pop(event["text"], None)',
            "self.timer",
        ),
        "answered, and given up": _ASK
        + _WAITING
        + _TOLD
        + "        self.answered.set()\n",
        "given up all the same": _ASK
        + "        asyncio.create_task(self.give_up(text_data))\n"
        + """
    async def give_up(self, text):
        await asyncio.sleep(0.2)
        await self.send(text_data=f"no answer: {text}")
"""
        + _TOLD,
        "too soon": edit(_SOLUTION, "        await asyncio.sleep(0.2)\n", ""),
        "too late": edit(
            _SOLUTION,
            """\
            timer.cancel()
            text = f"{event['words']} words: {event['text']}"
            await self.send(text_data=text)
""",
            """\
            timer.cancel()
        text = f"{event['words']} words: {event['text']}"
        await self.send(text_data=text)
""",
        ),
        "late, and raised": edit(
            _SOLUTION, 'pop(event["text"], None)', 'pop(event["text"])'
        ),
        "not told": edit(
            _SOLUTION, "            await self.send(text_data=text)\n", ""
        ),
        "another job": edit(
            _SOLUTION, '        job["reply_channel"] = self.channel_name\n', ""
        ),
        "not asked": edit(
            _SOLUTION,
            'await self.channel_layer.send("counting", job)',
            "self.job = job",
        ),
        "other": edit(_SOLUTION, "no answer: {text}", "nobody answers"),
    },
)
