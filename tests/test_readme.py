"""What the README shows works as it stands there."""

import ast
import contextlib
import importlib
import inspect
import io
import re
import tokenize
from collections.abc import AsyncIterator
from typing import Any

import pytest

from minichannels import lab
from minichannels.flow import Flow
from minichannels.lab.building.unshown import is_optional
from minichannels.lab.serving.serve import stop_all
from minichannels.lab.serving.server import Server
from minichannels.layers import channel_layers
from support import ROOT, django_settings, picture
from support.rooms import modules, short

README = (ROOT / "README.md").read_text(encoding="utf-8")
# Those that name a file are for a Django project: see tests/contrib/django.
EXAMPLES = re.findall(r"```python\n(?!# mysite/)(.*?)```", README, re.DOTALL)


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
        "The same 12 events in the same order.",
        "the client is gone",
        "rain",
        "a thumbnail of cat.jpg",
        "visit 1 visit 2",
        "ada: hi",
        "4401",
        '"ada: hello"',
        "",
    ]
    flow = names["server"].flow
    assert [event.target for event in flow if event.type == "websocket.send"]
    assert "group_send chat_lobby" in repr(flow)
    await names["bob"].close()
    await names["ada"].close()
    await names["again"].close()
    names["working"].cancel()


def calls_in_table(heading: str) -> list[tuple[str, str]]:
    """Return what the first column of a section's table calls."""
    table = README.split(f"### {heading}")[1].split("###")[0]
    rows = [line.split("|")[1] for line in table.split("\n") if "|" in line]
    return re.findall(r"`(?:await )?(\w+)(?:\.(\w+))?", "".join(rows))


def test_lab_table_names_what_there_is() -> None:
    calls = calls_in_table("The lab")

    missing = [
        f"{owner}.{name}" if name else owner
        for owner, name in calls
        if not hasattr(Server if name else lab, name or owner)
        and (owner, name) != ("server", "flow")
    ]

    assert calls
    assert missing == []


def test_flow_table_names_what_there_is() -> None:
    names = {name for owner, name in calls_in_table("Message flow") if name}

    assert names == {name for name in vars(Flow) if name in names}
    assert {"lanes", "live", "why", "diff", "save"} <= names


def test_what_is_beyond_the_web_names_each_event_and_what_others_call_it() -> (
    None
):
    section = README.split("### Beyond the web")[1].split("\n### ")[0]
    events = {
        event
        for name in ("mqtt.client", "bot", "radio.station")
        for event in re.findall(
            r"\b(?:mqtt|chat|aprs|ax25)\.[a-z_]{3,}\b",
            importlib.import_module(f"minichannels.protocols.{name}").__doc__
            or "",
        )
    }

    assert {"mqtt.subscribe", "chat.close", "aprs.ack", "ax25.send"} <= events
    assert [event for event in sorted(events) if event not in section] == []
    # Those of mqttasgi.
    for theirs in ("mqtt.msg", "mqtt.pub", "mqtt.sub", "mqtt.usub"):
        assert f"`{theirs}`" in section
    assert "Whoever transmits needs a licence" in section


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


def core() -> dict[str, str]:
    """Return the source of what the README says one learns from."""
    table = README.split("## What to read")[1].split("\n## ")[0]
    rooms = set(re.findall(r"`(\w+)`", table.split("Around it")[0]))
    return {
        name: path.read_text(encoding="utf-8")
        for name, path in modules().items()
        if short(name).partition(".")[0] in rooms
        and not is_optional(short(name))
    }


def test_what_to_read_is_all_that_is_not_the_kit() -> None:
    kit = {
        "minichannels",
        "_asgi",
        "_bridge",
        "_masking",
        "__main__",
        "apps",
        "cli",
        "contrib",
        "flow",
        "lab",
        "management",
        "protocols",
    }
    tops = {short(name).partition(".")[0] for name in modules()}

    assert {short(name).partition(".")[0] for name in core()} == tops - kit


def test_size_of_what_to_read_is_as_it_says() -> None:
    said = re.search(r"about ([\d,]+) lines, half of them code", README)
    assert said is not None
    source = "\n".join(core().values())
    lines = source.splitlines()

    code = {
        token.start[0]
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER)
    }

    assert abs(len(lines) - int(said[1].replace(",", ""))) <= 150
    assert 0.4 <= len(code) / len(lines) <= 0.6


async def test_picture_is_what_the_library_draws() -> None:
    django_settings.set_up()
    drawn = await picture.draw()

    assert picture.PICTURE.read_text(encoding="utf-8") == drawn
