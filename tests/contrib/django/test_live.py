"""Live servers, in test cases that are run by the tests."""

import asyncio
import contextlib
import importlib
import sys
import threading
import unittest
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connections
from django.test import override_settings
from websockets.sync.client import connect

from minichannels import testing
from minichannels.contrib.django import live
from minichannels.testing.live import ChannelsLiveServerTestCase
from minichannels.types import ASGIApp, Receive, Scope, Send


@pytest.fixture(autouse=True)
def project() -> Iterator[None]:
    with override_settings(
        ALLOWED_HOSTS=["testserver"],
        ASGI_APPLICATION="support.django_project.application",
        ROOT_URLCONF="support.django_project",
        STATIC_URL="/static/",
    ):
        yield


def run(case: Any) -> list[str]:
    """Run the tests of a case; return what went wrong."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert result.testsRun or result.errors
    return [text for _, text in [*result.errors, *result.failures]]


class UsersTest(ChannelsLiveServerTestCase):
    __test__ = False  # to pytest; it is run below
    _server = "own"  # a case's own names are its own

    def test_server_sees_the_users_of_the_test(self) -> None:
        User.objects.create_user("ada")
        pages = urllib.request.urlopen(f"{self.live_server_url}/users/")
        with pages, connect(f"{self.live_server_ws_url}/ws/users/") as socket:
            socket.send("who?")
            assert (pages.read(), socket.recv()) == (b"ada", "ada")

    def test_each_test_begins_without_users(self) -> None:
        self.test_server_sees_the_users_of_the_test()


def test_server_serves_pages_and_sockets_and_ends() -> None:
    assert run(UsersTest) == []

    assert UsersTest._server == "own"
    port = UsersTest._minichannels_server.port
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://localhost:{port}/")


def test_server_serves_static_files_unless_told_otherwise() -> None:
    found = []

    class Static(UsersTest):
        def test_file(self) -> None:
            try:
                urllib.request.urlopen(f"{self.live_server_url}/static/no.js")
            except urllib.error.HTTPError as error:
                found.append((error.code, type(self).serve_static))
                error.close()

    class NoStatic(Static):
        serve_static = False

    assert run(Static) + run(NoStatic) == []
    assert found == [(404, True), (404, False)]


def test_server_does_without_a_wrapper() -> None:
    class Bare(UsersTest):
        static_wrapper = None

    assert run(Bare) == []


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[[ASGIApp], Any]:
    """Return what makes a case of an application; it has little patience."""
    project = importlib.import_module("support.django_project")
    monkeypatch.setattr(live, "GRACE", 0.3)

    def case(application: ASGIApp) -> Any:
        monkeypatch.setattr(project, "application", application)

        class Served(ChannelsLiveServerTestCase):
            __test__ = False
            serve_static = False

            def test_page(self) -> None:
                urllib.request.urlopen(self.live_server_url).close()

        return Served

    return case


def test_application_that_does_not_start_is_an_error(
    serve: Callable[[ASGIApp], Any],
) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    (text,) = run(serve(broken))

    assert "RuntimeError: the application has not started\n" in text


def test_application_that_never_says_that_it_has_started_is_an_error(
    serve: Callable[[ASGIApp], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(live, "START", 0.05)

    (text,) = run(serve(silent))

    assert "has not started in 0.05 seconds" in text
    assert "it has to send 'lifespan.startup.complete'" in text


async def answer(scope: Scope, send: Send) -> None:
    assert scope["type"] == "http"  # it has no lifespan
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


def test_task_that_does_not_end_is_told_and_not_waited_for(
    serve: Callable[[ASGIApp], Any],
) -> None:
    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(scope, send)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    with pytest.warns(RuntimeWarning, match="CancelledError is caught there"):
        assert run(serve(stubborn)) == []


def test_sync_code_that_does_not_return_is_told_and_not_waited_for(
    serve: Callable[[ASGIApp], Any],
) -> None:
    over = threading.Event()

    async def waiting(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(scope, send)
        await sync_to_async(over.wait)()

    try:
        with pytest.warns(RuntimeWarning, match="sync code has not returned"):
            assert run(serve(waiting)) == []
    finally:
        over.set()


def test_application_that_blocks_is_told_and_not_waited_for(
    serve: Callable[[ASGIApp], Any],
) -> None:
    over = threading.Event()

    async def blocking(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(scope, send)
        over.wait()

    case = serve(blocking)
    try:
        with pytest.warns(RuntimeWarning, match="blocks its thread"):
            assert run(case) == []
    finally:
        over.set()
    case._minichannels_server._thread.join()


def test_database_in_memory_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for connection in connections.all():
        monkeypatch.setattr(connection, "is_in_memory_db", lambda: True)

    (text,) = run(UsersTest)

    assert "ImproperlyConfigured: a live server needs a database" in text


def test_missing_server_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, live.__name__)
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    with pytest.raises(ImportError, match=r'install "minichannels\[django\]"'):
        importlib.import_module(live.__name__)


def test_name_is_where_channels_has_it() -> None:
    assert testing.ChannelsLiveServerTestCase is ChannelsLiveServerTestCase


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match="testing' has no attribute 'x'"):
        _ = testing.x
