"""What the README says to type for each framework, typed.

Each application has a page and a chat, as its framework's documentation makes
them, and does not know that it is recorded.
"""

import re
import shutil
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from minichannels.flow import Flow
from support import ROOT
from support.programs import command
from support.servers import LIMIT, next_frame

README = (ROOT / "README.md").read_text(encoding="utf-8")
RECIPES: dict[str, str] = dict(
    re.findall(
        r"^\| ([\w ]+) \|.*\| `python -m (\S+ record .*?)`", README, re.M
    )
)
APPLICATIONS = Path(__file__).with_name("recipes")
# Who sends to the clients, and whether that answers what was said.
KNOWN = {
    "Django Channels": ({"Chat"}, {False}),  # they answer the group's message
    "FastAPI": ({"chat"}, {True}),
    "Starlette": ({"chat"}, {True}),
    "Litestar": ({"chat"}, {False}),
    "Quart": ({"chat"}, {False}),
}


def set_up(framework: str, folder: Path) -> list[str]:
    """Put an application where its recipe looks for it; return the words."""
    words = RECIPES[framework].split()[1:]
    module = words[1].partition(":")[0].replace(".", "/")
    file = f"with_{framework.lower().replace(' ', '_')}.py"
    (folder / module).parent.mkdir(exist_ok=True)
    shutil.copy(APPLICATIONS / file, folder / f"{module}.py")
    return words


async def use(address: str) -> list[object]:
    """Ask for the page and talk in the chat; return what was heard."""
    socket = address.replace("http", "ws", 1) + "chat/lobby"
    async with httpx.AsyncClient(trust_env=False, timeout=LIMIT) as client:
        page = await client.get(f"{address}hello/ada")
    async with (
        connect(socket, proxy=None) as ada,
        connect(socket, proxy=None) as bob,
    ):
        await ada.send("hi")
        return [page.json(), await next_frame(ada), await next_frame(bob)]


@pytest.mark.parametrize("framework", RECIPES)
async def test_recipe(framework: str, tmp_path: Path) -> None:
    words = set_up(framework, tmp_path)
    options = ["--port=0", "--save=flow.jsonl"]

    with command(*words, *options, folder=tmp_path) as program:
        heard = await use(program.page().removesuffix(".flow/"))
        program.interrupt()
        status, said = program.wait()

    assert heard == [{"hello": "ada"}, "hi", "hi"]
    assert status == 0, said
    flow = Flow.merge(tmp_path / "flow.jsonl")
    assert [e for e in flow if e.is_lost] == []
    (asked,) = [e for e in flow if e.type == "websocket.receive"]
    sends = [e for e in flow if e.type == "websocket.send"]
    assert [e.payload["text"] for e in sends] == ["hi", "hi"]
    named = {e.application.partition("#")[0] for e in sends}
    answers = {e.cause == asked.seq for e in sends}
    assert (named, answers) == KNOWN[framework]


def test_readme_has_a_recipe_for_each() -> None:
    assert RECIPES.keys() == KNOWN.keys()
