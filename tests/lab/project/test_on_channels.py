"""A project here and on Django Channels, side by side."""

from typing import Any

import pytest

from minichannels.flow import Flow
from minichannels.lab import serve
from minichannels.lab.project import Project, beside_channels, on_channels
from support.exercises import define

ASGI = """
import os
from django.core.asgi import get_asgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
pages = get_asgi_application()
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.routing import ProtocolTypeRouter

class Parrot(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        await self.send(text_data=text_data + {!r})

sockets = Parrot.as_asgi()
application = ProtocolTypeRouter({{"http": pages, "websocket": sockets}})
"""
STORY = """
import json

async def said(server, words):
    ada = await server.connect("/", "ada")
    await ada.send(json.dumps(words))
    await ada.recv()
    await ada.close()

async def story(server):
    await said(server, "hi")
    await server.get("/")
"""
PAGE = """
async def pages(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"other words"})
"""


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    return define(STORY, given=PAGE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("site"))


async def flow_of(names: dict[str, Any]) -> Flow:
    """Play the story to the same consumer, in this process."""
    code = ASGI.format("").partition("pages = get_asgi_application()")[2]
    application = define(code, given=PAGE)["application"]
    server = serve(application, "here")
    try:
        await names["story"](server)
        await server.settle()
        return Flow.from_json(server.flow.to_json())
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("added", "words"),
    [
        ("", "The same "),
        ("!", 'Parrot#1 ada websocket.send ""hi"!"'),
    ],
)
async def test_flows_are_shown_side_by_side(
    site: Project, names: dict[str, Any], added: str, words: str
) -> None:
    site.write("mysite/asgi.py", ASGI.format(added))
    flow = await flow_of(names)

    played = beside_channels(flow, site, names["story"], names["said"])

    assert repr(played).startswith(
        "this: minichannels, other: Django Channels. The "
    )
    assert words in repr(played)
    assert bool(played.diff) is bool(added)


def test_last_words_of_a_program_that_fails_are_told(
    site: Project, names: dict[str, Any]
) -> None:
    site.write("mysite/asgi.py", "raise KeyError('oh')\n")

    played = beside_channels(Flow([]), site, names["story"])

    assert repr(played) == "The program failed: KeyError: 'oh'"
    assert played.diff is None


def test_program_that_takes_too_long_is_told(
    site: Project, names: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_channels, "LIMIT", 0.01)

    played = beside_channels(Flow([]), site, names["story"])

    assert "timed out after 0.01 seconds" in repr(played)


def test_missing_channels_are_told(
    names: dict[str, Any], monkeypatch: pytest.MonkeyPatch, site: Project
) -> None:
    monkeypatch.setattr(on_channels, "find_spec", lambda name: None)

    played = beside_channels(Flow([]), site, names["story"])

    assert '"minichannels[channels]"' in repr(played)


def test_program_has_what_the_notebook_has(names: dict[str, Any]) -> None:
    text = on_channels.program(names["story"], names["said"])

    assert text.startswith("import json as json\n")
    assert text.index("def said") < text.index("def story")
    assert "await story(server)" in text
