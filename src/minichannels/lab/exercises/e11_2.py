"""11.2: a test of who hears what, and who does not."""

from minichannels.lab.checking.stage.exercise import Exercise, Text, edit
from minichannels.lab.exercises.room_trials import play
from minichannels.lab.exercises.trials import TEXTS

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
        "not recorded": Text(
            headline="your test waits for a flow that records nothing.",
            did="The chat was one that $what. Your test was over before:"
            " `settle` knows of what `flow.app` does, and of nothing else.",
            should="The clients talk to the application that `record` gives,"
            " which is `flow.app`.",
            next="give each communicator `flow.app`, and not `application`.",
        ),
        "late leak": Text(
            headline="your test passes, and fred heard it a while later.",
            did="The chat was one that $what. Your test was over before.",
            should="That nothing comes is certain when nothing is left to do.",
            next="write `await flow.settle()` when ada has spoken, and before"
            " you look at what came to fred.",
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
        "not recorded": _RIGHT.replace("flow.app", "application"),
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
