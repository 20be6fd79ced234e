"""Applications of other frameworks beside a consumer, under uvicorn."""

from collections.abc import Iterator

import pytest

from support.processes import ServerProcess, serving
from support.servers import next_frame

frameworks = [
    pytest.param(name, marks=pytest.mark.xdist_group(f"beside {name}"))
    for name in ("django", "starlette")
]


@pytest.fixture(scope="module", params=frameworks)
def server(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    application = f"support.beside_{request.param}:application"
    with serving("uvicorn", application) as server:
        yield server


async def test_http_goes_to_the_framework(server: ServerProcess) -> None:
    async with server.client() as http:
        response = await http.get("/hello/ada/")
        missing = await http.get("/nowhere/")

    assert (response.status_code, response.text) == (200, "hello, ada")
    assert missing.status_code == 404


async def test_websocket_goes_to_the_consumer(server: ServerProcess) -> None:
    async with server.connect("/echo/") as client:
        await client.send("hi")
        assert await next_frame(client) == "hi"


@pytest.mark.xdist_group("beside starlette")
async def test_starlettes_lifespan_gives_the_consumers_their_state() -> None:
    application = "support.beside_starlette:application"
    with serving("uvicorn", application) as server:
        async with server.connect("/state/") as client:
            greeting = await next_frame(client)

    assert greeting == "hello from Starlette"
