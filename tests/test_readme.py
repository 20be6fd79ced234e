"""What the README shows works as it stands there."""

import ast
import contextlib
import importlib
import inspect
import io
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from minichannels import lab
from minichannels.lab.registry import stop_all
from minichannels.lab.server import Server
from minichannels.layers import channel_layers
from support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture
async def bench() -> AsyncIterator[None]:
    channel_layers.configure(None)
    yield
    stop_all()
    channel_layers.configure(None)


async def run(example: str, names: dict[str, Any]) -> None:
    """Run a cell, with top-level await as a kernel has it."""
    code = compile(
        example, "README", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    )
    result = eval(code, names)
    if inspect.isawaitable(result):
        await result


async def test_all_examples_run_one_after_the_other(bench: None) -> None:
    names: dict[str, Any] = {}
    shown = io.StringIO()

    with contextlib.redirect_stdout(shown):
        for example in EXAMPLES:
            await run(example, names)

    assert shown.getvalue().split("\n") == [
        "hi",
        "the client is gone",
        "rain",
        "a thumbnail of cat.jpg",
        "",
    ]
    flow = names["server"].flow
    assert [event.target for event in flow if event.type == "websocket.send"]
    assert "group_send chat_lobby" in repr(flow)
    await names["bob"].close()
    await names["ada"].close()
    names["working"].cancel()


def test_lab_table_names_what_there_is() -> None:
    table = README.split("### The lab")[1].split("###")[0]
    rows = [line.split("|")[1] for line in table.split("\n") if "|" in line]
    calls = re.findall(r"`(?:await )?(\w+)(?:\.(\w+))?", "".join(rows))

    missing = [
        f"{owner}.{name}" if name else owner
        for owner, name in calls
        if not hasattr(Server if name else lab, name or owner)
        and (owner, name) != ("server", "flow")
    ]

    assert calls
    assert missing == []


def test_modules_that_are_named_exist() -> None:
    modules = set(re.findall(r"`(minichannels(?:\.\w+)+)`", README))

    for module in modules:
        parent, _, name = module.rpartition(".")
        owner = importlib.import_module(parent)
        if not hasattr(owner, name):
            importlib.import_module(module)

    assert "minichannels.routing" in modules


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)

    assert [path for path in targets if not (ROOT / path).exists()] == []
    assert targets
