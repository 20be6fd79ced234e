"""A server in memory lives, and ends."""

import asyncio
import threading
from typing import Any

import pytest

from minichannels.lab import Server, serve
from minichannels.lab.notebook.lesson import _tcp_sockets
from minichannels.lab.serving.serve import stop_all
from minichannels.types import ASGIApp, Receive, Scope, Send
from support.in_memory import ended
from support.lab import echo

pytestmark = pytest.mark.usefixtures("in_memory", "put_away")


async def test_a_server_in_memory_opens_no_socket_and_starts_no_thread() -> (
    None
):
    threads, sockets = threading.active_count(), _tcp_sockets()

    ada = await serve(echo).connect(name="ada")
    await ada.send("x")

    assert await ada.recv() == "x"
    assert threading.active_count() == threads
    assert _tcp_sockets() == sockets


def test_serve_in_memory_needs_an_event_loop() -> None:
    with pytest.raises(RuntimeError, match="here runs none; call serve"):
        serve(echo)

    assert stop_all() == []


async def test_serve_in_memory_takes_no_port() -> None:
    with pytest.raises(ValueError, match="has no port; got 8000"):
        serve(echo, port=8000)


async def test_a_server_in_memory_has_no_address() -> None:
    server = serve(echo)

    for name in ("url", "local_url", "ws_url"):
        with pytest.raises(RuntimeError, match=r"in memory and has no addr"):
            getattr(server, name)


async def test_a_page_of_a_server_in_memory_is_a_note() -> None:
    page = serve(echo).page("/chat/")

    assert repr(page) == "page /chat/ of server 'default'"
    assert page.ended == (
        "page /chat/ of server 'default': the server is in memory, where no"
        " browser reaches it; use await server.get('/chat/')."
    )
    page.close()


async def test_serve_replaces_a_server_after_its_end() -> None:
    order: list[str] = []

    def application(name: str) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            order.append(f"{name} {(await receive())['type']}")
            await send({"type": "lifespan.startup.complete"})
            order.append(f"{name} {(await receive())['type']}")
            await send({"type": "lifespan.shutdown.complete"})

        return app

    first = serve(application("first"))
    await first.settle()
    second = serve(application("second"))
    await second.settle()

    assert repr(first) == "<server 'default', stopped>"
    assert order == [
        "first lifespan.startup",
        "first lifespan.shutdown",
        "second lifespan.startup",
    ]


async def test_connect_says_that_a_server_in_memory_is_stopped() -> None:
    server = serve(echo)
    server.stop()

    with pytest.raises(ConnectionError, match="does not run any more"):
        await server.connect()


async def test_a_server_may_be_stopped_before_it_has_started() -> None:
    server = serve(echo)

    await ended(server)

    assert repr(server) == "<server 'default', stopped>"


async def test_a_server_in_memory_stays_on_its_loop() -> None:
    server = serve(echo)

    async def elsewhere() -> None:
        await server.connect()

    with pytest.raises(RuntimeError, match="on the event loop that it was"):
        await asyncio.to_thread(lambda: asyncio.run(elsewhere()))


def test_a_server_ends_with_its_loop() -> None:
    async def cell() -> Server:
        server = serve(echo)
        await server.connect(name="ada")
        return server

    server = asyncio.run(cell())

    assert repr(server) == "<server 'default', stopped>"
    assert stop_all() == []


def test_a_server_whose_loop_is_gone_can_be_stopped() -> None:
    async def cell() -> Server:
        return serve(echo)

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(cell())
    main = asyncio.all_tasks(loop)
    loop.close()

    server.stop()

    assert repr(server) == "<server 'default', stopped>"
    for task in main:
        coroutine: Any = task.get_coro()  # None to mypy, from Python 3.12 on
        coroutine.close()
        task._log_destroy_pending = False  # type: ignore[attr-defined]
