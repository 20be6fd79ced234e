"""A Starlette application, and a consumer beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from minichannels.routing import ProtocolTypeRouter, URLRouter, path
from support.everywhere import Echo, State


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"hello, {request.path_params['name']}")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[dict[str, str]]:
    yield {"greeting": "hello from Starlette"}


starlette = Starlette(
    routes=[Route("/hello/{name}/", hello)], lifespan=lifespan
)
application = ProtocolTypeRouter(
    {
        "http": starlette,
        "lifespan": starlette,
        "websocket": URLRouter(
            [path("echo/", Echo.as_asgi()), path("state/", State.as_asgi())]
        ),
    }
)
