"""The consumers of the lessons, on Channels itself.

Nothing but the name of the package is changed in their code: a story is then
played to both, and has to be heard the same. Which other lines a class needs,
its imports and constants, is found out from the names that it uses.
"""

import ast
import importlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from support.notebooks import LESSONS, name

Play = Callable[[Any, Any], Awaitable[list[Any]]]


def statements(lesson: Path) -> Iterator[ast.stmt]:
    """Give the statements of a lesson's code cells."""
    notebook = nbformat.read(lesson, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            module = compile(
                cell.source,
                name(lesson),
                "exec",
                ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
            )
            yield from module.body


def consumers(lesson: Path) -> dict[str, str]:
    """Map each consumer of a lesson to its code, with what it needs."""
    found = {}
    before: list[ast.stmt] = []
    for node in statements(lesson):
        if isinstance(node, ast.ClassDef) and is_consumer(node):
            used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            needs = [ast.unparse(b) for b in before if used & bound_by(b)]
            found[node.name] = "\n".join([*needs, ast.unparse(node)])
        elif isinstance(node, ast.Import | ast.ImportFrom | ast.Assign):
            before.append(node)
    return found


def is_consumer(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith("Consumer") for base in node.bases)


def bound_by(node: ast.stmt) -> set[str]:
    """Name what an import or an assignment defines."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    stored = (n for n in ast.walk(node) if isinstance(n, ast.Name))
    return {n.id for n in stored if isinstance(n.ctx, ast.Store)}


# The stories


async def echo(testing: Any, app: Any) -> list[Any]:
    client = testing.WebsocketCommunicator(app, "/")
    heard = [await client.connect()]
    await client.send_to(text_data="hi")
    heard.append(await client.receive_from())
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


async def page(testing: Any, app: Any) -> list[Any]:
    client = testing.HttpCommunicator(app, "GET", "/")
    answer = await client.get_response()
    headers = [(sent(key).lower(), sent(v)) for key, v in answer["headers"]]
    return [answer["status"], headers, answer["body"]]


def sent(part: Any) -> str:
    """Return what stands in a header: str or bytes, an intended difference."""
    return part if isinstance(part, str) else part.decode()


STORIES: dict[str, Play] = {
    "AsyncChatConsumer": chat,
    "ChatConsumer": chat,
    "ChatPage": page,
    "ClumsyConsumer": clumsy,
    "EchoConsumer": echo,
    "HelloPage": page,
}

# Made to show an error of ours: text of the wrong type, in the README's table.
DIFFERENT = {"ClumsyConsumer"}

specimens = [
    pytest.param(code, consumer, id=f"{name(lesson)} {consumer}")
    for lesson in LESSONS
    for consumer, code in consumers(lesson).items()
]


@pytest.mark.parametrize(("code", "consumer"), specimens)
async def test_consumer_of_a_lesson_runs_on_channels_with_its_import_changed(
    code: str, consumer: str
) -> None:
    play = STORIES[consumer]
    heard = []
    for package in ("minichannels", "channels"):
        defined: dict[str, Any] = {}
        exec(code.replace("minichannels", package), defined)
        testing = importlib.import_module(f"{package}.testing")
        heard.append(await play(testing, defined[consumer].as_asgi()))
        assert defined[consumer].__mro__[1].__module__.startswith(package)

    ours, theirs = heard
    assert (ours != theirs) == (consumer in DIFFERENT)
