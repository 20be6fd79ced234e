"""What the source says of itself is true: no name in prose that code lacks."""

import ast
import functools
import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from support.prose import stale
from support.rooms import doors, idea, modules, short

FILES = modules()

# Names of others, and of examples, which no code of ours has to write.
FOREIGN = {
    "ALLOWED_HOSTS",
    "ASGI_APPLICATION",
    "CHANNEL_LAYERS",
    "CONN_MAX_AGE",
    "Chat",
    "Cookie",
    "Host",
    "INSTALLED_APPS",
    "TestCase",
    "Origin",
    "SECRET_KEY_FALLBACKS",
    "sync_to_async",
}


@functools.cache  # they are looked at twice
def tokens(source: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(source).readline))


@functools.cache
def texts(source: str) -> list[tuple[str, bool]]:
    """Return what the strings and comments say, and whether it is prose."""
    nodes = list(ast.walk(ast.parse(source)))
    prose = {node.value for node in nodes if isinstance(node, ast.Expr)}
    found = [
        (node.value, node in prose)
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    comments = (t for t in tokens(source) if t.type == tokenize.COMMENT)
    return found + [(comment.string, True) for comment in comments]


def words(source: str) -> Iterator[str]:
    """Yield the words of code: its names, and those in strings."""
    for token in tokens(source):
        if token.type == tokenize.NAME:
            yield token.string
    for text, is_prose in texts(source):
        if not is_prose:
            yield from re.findall(r"\w+", text)


def sources() -> dict[str, str]:
    return {
        short(name): path.read_text(encoding="utf-8")
        for name, path in FILES.items()
    }


def test_prose_names_what_there_is() -> None:
    read = sources()
    known = {word for source in read.values() for word in words(source)}
    known |= {part for name in FILES for part in name.split(".")}

    found = {
        f"{name}: {word}"
        for name, source in read.items()
        for text, is_prose in texts(source)
        if is_prose
        for word in stale(text, known | FOREIGN)
    }

    assert found == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("``Reel`` and :class:`Mail`", ["Reel", "Mail"]),
        ("see ``flow.lineup`` and ``lab.wires``", ["flow.lineup", "lab.wires"]),
        ("``_put(x)`` of ``Chat.no_more``", ["_put", "Chat.no_more"]),
        ("``layers.memory.Nothing``", ["layers.memory.Nothing"]),
        ("``flow.why(3)``, ``layers.memory``, ``asyncio.Queue``", []),
        ("``layers.base.BaseChannelLayer``, `Chat`, ``{'Reel': 1}``", []),
        ("``websocket.send``, ``path``", []),
    ],
)
def test_stale_finds_names_that_nothing_bears(
    text: str, found: list[str]
) -> None:
    assert stale(text, {"Chat"}) == found


def test_words_are_those_of_code_alone() -> None:
    source = '"""Reel."""\nname = "channel_send"  # Mail\n'

    assert set(words(source)) == {"name", "channel_send"}


def test_modules_say_their_one_idea_in_one_line() -> None:
    ideas = {name: idea(path) for name, path in FILES.items()}

    assert len(set(ideas.values())) == len(ideas)
    assert all(line.endswith((".", "?")) for line in ideas.values())
    assert max(len(ideas[room]) for room in doors(FILES)) <= 74
