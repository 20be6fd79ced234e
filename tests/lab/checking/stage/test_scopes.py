"""A scenario's scopes are those that a real server gives."""

from typing import Any

from minichannels.lab import serve
from minichannels.lab.checking.stage import scopes
from minichannels.types import Receive, Scope, Send

PATH, WRITTEN = "/a b/é/", "/a%20b/%C3%A9/"

# What belongs to one connection, or to one library of clients.
OWN = (b"host", b"sec-websocket-key", b"user-agent")


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})
    else:
        await send({"type": "websocket.accept"})


def told(scope: Any) -> dict[str, Any]:
    """Return a scope without what is each connection's own."""
    headers = [(k, v) for k, v in scope["headers"] if k not in OWN]
    host, _ = scope["client"]
    own = {"headers": headers, "client": host, "server": scope["server"][0]}
    own["extensions"] = scope.get("extensions", {}).keys() - {"minichannels"}
    spec = {"asgi": scope["asgi"]["version"]}
    return {**scope, **own, **spec}


async def test_scopes_are_those_of_the_lab_s_server() -> None:
    seen: list[Any] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] != "lifespan"
        seen.append(dict(scope))
        await answer(scope, receive, send)

    server = serve(application)
    await server.get(WRITTEN)
    ada = await server.connect(WRITTEN, name="ada")
    await ada.close()
    server.stop()

    http, websocket = map(told, seen)
    assert told(scopes.http("GET", PATH, 50001)) == http
    assert told(scopes.websocket(PATH, 50001)) == websocket
