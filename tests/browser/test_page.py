"""The flow's page beside applications of others, as somebody sees it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from websockets.asyncio.client import connect

from minichannels.flow import Flow
from minichannels.flow.drawings import DRAWINGS
from minichannels.flow.web import websocket
from minichannels.flow.web.app import STATIC, FlowPage
from minichannels.flow.web.document import document
from support.journals import Talk, flow_of
from support.live import red_pixels
from support.programs import (
    command,
    make_django_project,
    make_starlette_project,
)
from support.servers import next_frame, running

EVIL = "<img src=x onerror=\"document.title='ran'\"></svg>]]>&amp;'"
KNOCK = """address => new Promise(resolve => {
  const socket = new WebSocket(address);
  socket.onopen = () => resolve("open");
  socket.onerror = () => resolve("refused");
})"""
RECORD = ["--port", "0", "--save", "flow.json"]


class Tab:
    """A tab of a browser, and what went wrong in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        self.asked: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda line: self._hear(line.type, line.text))
        page.on("request", lambda request: self.asked.append(request.url))

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.problems.append(text)

    async def screenshot(self, name: str) -> None:
        if folder := os.environ.get("MINICHANNELS_SCREENSHOTS"):
            path = f"{folder}/{name}.png"
            await self.page.screenshot(path=path, full_page=True)


@pytest_asyncio.fixture(loop_scope="session")
async def tab(page: Page) -> Tab:
    return Tab(page)


def paths(flow: Flow) -> list[str]:
    return [e.payload["path"] for e in flow if "path" in e.payload]


@pytest.mark.parametrize(
    ("make", "application", "view", "drawings"),
    [
        (make_django_project, "mysite.asgi:application", "admin/login/", 3),
        (make_starlette_project, "main:app", "hello/", 1),
    ],
)
async def test_page_shows_what_an_application_does(
    tab: Tab,
    tmp_path: Path,
    make: Callable[[Path], None],
    application: str,
    view: str,
    drawings: int,
) -> None:
    make(tmp_path)
    with command("record", application, *RECORD, folder=tmp_path) as program:
        address = program.page()
        root = address.removesuffix(".flow/")
        chat = root.replace("http", "ws", 1) + "ws/chat/"
        async with (
            connect(chat, proxy=None) as ada,
            connect(chat, proxy=None) as bob,
        ):
            async with httpx.AsyncClient(trust_env=False) as client:
                assert (await client.get(root + view)).status_code == 200
                # Of Django alone: as runserver does, while it is developed.
                answer = await client.get(root + "static/admin/css/base.css")
                assert answer.status_code == (200 if drawings == 3 else 404)
            await ada.send("hello")
            await next_frame(ada)
            await next_frame(bob)
            await tab.page.goto(address)
            # What was drawn before is folded: the live view has what comes.
            await expect(tab.page.locator("table")).to_be_hidden()
            await tab.page.locator("summary").click()
            await expect(tab.page.locator("table")).to_contain_text('"hello"')
            pictures = tab.page.get_by_role("img", name="Flow:")
            assert await pictures.count() == drawings
            for picture in await pictures.all():
                width = await picture.evaluate(
                    "picture => picture.naturalWidth"
                )
                assert width > 300

            # Live: what comes now is shown without asking for it.
            live = tab.page.locator("#view")
            await expect(live).to_contain_text('"hello"')
            await bob.send(EVIL)
            await next_frame(ada)
            await expect(live).to_contain_text("onerror=")
            await live.locator("section").focus()
            await tab.page.keyboard.press("Home")
            await expect(live.locator(".says")).to_contain_text("1 ")
            await tab.page.keyboard.press("ArrowRight")
            await expect(live.locator(".says")).to_contain_text("2 ")
            await tab.page.keyboard.press("End")
            await tab.page.keyboard.press("Enter")
            await expect(live.get_by_role("list", name="Why")).to_be_visible()
            await tab.screenshot(f"page-{make.__name__}")
            allowed = ["clipboard-read", "clipboard-write"]
            await tab.page.context.grant_permissions(allowed)
            await live.get_by_role("searchbox").fill("/onerror/")
            await live.locator("section").focus()
            await tab.page.keyboard.press("End")
            await tab.page.keyboard.press("c")
            await expect(live.locator(".done")).to_contain_text("copied")
            assert EVIL in await tab.page.evaluate(
                "() => navigator.clipboard.readText()"
            )

            async with tab.page.expect_download() as download:
                await tab.page.get_by_role("link", name="flow.json").click()
            kept = await (await download.value).path()
            query = "type:websocket.receive onerror="
            await live.get_by_role("searchbox").fill(query)
            await live.locator("section").focus()
            await tab.page.keyboard.press("End")
            await tab.page.keyboard.press("Enter")
            await live.get_by_role("button", name="send again").click()
            await expect(live.locator(".done")).to_contain_text("sent again")
            assert await next_frame(ada) == EVIL
            await expect(live).to_contain_text("again, by the page")
            await live.get_by_role("searchbox").fill("/onerror/")
            # What was searched for stands in the address, and is kept.
            await tab.page.reload()
            search = live.get_by_role("searchbox")
            await expect(search).to_have_value("/onerror/")
            await search.fill("")
            await live.get_by_role("button", name="folded").click()
            await live.get_by_role("textbox").fill("path:/none")
            await tab.page.get_by_role("link", name="Draw again").click()
            await live.get_by_role("button", name="folded").click()
            await expect(live.get_by_role("textbox")).to_have_value(
                "path:/none"
            )
            table = tab.page.locator("table")
            await expect(table).to_contain_text("onerror=")
            await expect(live).to_contain_text("onerror=")
            assert await tab.page.title() == f"Flow of {application}"

            assert tab.problems == []  # later ones are of a server that is gone
            program.interrupt()
            await expect(tab.page.get_by_role("status").first).to_contain_text(
                "The server has stopped: nothing new"
            )
            # What was shown is not lost to a link that leads nowhere.
            await tab.page.get_by_role("link", name="Draw again").click()
            await expect(tab.page.get_by_role("status").first).to_contain_text(
                "This page keeps what it has shown"
            )
            await expect(live).to_contain_text("onerror=")
        status, said = program.wait()

    assert status == 0, said
    saved = Flow.from_json((tmp_path / "flow.json").read_text(encoding="utf-8"))
    css = "/static/admin/css/base.css"
    asked = ["/ws/chat/", "/ws/chat/", f"/{view}", css]
    assert paths(saved) == asked  # neither the page nor an icon for it
    assert paths(Flow.from_json(kept.read_text(encoding="utf-8"))) == asked
    assert {url.partition(".flow/")[0] for url in tab.asked} <= {root, "data:,"}
    with command("show", "flow.json", folder=tmp_path) as program:
        await tab.page.goto(program.page())
        shown = tab.page.locator("#view")
        await expect(shown).to_contain_text("onerror=")
        html = await tab.page.content()
        assert saved.table().html.count("<tr>") == html.count("<tr>")


async def test_page_goes_on_when_its_server_is_back(
    tab: Tab, tmp_path: Path
) -> None:
    make_starlette_project(tmp_path)
    code = tmp_path / "main.py"
    line = ["record", "main:app", "--port", "0", "--reload"]
    with command(*line, folder=tmp_path) as program:
        address = program.page()
        root = address.removesuffix(".flow/")
        await tab.page.goto(address)
        live = tab.page.locator("#view")
        await live.get_by_role("searchbox").fill("/hello/")
        await live.locator("section").focus()
        before = code.read_text(encoding="utf-8")
        above = tab.page.get_by_role("status").first
        code.write_text("app =", encoding="utf-8")
        await expect(above).to_contain_text(
            "The code cannot be loaded: main raised SyntaxError: invalid syntax"
        )
        # A link leads nowhere yet.
        await tab.page.get_by_role("link", name="Draw again").click()
        await expect(above).to_contain_text("keeps what it has shown")
        after = before.replace('Response("hello")', 'Response("goodbye")')
        code.write_text(after, encoding="utf-8")
        assert program.page() == address

        await expect(above).to_contain_text("The server is back")
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(root + "hello/")).text == "goodbye"
        await expect(live.locator(".says")).to_contain_text("browser#1")
        search = live.get_by_role("searchbox")
        await expect(search).to_have_value("/hello/")
        # The new server's page may have something sent again, too.
        chat = root.replace("http", "ws", 1) + "ws/chat/"
        async with connect(chat, proxy=None) as ada:
            await ada.send("hello")
            await next_frame(ada)
            await expect(above).to_contain_text("The server is back")
            await live.get_by_role("tab", name="List").click()
            await expect(above).to_have_text("")
            row = live.get_by_role("row", name="browser#2")
            await row.filter(has_text='"hello"').first.click()
            await live.get_by_role("button", name="send again").click()
            done = live.locator(".done")
            await expect(done).to_contain_text("sent again")
            await next_frame(ada)

        program.interrupt()
        status, said = program.wait()
    assert status == 0, said
    assert "main.py changed: once more" in said


async def test_page_that_is_drawn_again_keeps_what_was_set(
    tab: Tab, tmp_path: Path
) -> None:
    make_starlette_project(tmp_path)
    page = tab.page
    with command("record", "main:app", *RECORD, folder=tmp_path) as program:
        address = program.page()
        await page.goto(address + "#tab=toString")
        chosen = page.get_by_role("tab", selected=True)
        await expect(chosen).to_have_text("Lanes")
        await page.get_by_role("tab", name="List").click()
        await page.get_by_role("searchbox").fill("/a b/")
        lost = page.get_by_role("button", name="only lost")
        await lost.click()
        await page.evaluate("() => { window.old = true; }")

        await page.get_by_role("link", name="Draw again").click()

        await page.wait_for_function("() => !window.old")
        await expect(chosen).to_have_text("List")
        search = page.get_by_role("searchbox")
        await expect(search).to_have_value("/a b/")
        await expect(lost).to_have_attribute("aria-pressed", "true")
        await lost.click()
        await search.fill("")
        assert page.url == address + "#tab=list"
        async with page.context.expect_page() as opened:
            link = page.get_by_role("link", name="Draw again")
            await link.click(modifiers=["ControlOrMeta"])
        other = await opened.value
        await expect(other.locator(".list")).to_be_visible()
        await other.close()

        # Somebody edits the address, and goes back.
        await page.goto(address + "#tab=lanes&search=type%3Ahttp")
        await expect(chosen).to_have_text("Lanes")
        await expect(search).to_have_value("type:http")
        await page.go_back()
        await expect(chosen).to_have_text("List")
        await expect(search).to_have_value("")
    assert tab.problems == []


async def test_page_is_complete_without_scripts(
    browser: Browser, tmp_path: Path
) -> None:
    make_starlette_project(tmp_path)
    plain = await browser.new_page(java_script_enabled=False)
    with command("record", "main:app", *RECORD, folder=tmp_path) as program:
        address = program.page()
        await plain.goto(address.removesuffix(".flow/") + "hello/")
        await plain.goto(address)

        # No layer, and so neither mailboxes nor groups; no known threads.
        await expect(plain.get_by_role("img", name="Flow:")).to_have_count(
            len(DRAWINGS) - 3
        )
        await expect(plain.locator("table")).to_contain_text("GET /hello/")
        await expect(plain.locator("#live")).to_be_hidden()
        box = await plain.get_by_role("img", name="Flow:").first.bounding_box()
        assert box is not None
        assert box["width"] > 300
    await plain.close()


async def test_page_of_much_shows_the_newest_and_then_all(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "PIECE", 20_000)
    talk = Talk()
    talk.chatter(1_200, *talk.crowd(9))
    page = FlowPage(Flow(talk.journal), "chat")

    with running(page) as server:
        await tab.page.goto(f"http://{server.address}/")
        totals = tab.page.locator("#totals")
        await expect(totals).to_contain_text("1227 events so far")
        slider = tab.page.get_by_role("slider", name="Step")
        await expect(slider).to_have_attribute(
            "aria-valuetext", "event 1227 of 1227"
        )
        # Its keys are there without a click.
        await expect(tab.page.locator("#view section")).to_be_focused()
        await expect(slider).to_have_attribute("max", "999")
        await slider.fill("0")
        # Of those before the first picture, too: 1,000 steps are kept.
        await expect(slider).to_have_attribute(
            "aria-valuetext", "event 228 of 1227"
        )
        await tab.page.goto("about:blank")

    assert tab.problems == []


async def test_page_is_not_for_pages_of_others(
    tab: Tab, tmp_path: Path
) -> None:
    make_starlette_project(tmp_path)
    with command("record", "main:app", *RECORD, folder=tmp_path) as program:
        address = program.page()
        live = address.replace("http", "ws", 1) + "live"
        await tab.page.goto(address)
        assert await tab.page.evaluate(KNOCK, live) == "open"

        rebound = address.replace("127.0.0.1", "evil.example")
        answer = await tab.page.goto(rebound)
        assert answer is not None
        assert answer.status == 403
        await tab.page.goto(rebound.replace(".flow/", "hello/"))
        assert await tab.page.inner_text("body") == "hello"
        for other in (live, live.replace("127.0.0.1", "evil.example")):
            assert await tab.page.evaluate(KNOCK, other) == "refused"


async def test_pictures_of_a_narrow_page_scroll_and_the_page_does_not(
    page: Page,
) -> None:
    await page.set_viewport_size({"width": 400, "height": 800})
    await page.set_content(document(flow_of(*"abcdefgh" * 9), "main:app"))
    css = (STATIC / "page.css").read_text(encoding="utf-8")
    await page.add_style_tag(content=css)
    pictures = page.locator(".wide:has(img)")

    for picture in await pictures.all():
        shown, own, reached = await picture.evaluate(
            "({ firstElementChild: img, scrollWidth }) =>"
            " [img.clientWidth, img.naturalWidth, scrollWidth]"
        )
        assert shown == reached == min(own, 640)
        assert shown > 400
    assert await pictures.count()
    wide = "() => document.documentElement.scrollWidth"
    assert await page.evaluate(wide) == 400


async def test_no_row_shows_around_the_tables_head_at_a_zoom_of_150_percent(
    browser: Browser,
) -> None:
    size: Any = {"width": 666, "height": 600}
    page = await browser.new_page(viewport=size, device_scale_factor=1.5)
    await page.set_content(document(flow_of(*"abcdefgh" * 9), "main:app"))
    red = "img { display: none } tbody * { background: red !important }"
    css = (STATIC / "page.css").read_text(encoding="utf-8")
    await page.add_style_tag(content=css + red)
    table = page.locator("#table + .wide")
    await table.evaluate("e => { e.scrollIntoView(); e.scrollTop = 333.7 }")
    whole = await table.bounding_box()
    head = await page.locator("thead th").first.bounding_box()
    assert whole
    assert head
    high = head["y"] + head["height"] - 3 - whole["y"]

    picture = await page.screenshot(clip={**whole, "height": high})

    assert await red_pixels(page, picture) == 0
    await page.close()
