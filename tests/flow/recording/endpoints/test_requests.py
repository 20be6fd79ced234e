"""Which endpoint a request is for, as frameworks know it."""

import functools
import sys
from collections.abc import Callable
from json import JSONDecoder
from types import SimpleNamespace
from typing import Any

import pytest

from minichannels.flow import Flow, record
from minichannels.testing import HttpCommunicator
from minichannels.types import ASGIApp, Receive, Scope, Send
from support.libraries import framework

FRAMEWORK = """
class Application:
    __module__ = package + ".server"
    def __init__(self, request, router):
        self.given, self.router = request, router
    async def __call__(self, scope, receive, send):
        {called} = self.given
        await send({{"type": "http.response.start", "status": 200}})
        await send({{"type": "http.response.body"}})
made = Application(request, router)
"""


def asking(
    request: object,
    called: str = "request",
    package: str = "nobodys",
    router: object = None,
) -> ASGIApp:
    """Return a framework's application that has a request, and answers."""
    application: ASGIApp = framework(
        FRAMEWORK.format(called=called),
        package=package,
        request=request,
        router=router,
    )
    return application


async def name_of(application: ASGIApp) -> str:
    with record(application) as flow:
        await HttpCommunicator(flow.app, "GET", "/").get_response()
    (name,) = {event.application for event in Flow(flow.events)}
    return name


def index(request: object) -> str:
    return "hello"


class Things:
    pass


def wrapped(inner: Any) -> Any:
    """Return a function of a library that is around one of the developer's."""
    made = framework(
        "def made(request):\n    return inner(request)", inner=inner
    )
    return functools.wraps(inner)(made)


def hidden(inner: Any) -> Any:
    """Return a function of a library that only calls one."""
    source = """
    def make(inner):
        def handler(request):
            return inner(request)
        return handler
    made = make(inner)
    """
    return framework(source, inner=inner)


FOUND = [
    (index, "index#1"),
    (wrapped(index), "index#1"),
    (hidden(index), "index#1"),
    (framework("def made(request): ..."), "Application#1"),
    (Things, "Things#1"),
    (JSONDecoder, "Application#1"),
    (int, "Application#1"),
    ("/things/", "Application#1"),
    (None, "Application#1"),
]


@pytest.mark.parametrize("called", ["request", "req", "websocket"])
@pytest.mark.parametrize("kept_as", ["route", "endpoint"])
async def test_function_is_named_that_a_request_keeps(
    called: str, kept_as: str
) -> None:
    request = SimpleNamespace(**{kept_as: index})

    assert await name_of(asking(request, called)) == "index#1"


@pytest.mark.parametrize(("found", "name"), FOUND)
async def test_what_a_request_keeps_is_the_developers_own(
    found: object, name: str
) -> None:
    assert await name_of(asking(SimpleNamespace(route=found))) == name


async def test_what_the_developers_own_code_calls_a_request_is_none() -> None:
    class Site:
        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> None:
            request = SimpleNamespace(route=index)
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body"})
            del request

    assert await name_of(Site()) == "Site#1"


async def test_what_is_no_request_of_a_framework_does_not_notice() -> None:
    class Touchy:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(name)

    assert await name_of(asking(Touchy())) == "Application#1"


DECORATED = """
class Wrapper:
    def __init__(self, {attribute}):
        self.{attribute} = {attribute}
    async def __call__(self, scope, receive, send):
        await answer(send)
class Finder:
    def __init__(self, view):
        self.table = [view]
    async def __call__(self, scope, receive, send):
        handler = self.table[0]
        await answer(send), handler
def deep(view):
    def called():
        return view
    return called
def round():
    def called():
        return called
    return called
def decorated(view, more=None):
    async def application(scope, receive, send):
        await answer(send), view, more
    return application
def sending(send):
    async def application(scope, receive, answers):
        await answer(answers), send
    return application
async def answer(send):
    await send({{"type": "http.response.start", "status": 200}})
    await send({{"type": "http.response.body"}})
made = {made}
"""


def decorated(made: str, attribute: str = "view") -> ASGIApp:
    """Return an application that a library makes of a function."""
    source = DECORATED.format(made=made, attribute=attribute)
    application: ASGIApp = framework(
        source,
        index=index,
        other=name_of,
        middleware=middleware,
        passes=passes,
        around_an_object=around_an_object,
        around_itself=around_itself,
        library=framework("def made(): ..."),
    )
    return application


def middleware(request: object, call_next: object) -> None: ...


async def around_an_object(request: object) -> None: ...


async def around_itself(request: object) -> None: ...


around_an_object.__wrapped__ = object()  # type: ignore[attr-defined]
around_itself.__wrapped__ = around_itself  # type: ignore[attr-defined]


async def passes(scope: Scope, receive: Receive, send: Send) -> None: ...


@pytest.mark.parametrize(
    ("made", "name"),
    [
        ("decorated(index)", "index#1"),
        ("decorated(index, index)", "index#1"),
        ("decorated(index, other)", "application#1"),  # it may be either
        ("decorated(index, middleware)", "index#1"),
        ("decorated(middleware)", "application#1"),
        ("decorated(passes)", "application#1"),
        ("decorated(around_an_object)", "around_an_object#1"),
        ("decorated(around_itself)", "around_itself#1"),
        ("decorated(library)", "application#1"),
        ("sending(index)", "application#1"),
        ("decorated(deep(deep(index)))", "index#1"),
        ("decorated(deep(round()))", "application#1"),
        ("Finder(deep(index))", "index#1"),
        ("Finder(deep(deep))", "Finder#1"),
        ("Wrapper(index)", "index#1"),
    ],
)
async def test_function_is_named_that_a_librarys_decorator_is_around(
    made: str, name: str
) -> None:
    assert await name_of(decorated(made)) == name


@pytest.mark.parametrize(
    ("attribute", "name"),
    [
        ("endpoint", "index#1"),
        ("handler", "index#1"),
        ("_unwrapped_func", "index#1"),
        ("hook", "Wrapper#1"),
    ],
)
async def test_function_is_named_that_an_object_is_around(
    attribute: str, name: str
) -> None:
    assert await name_of(decorated("Wrapper(index)", attribute)) == name


class Router:
    """Finds the same for each request, as BlackSheep's would."""

    def __init__(self, found: object) -> None:
        self.found = found
        # As OpenTelemetry has it, which counts: this is not asked again.
        self.get_match: Any = None

    def _matched(self, request: object) -> object:
        return self.found and SimpleNamespace(handler=self.found)


Router.get_match = Router._matched


@pytest.mark.parametrize(("found", "name"), FOUND)
async def test_router_of_blacksheep_is_asked_again(
    found: object, name: str
) -> None:
    application = asking(object(), package="blacksheep", router=Router(found))

    assert await name_of(application) == name


def finding(found: object) -> Callable[[str], tuple[object, str]]:
    return lambda path: (found, path)


@pytest.mark.parametrize(("found", "name"), FOUND)
async def test_finder_of_panther_is_asked_again(
    found: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    routings: Any = SimpleNamespace(find_endpoint=finding(found))
    monkeypatch.setitem(sys.modules, "panther.routings", routings)
    request = SimpleNamespace(path="/")

    assert await name_of(asking(request, package="panther")) == name


EMMETT = """
class Handler:
    __module__ = package + ".handlers"
    async def __call__(self, scope, receive, send):
        scope["emt.path"] = scope["path"]
        await self.answer(scope, send)

    async def answer(self, scope, send):
        start = {"type": "http.response.start", "status": 200, "headers": []}
        await send(start)
        await send({"type": "http.response.body", "body": b""})

made = Handler()
made.router = router
"""


@pytest.mark.parametrize(("found", "name"), FOUND)
async def test_router_of_emmett_is_asked_again_as_its_request_is_gone(
    found: Any, name: str
) -> None:
    class Dispatcher:
        f = staticmethod(found) if found else None

        def dispatch(self) -> None: ...

    asked: list[Any] = []

    def match(request: Any) -> tuple[object, dict[str, str]]:
        asked.append(request)
        known = SimpleNamespace(dispatch=Dispatcher().dispatch)
        return (known if found else None), {}

    router = SimpleNamespace(match=match)
    application = framework(EMMETT, package="emmett_core", router=router)

    assert await name_of(application) == name.replace("Application", "Handler")
    known = vars(asked[0])
    assert (known["method"], known["path"], known["host"]) == ("GET", "/", "")
