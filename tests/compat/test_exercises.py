"""The solutions of the exercises, on Channels itself.

Nothing but the name of the package is changed in their imports. Each story is
played to both, with each library's own layer, and has to be heard the same.
What has another cell before it has a story of its own.
"""

import ast
import importlib
import json
from collections.abc import Iterator
from typing import Any, TypeGuard

import pytest

from minichannels.lab.checking.stage.exercise import find, numbers
from minichannels.lab.classroom import on_channels
from support.bridge import bridged
from support.django_settings import Backend
from support.exercises import IMPORTS, define
from support.visitors import same_users, who_is_there

HI = json.dumps({"message": "hi"})


def numbered(number: int) -> dict[str, Any]:
    """Return one of the numbered news; it says where to ask for others."""
    text = f"text {number}"
    return {"type": "item", "number": number, "text": text, "desk": "desk"}


# For each exercise: who connects where, then what happens and who hears of it.
# A dict is sent to a group, from outside; the kitchen replies to an order; the
# list of users is emptied.
Step = tuple[str, Any, str]
STORIES: dict[str, tuple[dict[str, dict[str, str]], list[Step]]] = {
    "4.1": (
        {"ada": {}, "bob": {}},
        [("ada", "tea", "ada"), ("bob", "milk", "bob"), ("ada", "x", "ada")],
    ),
    "4.2": ({"ada": {}}, [("", None, "ada"), ("ada", "hello", "ada")]),
    "4.3": (
        {"ada": {}, "bob": {}},
        [
            ("", None, "ada bob"),
            ("ada", "/name Ada", "ada"),
            ("ada", "hello", "ada"),
            ("bob", "hello", "bob"),
        ],
    ),
    "4.4": (
        {"ada": {}},
        [
            ("news", {"type": "news.flash", "text": "rain"}, "ada"),
            ("news", {"type": "news.over"}, "ada"),
        ],
    ),
    "5.3": (
        {"ada": {"user": "ada"}, "bob": {}},
        [
            ("", None, "bob"),
            ("ada", "hello", "ada"),
            ("users", None, ""),
            ("ada", "tea", "ada"),
        ],
    ),
    "6.1": (
        {"ada": {"name": "ada"}, "bob": {"name": "bob"}},
        [("bob", "ada: tea is ready", "ada")],
    ),
    "7.1": (
        {"ada": {"room_name": "a"}, "bob": {"room_name": "a"}},
        [("ada", HI, "ada bob")],
    ),
    "7.2": (
        {"ada": {"room_name": "a"}, "bob": {"room_name": "b"}},
        [("ada", HI, "ada"), ("bob", HI, "bob")],
    ),
    "7.3": (
        {"ada": {"room_name": "a"}, "bob": {"room_name": "a"}},
        [("ada", HI, "bob"), ("bob", HI, "ada")],
    ),
    "8.1": (
        {"ada": {}, "bob": {}},
        [
            ("news", numbered(1), "ada bob"),
            ("news", numbered(4), "ada bob"),
            ("ada", "missing?", "ada"),
            ("news", numbered(2), "ada bob"),
            ("bob", "missing?", "bob"),
        ],
    ),
    "8.2": (
        {"ada": {}},
        [("news", numbered(1), "ada"), ("news", numbered(3), "ada")],
    ),
    "8.3": (
        {"ada": {}, "bob": {}},
        [
            ("news", numbered(2), ""),
            ("news", numbered(1), "ada ada bob bob"),
            *[("news", numbered(n), "") for n in (1, 9, 7)],
            ("news", numbered(5), "ada ada ada bob bob bob"),
        ],
    ),
    "9.1": (
        {"ada": {}, "bob": {}},
        [("ada", "tea", "ada"), ("bob", "milk", "bob")],
    ),
    "9.2": ({"ada": {}}, [("ada", "soup", "ada"), ("ada", "egg", "ada")]),
    "9.3": (
        {"ada": {}},
        [("ada", "soup", ""), ("kitchen", "dish.ready", "ada")],
    ),
    "10.1": (
        {"ada": {}, "bob": {}},
        [
            ("ada", "+", "ada bob"),
            ("likes", {"type": "liked"}, "ada bob"),
            ("bob", "+", "ada bob"),
        ],
    ),
    "10.3": (
        {"ada": {}},
        [
            ("ada", "tea", ""),
            ("counting", "text.counted", "ada"),
            ("ada", "milk", "ada"),
        ],
    ),
    "13.1": (
        {"ada": {"user": "ada"}, "ada2": {"user": "ada"}, "bob": {}},
        [("ada", "buy milk", "ada ada2"), ("ada2", "tea", "ada ada2")],
    ),
}

# Of a worker, and so of no client.
PEERS: dict[str, list[dict[str, Any]]] = {
    "14.1": [
        {"type": "chat.connect"},
        {"type": "chat.received_message", "text": "tea"},
        {"type": "chat.received_message", "text": "milk"},
        {"type": "chat.received_message", "text": "list"},
    ],
    "14.2": [
        {"type": "mqtt.connect"},
        {"type": "mqtt.receive", "topic": "a/b", "payload": b"21"},
    ],
    "14.3": [
        {"type": "mqtt.connect"},
        {"type": "mqtt.receive", "topic": "alarm/x", "payload": b"7 fire"},
        {"type": "mqtt.receive", "topic": "alarm/x", "payload": b"7 fire"},
        {"type": "mqtt.receive", "topic": "alarm/y", "payload": b"7 fire"},
    ],
}
"""What peers beyond the web say, by exercise."""

WORKERS = ("10.2",)


def solutions(asks: str) -> list[Any]:
    """Return both solutions of the exercises that ask for something."""
    return [
        pytest.param(number, code, id=f"{number} {which}")
        for number in numbers()
        if find(number).asks == asks and not find(number).given
        for which, code in [
            ("solution", find(number).solution),
            ("second", find(number).second),
        ]
    ]


def imports_of(package: str) -> str:
    """Return the imports of a cell, from a package."""
    lines = IMPORTS.replace("minichannels", package).splitlines()
    ours = (".routing", ".flow")
    return "\n".join(line for line in lines if not any(o in line for o in ours))


async def heard(package: str, number: str, code: str) -> list[Any]:
    """Play a story to a consumer of a package; return what clients heard."""
    testing = importlib.import_module(f"{package}.testing")
    layers = importlib.import_module(f"{package}.layers")
    consumer = define(code, imports_of(package))[find(number).name]
    assert consumer.__mro__[1].__module__.startswith(package)
    scopes, steps = STORIES[number]
    clients, found = {}, []
    for name, kwargs in scopes.items():
        client = testing.WebsocketCommunicator(consumer.as_asgi(), "/")
        client.scope["url_route"] = {"kwargs": kwargs}
        client.scope |= await who_is_there(package, kwargs.get("user"))
        found.append(await client.connect())
        clients[name] = client
    for who, what, listeners in steps:
        layer = layers.get_channel_layer()
        if isinstance(what, dict):
            await layer.group_send(who, what)
        elif who == "users":
            Backend.users.clear()
        elif who in ("kitchen", "counting"):
            order = await layer.receive(who)
            channel = order.pop("table", None) or order.pop("reply_channel")
            await layer.send(channel, {**order, "type": what, "words": 1})
        elif what is not None:
            await clients[who].send_to(text_data=what)
        found += [await clients[n].receive_output() for n in listeners.split()]
    for name, client in clients.items():
        found.append((name, await client.receive_nothing()))
        await client.disconnect()
    return found


@pytest.fixture(autouse=True)
def users() -> Iterator[None]:
    """Have both libraries know the same users, those of Django."""
    with same_users():
        yield


@pytest.mark.parametrize(
    ("number", "code"),
    [
        each
        for each in solutions("consumer")
        if each.values[0] not in {*WORKERS, *PEERS}
    ],
)
async def test_solution_runs_on_channels_with_its_import_changed(
    number: str, code: str
) -> None:
    ours, theirs = [
        await heard(package, number, code)
        for package in ("minichannels", "channels")
    ]

    assert ours == theirs
    assert len(ours) > 2


async def heard_in_the_hall(package: str, code: str) -> list[Any]:
    """Let two users speak, of whom one may; then change who may."""
    testing = importlib.import_module(f"{package}.testing")
    models: Any = importlib.import_module("django.contrib.auth.models")
    given = find("13.2").given
    consumer = define(code, imports_of(package), given)["Hall"]
    assert consumer.__mro__[1].__module__.startswith(package)
    speakers = await models.Group.objects.acreate(name="speakers")
    users = [
        await models.User.objects.acreate(username=name)
        for name in ("ada", "bob")
    ]
    clients, found = [], []
    for user in users:
        client = testing.WebsocketCommunicator(consumer.as_asgi(), "/")
        client.scope["user"] = user
        found.append(await client.connect())
        clients.append(client)
    for speaker in users:
        await speakers.user_set.aset([speaker])
        for client, user in zip(clients, users, strict=True):
            await client.send_to(text_data=user.username)
            hearers = clients if user is speaker else [client]
            found += [await each.receive_output() for each in hearers]
    for client in clients:
        found.append(await client.receive_nothing())
        await client.disconnect()
    for each in (speakers, *users):
        await each.adelete()
    return found


@pytest.fixture
def database() -> Iterator[None]:
    """Have the tables of a project, and the bridge to it."""
    with bridged():
        yield


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("which", ["solution", "second"])
async def test_solution_that_asks_a_database_runs_on_channels(
    which: str,
) -> None:
    code = getattr(find("13.2"), which)
    ours, theirs = [
        await heard_in_the_hall(package, code)
        for package in ("minichannels", "channels")
    ]

    assert ours == theirs
    texts = [event["text"] for event in ours if isinstance(event, dict)]
    listen = "You may listen."
    assert texts == ["ada", "ada", listen, listen, "bob", "bob"]


async def answers(package: str, number: str, code: str) -> list[Any]:
    """Send events of a peer to a consumer of a package; return its answers."""
    testing = importlib.import_module(f"{package}.testing")
    consumer = define(code, imports_of(package))[find(number).name]
    assert consumer.__mro__[1].__module__.startswith(package)
    kind = PEERS[number][0]["type"].partition(".")[0]
    application = consumer.as_asgi()
    peer = testing.ApplicationCommunicator(application, {"type": kind})
    for event in (*PEERS[number], {"type": f"{kind}.disconnect"}):
        await peer.send_input(event)
    await peer.wait(timeout=10)
    found = []
    while not await peer.receive_nothing():
        found.append(await peer.receive_output())
    return found


@pytest.mark.parametrize(
    ("number", "code"),
    [each for each in solutions("consumer") if each.values[0] in PEERS],
)
async def test_solution_for_a_peer_beyond_the_web_runs_on_channels(
    number: str, code: str
) -> None:
    ours, theirs = [
        await answers(package, number, code)
        for package in ("minichannels", "channels")
    ]

    assert ours == theirs
    assert ours


@pytest.mark.parametrize("package", ["minichannels", "channels"])
@pytest.mark.parametrize(
    ("number", "code"),
    [each for each in solutions("consumer") if each.values[0] in WORKERS],
)
async def test_worker_runs_on_channels_with_its_import_changed(
    number: str, code: str, package: str
) -> None:
    testing = importlib.import_module(f"{package}.testing")
    layers = importlib.import_module(f"{package}.layers")
    consumer = define(code, imports_of(package))[find(number).name]
    scope = {"type": "channel", "channel": "counting"}
    worker = testing.ApplicationCommunicator(consumer.as_asgi(), scope)
    job = {"type": "text.count", "text": "a b", "reply_channel": "reply"}

    await worker.send_input(job)
    answer = await layers.get_channel_layer().receive("reply")

    assert answer == {"type": "text.counted", "text": "a b", "words": 2}
    worker.stop()


@pytest.mark.parametrize(("number", "code"), solutions("middleware"))
async def test_middleware_runs_on_channels_with_its_import_changed(
    number: str, code: str
) -> None:
    seen: list[Any] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(scope))

    headers = [(b"accept-language", b"de")]
    scope = {"type": "websocket", "headers": headers}
    for package in ("minichannels", "channels"):
        made = define(code, imports_of(package))[find(number).name](inner)
        await made(scope, None, None)

    assert seen == [{**scope, "language": "de"}] * 2
    assert "language" not in scope


@pytest.mark.parametrize("number", ["12.1", "12.2"])
@pytest.mark.parametrize("which", ["solution", "second"])
def test_classroom_runs_on_channels_with_its_import_changed(
    number: str, which: str
) -> None:
    exercise = find(number)
    code = f"{exercise.given}\n\n{getattr(exercise, which)}"
    own = [each.name for each in ast.parse(code).body if is_class(each)]
    names = define(code)

    played = on_channels(*[names[name] for name in own])

    assert own[-1] == exercise.name
    assert played.same, played.words


def is_class(node: ast.stmt) -> TypeGuard[ast.ClassDef]:
    return isinstance(node, ast.ClassDef)
