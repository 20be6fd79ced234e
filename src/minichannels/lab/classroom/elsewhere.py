"""The same classes on Django Channels, in a process of its own.

How it works: what defines the classes, as the notebook's cells have it, is
written into a program, with the imports that it needs. A short story is played
to it by the communicators of a package, and what the pages were told is
printed. Then once more, with ``channels`` in the imports: how many messages
are to come is known by then, so that no haste of a machine looks like a loss.
"""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from inspect import isfunction
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from minichannels.lab.classroom.room import Room
from minichannels.lab.notebook.source import show_source

LIMIT = 60.0
"""So many seconds a program may take."""

Told = Sequence[Mapping[str, list[Any]]]
"""What each page was told, after each step of the story."""

SETTINGS = """\
import django
from django.conf import settings
BACKEND = "channels.layers.InMemoryChannelLayer"
settings.configure(CHANNEL_LAYERS={"default": {"BACKEND": BACKEND}})
django.setup()
"""
"""What Django Channels needs that this library does not."""

_PLAY = """\
import asyncio
import json
from minichannels.testing import WebsocketCommunicator

STORY = [
    ("ada", {"after": 0}),
    ("ada", {"say": "hi"}),
    ("bob", {"after": 0}),
    ("bob", {"done": "2.1"}),
    ("ada", {"done": "2.1"}),
    ("bob", {"say": "tea?"}),
    ("eve", {"after": 1}),
    ("bob", None),
    ("ada", {"say": "bye"}),
]

async def told(page, count):
    heard = []
    for _ in range(count):  # what is known to come, however long it takes
        try:
            heard.append(await page.receive_json_from(timeout=10))
        except asyncio.TimeoutError:
            return heard
    for _ in range(200):  # and whatever else comes
        await asyncio.sleep(0)
    while not await page.receive_nothing(timeout=0.02):
        heard.append(await page.receive_json_from())
    return heard

async def play(known):
    app = CLASSROOM.as_asgi(room=Room())
    pages, steps = {}, []
    for number, (name, content) in enumerate(STORY):
        if name not in pages:
            page = pages[name] = WebsocketCommunicator(app, "/" + name)
            await page.connect()
        if content is None:
            await pages.pop(name).disconnect()
        else:
            await pages[name].send_json_to(content)
        counts = known[number] if known else {}
        steps.append(
            {
                each: await told(page, counts.get(each, 0))
                for each, page in pages.items()
            }
        )
    for page in pages.values():
        await page.disconnect()
    print(json.dumps(steps))

asyncio.run(play(KNOWN))
"""


@dataclass(frozen=True)
class Comparison:
    """What came of the two programs; the last line of a cell shows it.

    Attributes:
        same: whether the pages were told the same.
        words: what there is to say.
    """

    same: bool
    words: str

    def __repr__(self) -> str:
        return self.words


def on_channels(*classes: type[Any]) -> Comparison:
    """Play a story to classes, on this library and on Django Channels.

    Args:
        classes: what the notebook defines, in order; the last is the
            classroom.
    """
    missing = [name for name in ("channels", "daphne") if not find_spec(name)]
    if missing:
        return Comparison(
            same=False,
            words=f"Django Channels is not installed here ({missing[0]} is"
            ' missing). Run pip install "minichannels[channels]", restart the'
            " kernel, and run this cell again.",
        )
    code = program(*classes)
    try:
        ours = _told_by("KNOWN = []\n" + code)
        counts = [{n: len(it) for n, it in step.items()} for step in ours]
        known = f"KNOWN = {counts}\n"
        there = code.replace("minichannels", "channels")
        return compared(ours, _told_by(known + SETTINGS + there))
    except (subprocess.SubprocessError, ValueError) as error:
        return Comparison(same=False, words=str(error))


def program(*classes: type[Any]) -> str:
    """Return a program that defines classes and plays the story to them."""
    imports, *sources = as_module(classes)
    parts = [
        imports,
        "from dataclasses import dataclass, field\nfrom typing import Any",
        show_source(Room).text,
        *sources,
        f"CLASSROOM = {classes[-1].__name__}",
        _PLAY,
    ]
    return "\n\n".join(parts)


def as_module(parts: Sequence[Any]) -> list[str]:
    """Return what a module of classes and functions of a notebook consists of.

    Args:
        parts: the classes and functions; they may need each other.

    Returns:
        The imports that they need, and the source of each.
    """
    sources = [show_source(each).text for each in parts]
    own = {each.__name__ for each in parts}
    lines = dict.fromkeys(
        line
        for each, source in zip(parts, sources, strict=True)
        for line in _imports_of(each, source, own)
    )
    return ["\n".join(lines), *sources]


def _imports_of(each: Any, source: str, own: set[str]) -> Iterator[str]:
    parts = [each, *vars(each).values()]
    known = next(filter(isfunction, parts)).__globals__
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Name) or node.id in own:
            continue
        value = known.get(node.id)
        if isinstance(value, ModuleType):
            yield f"import {value.__name__} as {node.id}"
        elif (
            isinstance(value, type) or isfunction(value)
        ) and value.__module__ != each.__module__:
            yield f"from {value.__module__} import {value.__name__}"


def _told_by(code: str) -> Told:
    """Run a program; return what it printed.

    Raises:
        SubprocessError: it takes too long.
        ValueError: it failed; says its last words.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "classroom.py"
        file.write_text(code, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(file)],
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT,
        )
    if done.returncode:
        raise ValueError(f"The program failed: {done.stderr.splitlines()[-1]}")
    told: Told = json.loads(done.stdout.splitlines()[-1])
    return told


def compared(ours: Told, theirs: Told) -> Comparison:
    """Say whether two programs told the pages the same."""
    told, there = _by_page(ours), _by_page(theirs)
    for name in told:
        if told[name] != there[name]:
            return Comparison(
                same=False,
                words=f"{name} was told {json.dumps(told[name])} here, and"
                f" {json.dumps(there[name])} on Django Channels.",
            )
    counts = [f"{name} {len(heard)}" for name, heard in told.items()]
    return Comparison(
        same=True,
        words="On Django Channels each page was told the same, in the same"
        f" order. Messages: {', '.join(counts)}.",
    )


def _by_page(steps: Told) -> Mapping[str, list[Any]]:
    pages: dict[str, list[Any]] = {}
    for step in steps:
        for name, heard in step.items():
            pages.setdefault(name, []).extend(heard)
    return pages
