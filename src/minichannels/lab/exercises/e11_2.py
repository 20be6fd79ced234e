"""11.2: a test of who hears what, and who does not."""

import asyncio
from collections.abc import Callable
from typing import Any

from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.exercises.trials import TEXTS, Sample, Trials

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
    await Trials(stage, test, _show).judge(samples)


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
            True,
        ),
        Sample(
            f"does the same, and needs {needs:g} s for it",
            chat(lambda own, here: [needs] if here else []),
            "impatient",
            True,
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


def chat(
    hears: Hears, changes: Changes = lambda own: False
) -> type[AsyncWebsocketConsumer]:
    """Make a chat. All its consumers are in one group, and so hear of all."""

    class ChatRoom(AsyncWebsocketConsumer):
        groups = ("chat",)

        async def receive(
            self, text_data: str | None = None, bytes_data: Any = None
        ) -> None:
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
                await self.send(f"{text}!" if changes(own) else text)

    return ChatRoom


async def _show(stage: Stage) -> None:
    ada = await stage.connect("/lobby/", "ada")
    await stage.connect("/lobby/", "bob")
    await stage.connect("/kitchen/", "fred")
    await stage.send(ada, "hi")


_TOP = """\
async def test_rooms(application):
    with record(application) as flow:
        ada = WebsocketCommunicator(flow.app, "/lobby/")
        bob = WebsocketCommunicator(flow.app, "/lobby/")
        fred = WebsocketCommunicator(flow.app, "/kitchen/")
        for client in ada, bob, fred:
            await client.connect()
"""
_RIGHT = (
    _TOP
    + """\
        await ada.send_to("hi")
        await flow.settle()
        assert await ada.receive_from() == "hi"
        assert await bob.receive_from() == "hi"
        for client in ada, bob, fred:
            assert await client.receive_nothing()
"""
)
_SETTLE = "        await flow.settle()\n"
_ADA = '        assert await ada.receive_from() == "hi"\n'
_BOB = '        assert await bob.receive_from() == "hi"\n'

EXERCISE = Exercise(
    number="11.2",
    name="test_rooms",
    asks="test",
    play=play,
    texts={
        **TEXTS,
        "solved": Text(
            headline="your test knows who hears what, and who does not.",
            should="It passes for two chats that are right, and fails for eight"
            " that are broken, each in its own way.",
        ),
        "untouched": Text(
            headline="nobody says anything yet, and the test passes.",
            did="The chat was one that $what. The test passed.",
            should="ada and bob hear once what ada says; fred, in another room,"
            " hears nothing.",
            first="let ada say something, and look at what ada hears.",
        ),
        "impatient": Text(
            headline="your test fails for a chat that is right, but slow.",
            did="The chat was one that lets all in the room hear it, and takes"
            " its time. Your test raised $error.",
            should="It counts what is heard, not when.",
            next="wait with `receive_from()`, or `await flow.settle()` before"
            " you look.",
            why="M34",
        ),
        "alone": Text(
            headline="your test passes, and bob heard nothing.",
            did="The chat was one that $what. Your test passed.",
            should="ada and bob, who are in one room, both hear what ada says.",
            next="let the test require what bob hears.",
            missing="websocket.send",
            whose="bob",
            why="M35",
        ),
        "deaf": Text(
            headline="your test passes, and ada heard nothing.",
            did="The chat was one that $what. Your test passed.",
            should="ada and bob, who are in one room, both hear what ada says.",
            next="let the test require what ada hears.",
            missing="websocket.send",
            whose="ada",
        ),
        "wrong two": Text(
            headline="your test passes, and bob heard nothing, but ada twice.",
            did="The chat was one that $what. Your test passed.",
            should="ada and bob, who are in one room, each hear it once.",
            next="let the test ask each of them what came, not how much was"
            " sent in all.",
            missing="websocket.send",
            whose="bob",
        ),
        "other text": Text(
            headline="your test passes, and another text was heard.",
            did="The chat was one that $what. Your test passed.",
            should="ada and bob both hear what ada has said.",
            next="compare what each of them hears with what was said.",
        ),
        "leak": Text(
            headline="your test passes, and fred in the kitchen heard it.",
            did="The chat was one that $what. Your test passed.",
            should="fred, in another room, hears nothing.",
            next="let the test require that nothing comes to fred.",
            why="M35",
        ),
        "late leak": Text(
            headline="your test passes, and fred heard it a while later.",
            did="The chat was one that $what. Your test was over before.",
            should="That nothing comes is certain when nothing is left to do.",
            next="write `await flow.settle()` before you look at what came to"
            " fred.",
            why="M34",
        ),
        "bob twice": Text(
            headline="your test passes, and bob heard it twice.",
            did="The chat was one that $what. Your test passed.",
            should="ada and bob each hear it once.",
            next="let the test require that nothing more comes to bob, too.",
            whose="bob",
        ),
        "twice": Text(
            headline="your test passes, and everybody heard it twice.",
            did="The chat was one that $what. Your test passed.",
            should="ada and bob each hear it once.",
            next="let the test require that nothing more comes to them.",
        ),
    },
    hints=(
        "Let ada send a text, then wait until nothing is left to do.",
        "After `await flow.settle()`, `receive_from()` gives what came, and"
        " `receive_nothing()` says that no more is there.",
        'assert await bob.receive_from() == "hi"; assert await'
        " fred.receive_nothing()",
    ),
    stub=_TOP
    + """\
        # ada says something. Require that ada and bob hear it once,
        # and fred, who is in another room, hears nothing.
""",
    solution=_RIGHT,
    second="""\
async def test_rooms(application):
    ada = WebsocketCommunicator(application, "/lobby/")
    bob = WebsocketCommunicator(application, "/lobby/")
    fred = WebsocketCommunicator(application, "/kitchen/")
    for client in (ada, bob, fred):
        await client.connect()
    await ada.send_to("hi")
    assert await ada.receive_from() == "hi"
    assert await bob.receive_from() == "hi"
    # What is said last is heard last: nothing else came before.
    for client, text in ((bob, "bye"), (fred, "soup")):
        await client.send_to(text)
        assert await client.receive_from() == text
    assert await ada.receive_from() == "bye"
    assert await fred.receive_nothing()
""",
    wrong={
        "late leak": edit(_RIGHT, _SETTLE, ""),
        "impatient": edit(_RIGHT, _SETTLE, "").replace(
            "receive_from()", "receive_from(timeout=0.1)"
        ),
        "alone": edit(
            _RIGHT,
            _BOB,
            "",
            "ada, bob, fred:\n            assert",
            "ada, fred:\n            assert",
        ),
        "deaf": edit(
            _RIGHT,
            _ADA,
            "",
            "ada, bob, fred:\n            assert",
            "bob, fred:\n            assert",
        ),
        "leak": edit(
            _RIGHT,
            "ada, bob, fred:\n            assert",
            "ada, bob:\n            assert",
        ),
        "twice": edit(
            _RIGHT,
            "ada, bob, fred:\n            assert",
            "[fred]:\n            assert",
        ),
        "bob twice": edit(
            _RIGHT,
            "ada, bob, fred:\n            assert",
            "ada, fred:\n            assert",
        ),
        "other text": edit(
            _RIGHT,
            _ADA,
            "        heard = await ada.receive_from()\n",
            _BOB,
            "        assert await bob.receive_from() == heard\n",
        ),
        "wrong two": edit(
            _RIGHT[: _RIGHT.index(_ADA)],
            _SETTLE,
            _SETTLE
            + """\
        sent = [event for event in flow if event.type == "websocket.send"]
        assert [event.payload["text"] for event in sent] == ["hi", "hi"]
""",
        ),
        "fails right": edit(
            _RIGHT,
            "ada, bob, fred:\n            assert",
            "bob, fred:\n            assert",
            "await bob.receive_from()",
            "bob.output_queue.get_nowait()",
        ),
    },
)
