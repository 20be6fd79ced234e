import base64
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from minichannels.flow import Flow, Journal, Recorder
from minichannels.flow.drawings import DRAWINGS
from minichannels.flow.text.html import table
from minichannels.flow.web import app
from minichannels.flow.web.app import POLICY, UNMASKED, FlowPage, PageOptions
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import Receive, Scope, Send
from support.journals import Talk
from support.story import GOLDEN

HOST = (b"host", b"127.0.0.1:8000")
STORY = Flow.from_json((GOLDEN / "flow.json").read_text(encoding="utf-8"))
EVIL = "<script>alert(1)</script>\"'& ]]> \x00 \u202e \ud800"


class Echo(AsyncWebsocketConsumer):
    """Accept."""


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    start = {"type": "http.response.start", "status": 200, "headers": []}
    await send(start)
    await send({"type": "http.response.body", "body": b"hello"})


async def get(
    application: Any, path: str, *headers: tuple[bytes, bytes], method: str = ""
) -> tuple[int, str, dict[str, str]]:
    """Return the status, the body and the headers of an answer."""
    asking = HttpCommunicator(
        application, method or "GET", path, headers=headers or [HOST]
    )
    response = await asking.get_response(10)
    found = {k.decode(): v.decode() for k, v in response["headers"]}
    return response["status"], response["body"].decode(), found


async def test_page_has_all_drawings_and_the_table() -> None:
    status, text, headers = await get(FlowPage(STORY, "chat"), "/")

    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    pictures = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', text)
    assert [base64.b64decode(picture).decode() for picture in pictures] == [
        getattr(STORY, name)().svg for name in DRAWINGS if name != "threads"
    ]
    assert "No handler is known here." in text  # no file keeps it
    assert table(STORY.events, STORY.left_out, STORY.began) in text
    assert "<h1>Flow of chat</h1>" in text
    assert text.count('alt="Flow: ') == len(DRAWINGS) - 1
    lost = "26 dropped · 3 expired"
    assert re.search(rf">\d+ events · {lost}", text), text[:900]


async def test_page_runs_its_own_script_and_nothing_else() -> None:
    _, text, headers = await get(FlowPage(STORY, "chat"), "/")

    assert headers["content-security-policy"] == POLICY
    assert "'unsafe" not in POLICY.partition("style-src")[0]
    assert re.findall("<script[^>]*>[^<]*", text) == [
        '<script type="module" src="page.js">'
    ]
    assert not re.search(r"\son\w+=", text)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


async def test_page_escapes_what_people_wrote() -> None:
    async def evil(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await receive()

    recorder = Recorder(evil)
    client = WebsocketCommunicator(recorder, f"/{EVIL}")
    await client.connect()
    await client.send_to(text_data=EVIL)
    await client.wait()
    page = FlowPage(Flow(recorder.journal), EVIL)

    _, text, _ = await get(page, "/")

    assert "<script>" not in text
    assert "alert(1)" in text
    for control in "\x00\u202e":
        assert control not in text
    for name in ("flow.json", "flow.txt", "flow.har", "lanes.svg"):
        status, text, _ = await get(page, f"/{name}")
        assert status == 200
        assert "alert(1)" in re.sub(r"</?t(ext|span)[^>]*>\n?", "", text)


async def test_page_has_no_drawing_of_what_never_was() -> None:
    recorder = Recorder(hello)
    await get(recorder, "/")

    _, text, _ = await get(FlowPage(Flow(recorder.journal), "chat"), "/")

    assert re.findall('<h2 id="([a-z]*)"', text) == [
        "lanes",
        "threads",
        "table",
    ]
    assert text.count("<img") == 1
    assert "other applications do not tell when theirs run" in text


async def test_page_has_the_threads_of_consumers() -> None:
    recorder = Recorder(Echo.as_asgi())
    asking = WebsocketCommunicator(recorder, "/")
    assert (await asking.connect())[0]
    await asking.disconnect()

    _, text, _ = await get(FlowPage(Flow(recorder.journal), "echo"), "/")

    assert '<a href="threads.svg" download>' in text
    assert text.count("<img") == 2


async def test_page_before_anything_has_happened() -> None:
    status, text, _ = await get(FlowPage(Flow([]), "chat"), "/")

    assert status == 200
    assert "Nothing had happened when this was drawn" in text


async def test_page_says_what_is_left_out() -> None:
    flow = Flow(STORY.events, left_out=7)

    _, text, _ = await get(FlowPage(flow, "chat"), "/")

    assert "· 7 older ones left out" in text


async def test_page_of_much_opens_without_drawings_which_stand_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "MUCH", 2)
    talk = Talk()
    talk.journal = Journal(kept=10)
    page = FlowPage(Flow(talk.journal), "chat")
    lane = talk.journal.open_lane("ada", "app")
    talk.chatter(1, lane)
    assert "<img" in (await get(page, "/"))[1]
    talk.chatter(11, lane)

    _, text, _ = await get(page, "/")
    _, drawn, _ = await get(page, "/drawn")

    for shown in (text, drawn):
        assert "Flow of chat" in shown
        assert f"· {talk.journal.left_out} older ones left out</p>" in shown
        assert '<script type="module" src="page.js">' in shown
    assert f'<p id="totals">{len(talk.journal)} events · ' in text
    assert "<img" not in text
    assert "<table" not in text
    assert text.count('href="drawn"') == 2
    assert "<img" in drawn
    assert "<table" in drawn
    assert '<a href="drawn">Draw again</a>' in drawn


async def test_page_of_much_that_is_over_has_its_drawings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "MUCH", 2)

    _, text, _ = await get(FlowPage(STORY, "chat"), "/")

    assert "<img" in text


async def test_page_shows_the_flow_as_it_is_when_asked() -> None:
    recorder = Recorder(hello)
    page = FlowPage(Flow(recorder.journal), "chat", path="/.flow/")
    both = page.beside(recorder)

    before = (await get(both, "/.flow/flow.json"))[1]
    await get(both, "/greet/")
    after = (await get(both, "/.flow/flow.json"))[1]

    assert len(Flow.from_json(before)) == 0
    asked = [e.payload.get("path") for e in Flow.from_json(after)]
    assert asked == ["/greet/", None, None]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("flow.json", "application/json"),
        ("flow.txt", "text/plain"),
        ("lanes.svg", "image/svg+xml"),
        ("mailboxes.svg", "image/svg+xml"),
        ("topology.svg", "image/svg+xml"),
    ],
)
async def test_page_has_files_to_keep(name: str, kind: str) -> None:
    status, text, headers = await get(FlowPage(STORY, "chat"), f"/{name}")

    assert status == 200
    assert headers["content-type"] == f"{kind}; charset=utf-8"
    assert headers["content-length"] == str(len(text.encode()))
    disposition = f'attachment; filename="{name}"'
    assert headers["content-disposition"] == disposition
    if name.endswith(".svg"):
        assert ElementTree.fromstring(text).tag.endswith("svg")
    else:
        stored = (GOLDEN / name).read_text(encoding="utf-8")
        same = json.loads if name.endswith(".json") else str
        assert same(text) == same(stored)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("page.css", "text/css"),
        ("page.js", "text/javascript"),
        ("live.js", "text/javascript"),
    ],
)
async def test_page_has_files_of_its_own(name: str, kind: str) -> None:
    status, text, headers = await get(FlowPage(STORY, "chat"), f"/{name}")

    assert status == 200
    assert text
    assert headers["content-type"] == f"{kind}; charset=utf-8"
    assert "content-disposition" not in headers


async def test_page_reads_each_of_its_files_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "page.js"
    file.write_text("// as it was", encoding="utf-8")
    monkeypatch.setitem(app._FILES, "page.js", file)
    page = FlowPage(STORY, "chat")
    before = (await get(page, "/page.js"))[1]

    file.write_text("// of the next version", encoding="utf-8")

    assert (await get(page, "/page.js"))[1] == before == "// as it was"


@pytest.mark.parametrize(
    "path", ["/nothing", "/page.py", "/../page.py", "/figures.svg", "/a/lanes"]
)
async def test_page_has_nothing_else(path: str) -> None:
    status, text, _ = await get(FlowPage(STORY, "chat"), path)

    assert status == 404
    assert "no such page" in text


async def test_page_is_for_reading() -> None:
    status, _, _ = await get(FlowPage(STORY, "chat"), "/", method="POST")

    assert status == 405
    assert (await get(FlowPage(STORY, "chat"), "/", method="HEAD"))[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        [(b"host", b"evil.example")],
        [HOST, (b"origin", b"http://evil.example")],
    ],
)
@pytest.mark.parametrize("path", ["/", "/flow.json", "/page.js"])
async def test_page_is_not_for_others(
    path: str, headers: list[tuple[bytes, bytes]]
) -> None:
    status, text, _ = await get(FlowPage(STORY, "chat"), path, *headers)

    assert status == 403
    assert "This page is" in text
    assert "chat_lobby" not in text


async def test_beside_leaves_every_other_path_to_the_application() -> None:
    recorder = Recorder(hello)
    page = FlowPage(Flow(recorder.journal), "chat", path="/.flow/")
    both = page.beside(recorder)

    for path in ("/", "/.flowers/", "/.flo", "/x/.flow/"):
        host = (b"host", b"evil.example")  # whatever comes is not ours
        assert await get(both, path, host) == (200, "hello", {})

    assert len(Flow(recorder.journal)) == 12


async def test_beside_sends_a_path_without_its_slash_to_the_page() -> None:
    page = FlowPage(STORY, "chat", path="/.flow/")

    status, _, headers = await get(page.beside(hello), "/.flow")

    assert (status, headers["location"]) == (307, "/.flow/")


async def test_beside_leaves_the_lifespan_to_the_application() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    page = FlowPage(Flow(Journal()), "chat", path="/.flow/")
    scope = {"type": "lifespan"}

    await page.beside(app)(scope, _nothing, _nothing)

    assert seen == ["lifespan"]


async def _nothing(*args: Any) -> Any:
    raise AssertionError


async def test_page_tells_its_script_of_an_editor() -> None:
    evil = 'x:"><script>{path}'

    _, text, _ = await get(
        FlowPage(STORY, "chat", options=PageOptions(evil)), "/"
    )
    _, without, _ = await get(FlowPage(STORY, "chat"), "/")

    shown = "x:&quot;&gt;&lt;script&gt;{path}"
    assert f'<meta name="flow-editor" content="{shown}">' in text
    assert "flow-editor" not in without


async def test_page_says_that_nothing_is_masked() -> None:
    _, text, _ = await get(
        FlowPage(STORY, "chat", options=PageOptions("", True)), "/"
    )
    _, masked, _ = await get(FlowPage(STORY, "chat"), "/")

    assert f'<p class="warning" role="note">{UNMASKED}</p>' in text
    assert "warning" not in masked
