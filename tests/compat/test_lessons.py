"""The consumers of the lessons, on Channels itself.

Nothing but the name of the package is changed in their code: a story is then
played to both, and has to be heard the same. Which other lines a class needs,
its imports and constants, is found out from the names that it uses.
"""

import ast
import importlib
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from minichannels.lab.classroom import Room
from support.django_settings import Backend
from support.notebooks import STUDENTS, name
from support.visitors import same_users, who_is_there

Play = Callable[[Any, Any], Awaitable[list[Any]]]


def statements(lesson: Path) -> Iterator[ast.stmt]:
    """Give the statements of a lesson's code cells, without its exercises."""
    for cell in json.loads(lesson.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and "await check(" not in source:
            module = compile(
                re.sub(r"^%.*\n?", "", source, flags=re.M),
                name(lesson),
                "exec",
                ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
            )
            yield from module.body


def classes(lesson: Path, kind: str) -> dict[str, str]:
    """Map each consumer, or middleware, to its code, with what it needs."""
    found = {}
    before: list[ast.stmt] = []
    for node in statements(lesson):
        if isinstance(node, ast.ClassDef) and derives(node, kind, before):
            used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            needs = list(needed(used, before))
            found[node.name] = "\n".join([*needs, ast.unparse(node)])
            before.append(node)
        elif isinstance(node, ast.Import | ast.ImportFrom | ast.Assign):
            before.append(node)
    return found


def needed(used: set[str], before: list[ast.stmt]) -> Iterator[str]:
    """Give the code that defines names, and what that code needs in turn."""
    for node in before:
        if used & bound_by(node):
            if isinstance(node, ast.ClassDef):
                names = {
                    n.id for n in ast.walk(node) if isinstance(n, ast.Name)
                }
                yield from needed(names - {node.name}, before)
            yield ast.unparse(node)


def derives(node: ast.ClassDef, kind: str, before: list[ast.stmt]) -> bool:
    """Return whether a class derives from a consumer of the library, say."""
    imported = {name for b in before for name in bound_by(b)}
    bases = {ast.unparse(base) for base in node.bases} & imported
    return any(base.endswith(kind) for base in bases)


def bound_by(node: ast.stmt) -> set[str]:
    """Name what an import, a class or an assignment defines."""
    if isinstance(node, ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    assert isinstance(node, ast.Assign)
    targets = [n for target in node.targets for n in ast.walk(target)]
    return {n.id for n in targets if isinstance(n, ast.Name)}


# The stories


async def echo(testing: Any, app: Any) -> list[Any]:
    client = testing.WebsocketCommunicator(app, "/")
    heard = [await client.connect()]
    await client.send_to(text_data="hi")
    heard.append(await client.receive_from())
    await client.disconnect()
    return heard


async def counting(testing: Any, app: Any) -> list[Any]:
    ada, bob = (testing.WebsocketCommunicator(app, "/") for _ in "ab")
    heard: list[Any] = [await ada.connect(), await bob.connect()]
    for client, text in ((ada, "tea"), (bob, "coffee"), (ada, "milk")):
        await client.send_to(text_data=text)
        heard.append(await client.receive_from())
    for client in (ada, bob):
        await client.disconnect()
    return heard


async def welcome(testing: Any, app: Any) -> list[Any]:
    ada, bob = (testing.WebsocketCommunicator(app, "/") for _ in "ab")
    heard: list[Any] = []
    for client in (ada, bob):
        heard += [await client.connect(), await client.receive_from()]
    for client, text in ((ada, "/name Ada"), (ada, "hello"), (bob, "hello")):
        await client.send_to(text_data=text)
        heard.append(await client.receive_from())
    for client in (ada, bob):
        await client.disconnect()
    return heard


async def news(testing: Any, app: Any) -> list[Any]:
    client = testing.WebsocketCommunicator(app, "/")
    heard = [await client.connect()]
    package = testing.__name__.partition(".")[0]
    layers = importlib.import_module(f"{package}.layers")
    await layers.get_channel_layer().group_send(
        "news", {"type": "chat.message", "text": "rain at noon"}
    )
    heard.append(await client.receive_from())
    await client.disconnect()
    return heard


async def post(testing: Any, app: Any) -> list[Any]:
    ada, bob = (
        testing.WebsocketCommunicator(app, f"/{name}")
        for name in ("ada", "bob")
    )
    heard = [await ada.connect(), await bob.connect()]
    await ada.send_to(text_data="bob: hello")
    heard.append(await bob.receive_from())
    await ada.send_to(text_data="bob: nap")
    heard.append(await bob.receive_from())
    for number in range(1, 102):  # one more than waits in a mailbox
        await ada.send_to(text_data=f"bob: letter {number}")
    heard.append(await ada.receive_from())
    heard += [await bob.receive_from(timeout=3) for _ in range(101)]
    for client in (ada, bob):
        await client.disconnect()
    return heard


async def slow(testing: Any, app: Any) -> list[Any]:
    client = testing.WebsocketCommunicator(app, "/")
    heard = [await client.connect()]
    await client.send_to(text_data="may I?")
    heard.append(await client.receive_from(timeout=3))
    await client.disconnect()
    return heard


async def clumsy(testing: Any, app: Any) -> list[Any]:
    client = testing.WebsocketCommunicator(app, "/")
    heard = [await client.connect()]
    await client.send_to(text_data="21")
    try:
        heard.append(await client.receive_output())
    except TypeError as error:
        heard.append(str(error))
    return heard


async def unheard(testing: Any, app: Any) -> list[Any]:
    client = testing.WebsocketCommunicator(app, "/")
    heard = [await client.connect()]
    await client.send_to(text_data="hello?")
    heard.append(await client.receive_nothing())
    try:
        await client.disconnect()
    except ValueError:
        heard.append("an error")
    return heard


async def chat(testing: Any, app: Any) -> list[Any]:
    ada, bob, cy = (
        testing.WebsocketCommunicator(app, f"/ws/chat/{room}/")
        for room in ("lobby", "lobby", "cellar")
    )
    heard = []
    for client in (ada, bob, cy):
        room = client.scope["path"].split("/")[3]
        client.scope["url_route"] = {"kwargs": {"room_name": room}}
        heard.append(await client.connect())
    await ada.send_json_to({"message": "hi"})
    heard += [await ada.receive_json_from(), await bob.receive_json_from()]
    await cy.send_json_to({"message": "alone"})
    heard.append(await cy.receive_json_from())
    for client in (ada, bob, cy):
        heard.append(await client.receive_nothing())
        await client.disconnect()
    return heard


async def numbers(testing: Any, app: Any) -> list[Any]:
    ada, eve = (
        testing.WebsocketCommunicator(app, path) for path in ("/", "/slow")
    )
    heard = [await ada.connect(), await eve.connect()]
    await ada.send_to(text_data="1 2 3")
    for client in (ada, eve):
        heard += [await client.receive_from(timeout=3) for _ in range(3)]
        await client.disconnect()
    return heard


async def market(testing: Any, app: Any) -> list[Any]:
    ada, bob, eve = (
        testing.WebsocketCommunicator(app, f"/{name}")
        for name in ("ada", "bob", "eve")
    )
    heard: list[Any] = [await client.connect() for client in (ada, bob, eve)]
    await ada.send_to(text_data="tea milk")
    # Between two senders there is no order.
    offers = [await ada.receive_from() for _ in range(4)]
    heard += [[o for o in offers if name in o] for name in ("bob", "eve")]
    for client in (ada, bob, eve):
        await client.disconnect()
    return heard


async def rooms(testing: Any, app: Any) -> list[Any]:
    client = testing.WebsocketCommunicator(app, "/")
    client.scope["url_route"] = {"kwargs": {"name": "kitchen"}}
    heard = [await client.connect(), await client.receive_from()]
    await client.disconnect()
    return heard


async def club(testing: Any, app: Any) -> list[Any]:
    ada, eve = (testing.WebsocketCommunicator(app, "/") for _ in "ae")
    ada.scope |= await scope_of(testing, "ada")
    eve.scope |= await scope_of(testing, None)
    heard: list[Any] = []
    for client in (ada, eve):
        heard.append(await client.connect())
        await client.send_to(text_data="hello")
        heard.append(await client.receive_from())
    Backend.users.clear()
    await ada.send_to(text_data="still here?")
    heard.append(await ada.receive_from())
    for client in (ada, eve):
        await client.disconnect()
    return heard


async def door(testing: Any, app: Any) -> list[Any]:
    came = await scope_of(testing, None)
    known = {"ada": (await scope_of(testing, "ada"))["user"]}
    app.consumer_class.handle.__globals__["USERS"] = known
    heard = []
    for body in (b"ada", b""):
        visit = testing.HttpCommunicator(app, "POST", "/", body)
        visit.scope |= came
        answer = await visit.get_response()
        heard.append((answer["status"], str(visit.scope["user"])))
    return heard


async def scope_of(testing: Any, name: str | None) -> dict[str, Any]:
    package = testing.__name__.partition(".")[0]
    return await who_is_there(package, name)


@pytest.fixture(autouse=True)
def users() -> Iterator[None]:
    """Have both libraries know the same users, those of Django."""
    with same_users():
        yield


async def party(testing: Any, app: Any) -> list[Any]:
    guests = [
        testing.WebsocketCommunicator(app, path) for path in ("/bob", "/ada")
    ]
    heard: list[Any] = [await guest.connect() for guest in guests]
    heard.append(await guests[1].receive_from())
    for guest in guests:
        await guest.disconnect()
    return heard


async def mistyped(testing: Any, app: Any) -> list[Any]:
    client = testing.WebsocketCommunicator(app, "/")
    heard: list[Any] = [await client.connect()]
    await client.send_to(text_data="hi")
    try:
        await client.receive_from()
    except ValueError:
        heard.append("an error")
    return heard


async def adding(testing: Any, app: Any) -> list[Any]:
    client = testing.WebsocketCommunicator(app, "/")
    heard: list[Any] = [await client.connect()]
    for text in ("7", "-2", "5"):
        await client.send_to(text_data=text)
        heard.append(await client.receive_from())
    await client.disconnect()
    return heard


async def page(testing: Any, app: Any) -> list[Any]:
    client = testing.HttpCommunicator(app, "GET", "/")
    answer = await client.get_response()
    headers = [(sent(key).lower(), sent(v)) for key, v in answer["headers"]]
    return [answer["status"], headers, answer["body"]]


def sent(part: Any) -> str:
    """Return what stands in a header: str or bytes, an intended difference."""
    return part if isinstance(part, str) else part.decode()


async def brewing(testing: Any, app: Any) -> list[Any]:
    clients = [testing.WebsocketCommunicator(app, "/") for _ in "ab"]
    heard = [await client.connect() for client in clients]
    for client in clients:
        await client.send_to(text_data="tea")
    heard += [await client.receive_from(timeout=3) for client in clients]
    for client in clients:
        await client.disconnect()
    return heard


async def ordering(testing: Any, app: Any) -> list[Any]:
    package = testing.__name__.partition(".")[0]
    layer = importlib.import_module(f"{package}.layers").get_channel_layer()
    client = testing.WebsocketCommunicator(app, "/")
    heard = [await client.connect()]
    await client.send_to(text_data="soup")
    order = await layer.receive("kitchen")
    reply = {"type": "dish.ready", "dish": order["dish"]}
    await layer.group_send("tables", reply)
    heard += [order, await client.receive_from(timeout=3)]
    await client.disconnect()
    return heard


async def board(testing: Any, app: Any) -> list[Any]:
    client = testing.WebsocketCommunicator(app, "/ada")
    heard = [await client.connect(), await client.receive_json_from()]
    await client.send_json_to({"done": "1.1"})
    heard.append(await client.receive_json_from())
    await client.disconnect()
    return heard


async def leaver(testing: Any, app: Any) -> list[Any]:
    client = testing.WebsocketCommunicator(app, "/ada")
    heard = [await client.connect()]
    await client.send_to(text_data="<nonsense>")
    try:
        heard.append(await client.receive_output())
    except ValueError:
        heard.append("an error")
    return heard


async def chatting(testing: Any, app: Any) -> list[Any]:
    clients = [testing.WebsocketCommunicator(app, "/") for _ in "ab"]
    heard: list[Any] = [await client.connect() for client in clients]
    for client, text in zip(clients, ("hi", "ho"), strict=True):
        await client.send_to(text_data=text)
        heard += [await each.receive_from() for each in clients]
    for client in clients:
        await client.disconnect()
    return heard


async def shouting(testing: Any, app: Any) -> list[Any]:
    package = testing.__name__.partition(".")[0]
    layer = importlib.import_module(f"{package}.layers").get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("chat", channel)
    scope = {"type": "channel", "channel": "shouting"}
    worker = testing.ApplicationCommunicator(app, scope)
    await worker.send_input({"type": "text.shout", "text": "tea"})
    heard = [await layer.receive(channel)]
    worker.stop()
    await layer.group_discard("chat", channel)
    return heard


async def visited(testing: Any, app: Any) -> list[Any]:
    ada, bob = (testing.WebsocketCommunicator(app, "/") for _ in "ab")
    heard: list[Any] = [await client.connect() for client in (ada, bob)]
    await ada.send_to(text_data="tea")
    heard += [await bob.receive_from(), await ada.receive_nothing()]
    for client in (ada, bob):
        await client.disconnect()
    return heard


def beyond(kind: str, *answered: dict[str, Any], told: bool = True) -> Play:
    """Return a story of a scope beyond the web, as its server tells it.

    Args:
        kind: its type.
        answered: events after which something is sent; the first is what
            begins it, if that is answered.
        told: whether the lobby is told of the last one instead.
    """

    async def play(testing: Any, app: Any) -> list[Any]:
        package = testing.__name__.partition(".")[0]
        layer = importlib.import_module(f"{package}.layers").get_channel_layer()
        listener = await layer.new_channel()
        await layer.group_add("lobby", listener)
        client = testing.ApplicationCommunicator(
            app, {"type": kind, "peer": "eve"}
        )
        *first, last = answered
        heard = []
        if not (first and first[0]["type"].endswith(".connect")):
            await client.send_input({"type": f"{kind}.connect"})
        for event in first:
            await client.send_input(event)
            heard.append(await client.receive_output())
        await client.send_input(last)
        if told:
            heard.append((await layer.receive(listener))["text"])
            tea = {"type": "lobby.said", "text": "tea", "by": "ada"}
            await layer.group_send("lobby", tea)
        heard.append(await client.receive_output(timeout=3))
        await client.send_input({"type": f"{kind}.disconnect", "reason": ""})
        await client.wait()
        await layer.group_discard("lobby", listener)
        return heard

    return play


SAID = {"type": "chat.received_message", "text": "hi", "room": None}
READ = {"type": "mqtt.receive", "topic": "home/a", "payload": b"21"}
HEARD = {"type": "aprs.receive_message", "text": "hi", "number": "1"}

STORIES: dict[str, Play] = {
    "00 Twice": clumsy,
    "00 EchoConsumer": echo,
    "00 HelloPage": page,
    "00 SlowConsumer": slow,
    "03 ShoutConsumer": echo,
    "04 ChatConsumer": welcome,
    "04 Counter": counting,
    "04 Handlers": unheard,
    "04 Methods": unheard,
    "04 NewsConsumer": news,
    "04 ShopConsumer": counting,
    "05 Club": club,
    "05 Door": door,
    "05 Front": page,
    "05 Garden": rooms,
    "05 Room": rooms,
    "06 PostConsumer": post,
    "07 ChatConsumer": chat,
    "07 ChatPage": page,
    "08 Market": market,
    "08 News": numbers,
    "09 Awaits": brewing,
    "09 Blocks": brewing,
    "09 Plain": brewing,
    "09 Table": ordering,
    "10 Chat": chatting,
    "10 Shouter": shouting,
    "11 Chat": mistyped,
    "11 Party": party,
    "11 Slow": echo,
    "11 Total": adding,
    "11 Twice": echo,
    "12 Board": board,
    "12 Leaver": leaver,
    "14 ChatVisitor": beyond("chat", SAID),
    "14 FrontPage": page,
    "14 Greeter": beyond("chat", SAID, told=False),
    "14 PageVisitor": visited,
    "14 SensorVisitor": beyond("mqtt", {"type": "mqtt.connect"}, READ),
    "14 StationVisitor": beyond("aprs", HEARD),
}

# What is given to as_asgi(), afresh each time.
GIVEN: dict[str, Callable[[], dict[str, Any]]] = {
    "12 Board": lambda: {"room": Room()}
}

# Made to show an error of ours: text of the wrong type, in the README's table.
DIFFERENT = {"00 Twice"}

# What others derive from, and no server calls; and what asks a database, which
# only the project has that lesson 13 itself plays on Channels.
APART = {"LobbyConsumer", "Count"}

specimens = [
    pytest.param(code, f"{name(lesson)[:2]} {consumer}")
    for lesson in STUDENTS
    for consumer, code in classes(lesson, "Consumer").items()
    if consumer not in APART
]


@pytest.mark.parametrize(
    ("code", "consumer"), specimens, ids=[str(s.values[1]) for s in specimens]
)
async def test_consumer_of_a_lesson_runs_on_channels_with_its_import_changed(
    code: str, consumer: str
) -> None:
    play, class_name = STORIES[consumer], consumer.partition(" ")[2]
    heard = []
    for package in ("minichannels", "channels"):
        defined: dict[str, Any] = {}
        exec(code.replace("minichannels", package), defined)
        testing = importlib.import_module(f"{package}.testing")
        given = GIVEN.get(consumer, dict)()
        app = defined[class_name].as_asgi(**given)
        heard.append(await play(testing, app))
        modules = [base.__module__ for base in defined[class_name].__mro__]
        assert any(module.startswith(package) for module in modules[1:])

    ours, theirs = heard
    assert (ours != theirs) == (consumer in DIFFERENT)


middlewares = [
    pytest.param(code, middleware, id=f"{name(lesson)[:2]} {middleware}")
    for lesson in STUDENTS
    for middleware, code in classes(lesson, "Middleware").items()
]


@pytest.mark.parametrize(("code", "middleware"), middlewares)
async def test_middleware_of_a_lesson_runs_on_channels_with_its_import_changed(
    code: str, middleware: str
) -> None:
    ours, theirs = [
        await scope_inside(code.replace("minichannels", package), middleware)
        for package in ("minichannels", "channels")
    ]

    assert ours == theirs
    assert set(ours) > {"type", "headers"}


async def scope_inside(code: str, middleware: str) -> dict[str, Any]:
    """Return the scope that is found inside of a middleware."""
    seen: list[dict[str, Any]] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(scope))

    defined: dict[str, Any] = {}
    exec(code, defined)
    headers = [(b"cookie", b"a=b; session=k7Qa")]
    scope = {"type": "websocket", "headers": headers}
    await defined[middleware](inner)(scope, None, None)
    return seen[0]
