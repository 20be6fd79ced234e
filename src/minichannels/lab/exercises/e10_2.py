"""10.2: a worker's consumer answers to whoever asked."""

import asyncio
from contextlib import suppress
from typing import Any

from minichannels.exceptions import InvalidNameError, NoHandlerError
from minichannels.flow import Event
from minichannels.flow.recording.layer.channels import NOTEBOOK
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised, Unsolved
from minichannels.lab.checking.stage.steps import brief, frame

_CHANNEL = "counting"
_TEXTS = ("{a}  {B} {a}", "{a}", " {A}, {b}! ", "{a}-{b} {a}\n{B}")
_LIMIT = 0.5  # seconds; an answer is there at once, or a task sends it


_KNOWN = {
    Raised(NoHandlerError, event_type="text.counted"): "elsewhere",
    Raised(InvalidNameError, kind="group"): "to a group",
}
_OF_NOTHING = dict.fromkeys(
    map(Raised, (ValueError, IndexError, ZeroDivisionError)), "an empty text"
)


async def play(stage: Stage) -> None:
    """Ask from several channels, as consumers of other processes do."""
    draw = stage.draw
    await stage.work(_CHANNEL)
    ada, bob = [await stage.layer.new_channel("reply") for _ in "ab"]
    await _ask(stage, ada, draw.text("one two three", *_TEXTS))
    jobs = (
        (bob, draw.text("no more than this", *_TEXTS)),
        (ada, draw.text("tea", *_TEXTS)),
        (bob, draw.one("", " ", "", "\n")),
        (ada, draw.text("a b", *_TEXTS)),
    )
    for asker, text in draw.order(jobs):
        await _ask(stage, asker, text)
    await _ask_at_once(stage, (ada, "x y"), (bob, "z"))


def _job(asker: str, text: str) -> dict[str, Any]:
    return {"type": "text.count", "text": text, "reply_channel": asker}


async def _ask(stage: Stage, asker: str, text: str) -> None:
    """Ask the worker, and look at what comes to whoever asked."""
    stage.values |= {"asked": frame(text), "count": len(text.split())}
    stage.values["sent_to"] = ""
    with stage.meaning(_KNOWN if text.split() else _KNOWN | _OF_NOTHING):
        await stage.put(_CHANNEL, _job(asker, text))
    _require_right(stage, text, await _answer(stage, asker))
    mailbox = stage.layer.channels.get(asker)
    stage.require(not (mailbox and mailbox.messages), "twice")


async def _ask_at_once(stage: Stage, *jobs: tuple[str, str]) -> None:
    """Ask from two channels before the first is answered."""
    for asker, text in jobs:
        await stage.layer.send(_CHANNEL, _job(asker, text))
    await stage.put(_CHANNEL, _job(jobs[0][0], "the last"))
    for asker, text in (*jobs, (jobs[0][0], "the last")):
        stage.values |= {"asked": frame(text), "count": len(text.split())}
        _require_right(stage, text, await _answer(stage, asker))


async def _answer(stage: Stage, asker: str) -> dict[str, Any]:
    """Return the next message of whoever asked."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LIMIT):
            message: dict[str, Any] = await stage.layer.receive(asker)
            return message
    sent, grouped = _by_worker(stage, "channel_send", "group_send")
    stage.require(not grouped, "to a group", *grouped[-1:])
    for event in sent:
        stage.values["sent_to"] = f" It went to `{event.member}`."
        stage.require(False, "elsewhere", event)
    raise Unsolved("not answered")


def _by_worker(stage: Stage, *kinds: str) -> list[list[Event]]:
    """Return what was sent lately, and not by whoever asked."""
    return [
        [event for event in stage.lately(kind) if event.application != NOTEBOOK]
        for kind in kinds
    ]


def _require_right(stage: Stage, text: str, got: dict[str, Any]) -> None:
    stage.values |= {"got": frame(str(got))}
    kind = got.get("type")
    stage.require(kind != "text.count", "sent back")
    stage.require(kind == "text.counted", "another type")
    stage.require("text" in got, "which text")
    stage.require(got["text"] == text, "another text")
    stage.require("words" in got, "how many")
    stage.values["counted"] = brief(repr(got["words"]))
    stage.require(got["words"] == len(text.split()), "another number")


_STUB = """\
class Counter(AsyncConsumer):
    async def text_count(self, event):
        words = len(event["text"].split())
        # Who asked reads the channel event["reply_channel"], and waits there
        # for a message of the type text.counted, with the text and its words.
"""
_SOLUTION = """\
class Counter(AsyncConsumer):
    async def text_count(self, event):
        words = len(event["text"].split())
        await self.channel_layer.send(
            event["reply_channel"],
            {"type": "text.counted", "text": event["text"], "words": words},
        )
"""
_MESSAGE = '{"type": "text.counted", "text": event["text"], "words": words}'

EXERCISE = Exercise(
    number="10.2",
    name="Counter",
    play=play,
    patient=True,
    texts={
        "solved": Text(
            headline="whoever asks the worker is answered.",
            should="A worker has no client. It gets messages from a channel"
            " whose name all know, and answers to the channel whose name is in"
            " the message: in whatever process its reader is.",
        ),
        "untouched": Text(
            headline="nobody is answered yet.",
            did="The worker's consumer counted the words of"
            " `one two three`, and told nobody.",
            should="A message goes to the channel that the job names.",
            first="ask yourself which object can send to a channel by name.",
        ),
        "not answered": Text(
            headline="whoever asked got no answer.",
            did="The job was $asked, and nothing came to its reply channel.",
            should="Each job is answered, at the channel that it names.",
            next='send to `event["reply_channel"]`.',
            missing="send to the reply channel",
        ),
        "elsewhere": Text(
            headline="the answer went to another channel.",
            did="The job was $asked, and nothing came to its reply"
            " channel.$sent_to",
            should="Each job names the channel at which its answer is waited"
            " for. The next job may name another one.",
            next='send to `event["reply_channel"]`.',
            why="M42",
        ),
        "to a group": Text(
            headline="the answer went to a group.",
            did="The job was $asked, and nothing came to its reply channel.",
            should="One consumer waits for this answer, at the channel that the"
            " job names. A group is for what many should hear.",
            next='use `send`, with `event["reply_channel"]`.',
        ),
        "sent back": Text(
            headline="the job itself was sent back.",
            did="At the reply channel came $got.",
            should="The answer is a message of its own, of the type"
            " `text.counted`.",
            next="make a new dict for the answer.",
        ),
        "another type": Text(
            headline="whoever asked does not know this type.",
            did="At the reply channel came $got.",
            should="The answer has the type `text.counted`: it names the"
            " handler there.",
            next="write the type as the cell's comment has it.",
        ),
        "which text": Text(
            headline="nobody can tell which text this is the answer to.",
            did="At the reply channel came $got.",
            should="Who has asked twice gets two answers, in any order. So each"
            ' answer says under `"text"` what was asked.',
            next="put the job's text into the answer.",
        ),
        "another text": Text(
            headline="the answer names another text.",
            did="The job was $asked. At the reply channel came $got.",
            should="The text is that of the job, as it was.",
        ),
        "how many": Text(
            headline="the answer does not say how many.",
            did="At the reply channel came $got.",
            should='The number stands under `"words"`.',
        ),
        "another number": Text(
            headline="the number is another one.",
            did='The job was $asked. Under `"words"` came $counted.',
            should='It has $count words; the number under `"words"` is that.',
            next="send `words`, as the stub counts them.",
        ),
        "an empty text": Text(
            headline="an empty text was too little.",
            did="$application raised $error: $text",
            should="The job was $asked, and the answer says `0` words.",
            next="count with `split()`, which gives an empty list here.",
        ),
        "twice": Text(
            headline="one job was answered twice.",
            did="After the answer came another message.",
            should="Each job gets one answer.",
        ),
    },
    hints=(
        "What does a consumer have that can send to any channel?",
        "`self.channel_layer.send` takes the name of a channel, and a dict with"
        ' a `"type"`. The name is in the event.',
        'Send to `event["reply_channel"]`: `{"type": "text.counted", "text":'
        ' event["text"], "words": words}`.',
    ),
    stub=_STUB,
    solution=_SOLUTION,
    second="""\
class Counter(SyncConsumer):
    def text_count(self, job):
        answer = dict(type="text.counted", text=job["text"])
        answer["words"] = len(job["text"].split())
        async_to_sync(self.channel_layer.send)(job["reply_channel"], answer)
""",
    wrong={
        "no client": edit(
            _SOLUTION,
            "self.channel_layer.send(",
            "self.send(",
            '            event["reply_channel"],\n',
            "",
        ),
        "elsewhere": edit(
            _SOLUTION, 'event["reply_channel"]', "self.channel_name"
        ),
        "to a group": edit(
            _SOLUTION,
            "self.channel_layer.send(",
            "self.channel_layer.group_send(",
        ),
        "sent back": edit(_SOLUTION, _MESSAGE, 'event | {"words": words}'),
        "another type": edit(_SOLUTION, "text.counted", "text.words"),
        "which text": edit(_SOLUTION, ' "text": event["text"],', ""),
        "how many": edit(_SOLUTION, '"words": words', '"number": words'),
        "another number": edit(_SOLUTION, ".split()", ""),
        "forgotten": edit(_SOLUTION, "await self.", "self."),
        "not answered": edit(
            _SOLUTION,
            """\
        await self.channel_layer.send(
            event["reply_channel"],
            {"type": "text.counted", "text": event["text"], "words": words},
        )
""",
            "        return words\n",
        ),
        "no handler": edit(_SOLUTION, "text_count", "count"),
    },
)
