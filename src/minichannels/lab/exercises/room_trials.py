"""The chats that a test of exercise 11.2 is tried on, right ones and broken."""

import asyncio
from collections.abc import Callable
from typing import Any

from minichannels.consumer.lifecycle import life_of
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.exercises.trials import Sample, Trials

_TENTHS = 10

Hears = Callable[[bool, bool], list[float]]
"""Of a text, one's own or not, of one's room or not: seconds until heard."""

Changes = Callable[[bool], bool]
"""Whether a text, one's own or not, is heard as another one."""


async def play(stage: Stage, test: Any) -> None:
    """Try the test on chats that are right, and on chats that are not."""
    needs = stage.draw.number(4, 2, 6) / _TENTHS
    late = float(stage.draw.number(30, 20, 40))
    changed = stage.draw.one(
        lambda own: True, lambda own: own, lambda own: not own
    )
    whom = stage.draw.one("all", "ada", "bob")
    samples = _samples(needs, late, changed, whom)
    if stage.draw.turn:  # what nothing is drawn for was tried already
        samples = [each for each in samples if each.key not in _ONCE]
    else:
        samples += _alike()
    try:
        await Trials(stage, test, _show).judge(samples)
    except Unsolved as miss:
        tried = next((s.consumer for s in samples if s.key == miss.key), None)
        settles = any("settle" in c.co_names for c in stage.trace.codes())
        unseen = settles and not getattr(tried, "recorded", True)
        if miss.key == "late leak" and unseen:
            miss.key = "not recorded"
        raise


_ONCE = ("deaf", "twice", "bob twice", "wrong two")


def _samples(
    needs: float, late: float, changed: Changes, whom: str
) -> list[Sample]:
    """Return the chats to try a test on."""
    return [
        Sample(
            "lets all in the room hear it, and nobody else",
            chat(lambda own, here: [0] if here else []),
            "fails right",
            right=True,
        ),
        Sample(
            f"does the same, and needs {needs:g} s for it",
            chat(lambda own, here: [needs] if here else []),
            "impatient",
            right=True,
        ),
        Sample(
            "lets only the speaker hear it",
            chat(lambda own, here: [0] if own else []),
            "alone",
        ),
        Sample(
            "lets only the others in the room hear it",
            chat(lambda own, here: [0] if here and not own else []),
            "deaf",
        ),
        Sample("lets all rooms hear it", chat(lambda own, here: [0]), "leak"),
        Sample(
            f"lets other rooms hear it, too, {late:g} s later",
            chat(lambda own, here: [0] if here else [late]),
            "late leak",
        ),
        Sample(
            "lets all in the room hear it twice",
            chat(lambda own, here: [0, 0] if here else []),
            "twice",
        ),
        Sample(
            "lets only the others in the room hear it twice",
            chat(lambda own, here: [0] * (2 - own) if here else []),
            "bob twice",
        ),
        Sample(
            "lets only the speaker hear it, but twice",
            chat(lambda own, here: [0, 0] if own else []),
            "wrong two",
        ),
        Sample(
            f"lets {whom} in the room hear another text",
            chat(lambda own, here: [0] if here else [], changed),
            "other text",
        ),
    ]


def _alike() -> list[Sample]:
    """Return chats in which one in the room hears what is only alike."""
    return [
        Sample(
            f"lets {whom} in the room hear {what}",
            chat(lambda own, here: [0] if here else [], changes, other),
            "other text",
        )
        for whom, changes in (
            ("ada", lambda own: own),
            ("bob", lambda own: not own),
        )
        for what, other in (
            ("the text and more", lambda text: f"{text}!"),
            ("a part of the text", lambda text: text[:-1] or "?"),
            ("other letters", _in_other_letters),
        )
    ]


def _in_other_letters(text: str) -> str:
    other = text.swapcase()
    return other if other != text else f"{text}!"


def chat(
    hears: Hears,
    changes: Changes = lambda own: False,
    other: Callable[[str], str] = lambda text: f"{text}!",
) -> type[AsyncWebsocketConsumer]:
    """Make a chat. All its consumers are in one group, and so hear of all.

    Args:
        hears: how many seconds after it was said somebody hears it.
        changes: whether somebody hears another text.
        other: makes this one.
    """

    class ChatRoom(AsyncWebsocketConsumer):
        groups = ("chat",)
        recorded: bool | None = None
        """Whether somebody watched the first that was said."""

        async def receive(
            self, text_data: str | None = None, bytes_data: Any = None
        ) -> None:
            if ChatRoom.recorded is None:
                ChatRoom.recorded = life_of(self).observer is not None
            await self.channel_layer.group_send(
                "chat",
                {
                    "type": "chat.message",
                    "text": text_data or "",
                    "sender": self.channel_name,
                    "room": self.scope["path"],
                },
            )

        async def chat_message(self, event: dict[str, Any]) -> None:
            own = event["sender"] == self.channel_name
            for seconds in hears(own, event["room"] == self.scope["path"]):
                await asyncio.sleep(seconds)
                # An equal text, as one that has been on a wire.
                text = "".join([*event["text"]])
                await self.send(other(text) if changes(own) else text)

    return ChatRoom


async def _show(stage: Stage) -> None:
    ada = await stage.connect("/lobby/", "ada")
    await stage.connect("/lobby/", "bob")
    await stage.connect("/kitchen/", "fred")
    await stage.send(ada, "hi")
