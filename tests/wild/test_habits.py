"""What people do with a consumer is the same on Channels and on minichannels.

The classes stand in ``habits.py``; here is what each of them sends, recorded
and not. What is not so yet is in DIFFERS, with what would be right.
"""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from minichannels.flow import record
from minichannels.types import Message
from support.both import Outcome, Step, fresh_layers, play, with_imports_of
from support.servers import LIMIT
from support.wild import ACCEPT, body, closed, said, started


class Habit(NamedTuple):
    """What is given to a consumer, and what it does."""

    steps: list[Step]
    events: list[Message]
    notes: list[Any] = []  # never changed
    error: str = ""


@pytest.fixture(autouse=True)
def layers() -> Iterator[dict[str, Any]]:
    with fresh_layers() as layers:
        yield layers


def habits(package: str) -> Any:
    """Return the classes of ``habits.py``, with the imports of a package."""
    return with_imports_of(package, Path(__file__).with_name("habits.py"))


def text(text: str) -> Message:
    return {"type": "websocket.receive", "text": text}


WEBSOCKET = {"type": "websocket", "path": "/"}
PAGE = {"type": "http", "method": "POST", "path": "/", "headers": []}
CONNECT: Message = {"type": "websocket.connect"}
GONE: Message = {"type": "websocket.disconnect", "code": 4002}
REQUEST: Message = {"type": "http.request", "body": b"page"}
CLOSED_PAGE: Message = {"type": "http.disconnect"}
TOLD: list[Step] = [CONNECT, 1, text("tell"), 2, GONE]
DONE: list[Step] = [CONNECT, 1, text("tell"), text("done"), 2, GONE]

HABITS: dict[str, Habit] = {
    "StaticHandler": Habit(DONE, [ACCEPT, said("done")], notes=[1]),
    "ClassHandler": Habit(
        DONE, [ACCEPT, said("done")], notes=[("ClassHandler", 1)]
    ),
    "PropertyHandler": Habit(TOLD, [ACCEPT, said("1")]),
    "PartialHandler": Habit(TOLD, [ACCEPT, said("told 1")]),
    "PartialMethodHandler": Habit(TOLD, [ACCEPT, said("told 1")]),
    "LambdaHandler": Habit(TOLD, [ACCEPT, said("1")]),
    "AliasHandler": Habit(TOLD, [ACCEPT, said("1")]),
    "ThreadHandler": Habit(TOLD, [ACCEPT, said("1")]),
    "CallableHandler": Habit(DONE, [ACCEPT, said("done")], notes=[1]),
    "DynamicHandler": Habit(TOLD, [ACCEPT, said("tell 1")]),
    "TaskHandler": Habit(TOLD, [ACCEPT, said("1")]),
    "SetLaterHandler": Habit(
        [CONNECT, 1, text("tell-all"), 2, GONE], [ACCEPT, said("1")]
    ),
    "SyncStaticHandler": Habit(DONE, [ACCEPT, said("done")], notes=[1]),
    "SyncPartialHandler": Habit(TOLD, [ACCEPT, said("told 1")]),
    "SyncAsyncToSyncHandler": Habit(DONE, [ACCEPT, said("done")], notes=[1]),
    "WebsocketSend": Habit(
        [CONNECT, 1, text("websocket.send"), 2, GONE], [ACCEPT, said("sent 1")]
    ),
    "WebsocketClose": Habit(
        [CONNECT, 1, text("websocket.close"), 2, GONE], [ACCEPT, closed(4001)]
    ),
    "ReceiveInvalid": Habit(
        [CONNECT, 1, text("receive.invalid"), 2, GONE],
        [ACCEPT, said("invalid 1")],
    ),
    "JsonReceiveInvalid": Habit(
        [CONNECT, 1, text('"receive.invalid"'), 2, GONE],
        [ACCEPT, said('{"refused": "receive.invalid"}')],
    ),
    "AcceptLater": Habit(
        [CONNECT, 1, text("accept.later"), 2, GONE], [ACCEPT, said("later 1")]
    ),
    "ThreadSensitive": Habit(
        [CONNECT, 1, text("thread.sensitive"), 2, GONE],
        [ACCEPT, said("sensitive 1")],
    ),
    "Deny": Habit(
        [CONNECT, 1, text("deny"), 2, GONE], [ACCEPT, said("denied 1")]
    ),
    "PopsType": Habit(
        TOLD, [ACCEPT, said('{"n": 1, "list": [1, 2, 3], "more": true}')]
    ),
    "ForwardsEvent": Habit(
        TOLD, [ACCEPT, said('{"type": "told", "n": 1, "list": [1, 2]}')]
    ),
    "CopiesEvent": Habit(
        DONE,
        [ACCEPT, said("done")],
        notes=[(True, True, {"type": "x", "n": 1, "list": [1, 2]})],
    ),
    "MutatesAfterSending": Habit(
        TOLD, [ACCEPT, said('{"type": "tell", "list": [1]}')]
    ),
    "SendsOrderedDict": Habit(TOLD, [ACCEPT, said('{"a": 1}')]),
    "SendsTuple": Habit(TOLD, [ACCEPT, said("[1, 2]")]),
    "MutatesClientEvent": Habit(TOLD, [ACCEPT, said("TELL")]),
    "GroupsInInit": Habit(TOLD, [ACCEPT, said("room-")]),
    "GroupsAppended": Habit(TOLD, [ACCEPT, said("told")]),
    "GroupsOfScope": Habit(TOLD, [ACCEPT, said("told")]),
    "GroupsProperty": Habit(TOLD, [ACCEPT, said("told")]),
    "GroupsSetInConnect": Habit(TOLD, [ACCEPT, said("told")]),
    "GroupsTuple": Habit(TOLD, [ACCEPT, said("told")]),
    "CountsMembers": Habit(TOLD, [ACCEPT, said("1 True")]),
    "InitWithPlainArguments": Habit([CONNECT, 2, GONE], [ACCEPT, said("ada")]),
    "Singleton": Habit(TOLD, [ACCEPT, said("1")]),
    "Data": Habit(TOLD, [ACCEPT, said("lobby")]),
    "Slots": Habit(TOLD, [ACCEPT, said("slot")]),
    "Concrete": Habit(TOLD, [ACCEPT, said("told")]),
    "Numbers": Habit(TOLD, [ACCEPT, said("[1]")]),
    "WithMetaclass": Habit(TOLD, [ACCEPT, said("['WithMetaclass']")]),
    "OddObject": Habit(TOLD, [ACCEPT, said("told")]),
    "Remembered": Habit(TOLD, [ACCEPT, said("1")]),
    "AsAsgi": Habit(
        TOLD, [ACCEPT, said("told")], notes=[("mine", True, "AsAsgi")]
    ),
    "OwnCall": Habit(TOLD, [ACCEPT, said("TOLD X")], notes=["over"]),
    "ClosesAfterCall": Habit(
        [CONNECT, 1, text("x"), 2], [ACCEPT, closed(1013)]
    ),
    "WholeOwnCall": Habit(
        [REQUEST],
        [started({"x-a": "1"}), body(b"page", more_body=True), body(b".")],
    ),
    "WrapsBaseSend": Habit(
        TOLD,
        [ACCEPT, said("told")],
        notes=["websocket.accept", "websocket.send"],
    ),
    "AcceptsWithBaseSend": Habit(
        TOLD, [{"type": "websocket.accept"}, said("told")]
    ),
    "SyncAcceptsWithBaseSend": Habit(
        TOLD, [{"type": "websocket.accept"}, said("told")]
    ),
    "ClosesWithBaseSend": Habit([CONNECT, 1, GONE], [closed(4001)]),
    "OwnDispatch": Habit(TOLD, [ACCEPT, said("error in tell")]),
    "SyncOwnDispatch": Habit(
        TOLD,
        [ACCEPT, said("told")],
        notes=[
            "websocket.connect",
            "websocket.receive",
            "tell",
            "websocket.disconnect",
        ],
    ),
    "OwnSendAndClose": Habit([CONNECT, 1, GONE], [closed(4010)], notes=[None]),
    "OwnSend": Habit(
        [CONNECT, 1, text("[1]"), 4, GONE],
        [ACCEPT, said("[1]"), said('{"wrapped": [1]}'), closed()],
        notes=[((), {"text_data": "[1]"})],
    ),
    "EncodeAsMethod": Habit(
        [CONNECT, 1, text("a"), 2, GONE], [ACCEPT, said('x["x", "a"]')]
    ),
    "ForgivingJson": Habit(
        [CONNECT, 1, text("[1]"), text("{"), 3, GONE],
        [ACCEPT, said('[[1], {"extra": true}]'), said('{"error": "no JSON"}')],
    ),
    "OwnWebsocketReceive": Habit(TOLD, [ACCEPT, said("tell!")]),
    "OldStyleSuper": Habit(
        [CONNECT, 1, text("[1]"), 2, GONE], [ACCEPT, said("[1]")], notes=[4002]
    ),
    "StopsInConnect": Habit([CONNECT], []),
    "StopsAfterAccept": Habit([CONNECT, 1], [ACCEPT]),
    "StopsInTell": Habit([CONNECT, 1, text("tell"), 2], [ACCEPT, closed()]),
    "DeniesInReceive": Habit(
        [CONNECT, 1, text("x")], [ACCEPT], error="DenyConnection"
    ),
    "AcceptsByErrorInSuper": Habit(
        [CONNECT, 1, GONE],
        [{"type": "websocket.accept", "subprotocol": "chat"}],
        notes=["accepted"],
    ),
    "AcceptsWithLists": Habit(
        [CONNECT, 1, GONE],
        [{**ACCEPT, "headers": [[b"x-a", b"1"], (b"x-b", b"2")]}],
    ),
    "AnswersWithLists": Habit(
        [REQUEST], [{**started({}), "headers": [[b"x-a", b"1"]]}, body(b"page")]
    ),
    "AcceptsInException": Habit([CONNECT, 1, GONE], [ACCEPT]),
    "DisconnectTidies": Habit([CONNECT, 1, GONE], [ACCEPT]),
    "DisconnectDeletes": Habit([CONNECT, 1, GONE], [ACCEPT]),
    "GetsLayerItself": Habit(TOLD, [ACCEPT, said("told")]),
    "NoLayer": Habit([CONNECT, 2, GONE], [ACCEPT, said("None no name")]),
    "UsesChannelReceive": Habit(
        [CONNECT, 1, GONE], [ACCEPT], notes=[True, True]
    ),
    "BlockingCode": Habit(
        [CONNECT, 1, text("[1]"), 2, GONE], [ACCEPT, said('{"blocking": [1]}')]
    ),
    "ContextVariables": Habit(TOLD, [ACCEPT, said("ada")]),
    "SyncContextVariables": Habit(TOLD, [ACCEPT, said("ada")]),
    "SameTask": Habit(TOLD, [ACCEPT, said("True")]),
    "JoinsThread": Habit(TOLD, [ACCEPT, said("[1]")]),
    "StatusEnum": Habit([REQUEST], [started({}, 201), body(b"page")]),
    "OwnHttpRequest": Habit(
        [REQUEST], [started({}), body(b"page")], notes=["disconnect"]
    ),
    "OwnHttpDisconnect": Habit(
        [REQUEST, 2, CLOSED_PAGE],
        [started({}), body(b"page", more_body=True)],
        notes=["disconnect"],
    ),
    "CleansUpInHttpDisconnect": Habit(
        [REQUEST, 2, CLOSED_PAGE], [started({}), body(b"page")], notes=["gone"]
    ),
    "EndsLater": Habit(
        [REQUEST, 3, CLOSED_PAGE],
        [started({}), body(b"page", more_body=True), body(b".")],
        notes=["gone"],
    ),
    "GoesOnBehindSuper": Habit(
        [REQUEST],
        [started({}), body(b"page")],
        notes=["at last"],
    ),
    "ChecksInSuper": Habit(
        [REQUEST, 2, CLOSED_PAGE], [started({}, 404), body(b"not here")]
    ),
    "ReadsOwnMailbox": Habit([REQUEST], [started({}), body(b"one")]),
    "NoSuper": Habit([REQUEST], [started({}), body(b"page")]),
    "SubApplication": Habit(
        [REQUEST],
        [started({}), {"type": "http.response.body", "body": b"page"}],
    ),
}

DIFFERS_RECORDED = {
    "CopiesEvent": (
        "a recorded event is of a class derived from dict, so that it says"
        " itself what it causes where a consumer hands it on to another task"
    ),
}


def on_both(differs: dict[str, str]) -> pytest.MarkDecorator:
    """Run a test for each habit on both, but for what is known to differ."""
    chosen = []
    for name in HABITS:
        chosen.append(pytest.param("channels", name))
        marks = []
        if name in differs:
            marks = [pytest.mark.xfail(strict=True, reason=differs[name])]
        chosen.append(pytest.param("minichannels", name, marks=marks))
    return pytest.mark.parametrize(("package", "name"), chosen)


async def do(package: str, name: str, *, recorded: bool) -> Outcome:
    """Have a consumer do what it does."""
    module = habits(package)
    steps = copy.deepcopy(HABITS[name].steps)
    scope = PAGE if steps[0] == REQUEST else WEBSOCKET
    app = getattr(module, name).as_asgi()
    if not recorded:
        return await play(app, scope, steps, module.NOTES, LIMIT)
    with record(app) as flow:
        return await play(flow.app, scope, steps, module.NOTES, LIMIT)


@on_both({})
async def test_a_habit_has_the_same_effect(package: str, name: str) -> None:
    wanted = HABITS[name]
    outcome = await do(package, name, recorded=False)
    assert outcome == Outcome(wanted.events, wanted.error, wanted.notes)


@on_both(DIFFERS_RECORDED)
async def test_a_habit_has_the_same_effect_while_it_is_recorded(
    package: str, name: str
) -> None:
    wanted = HABITS[name]
    outcome = await do(package, name, recorded=True)
    assert outcome == Outcome(wanted.events, wanted.error, wanted.notes)
