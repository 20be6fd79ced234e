"""What a page says of an application whose code cannot be loaded."""

from minichannels.flow.web.broken import BrokenPage
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from support.servers import LIMIT

HOST = (b"host", b"127.0.0.1:8000")
PAGE = BrokenPage("main raised NameError: <x>", "127.0.0.1")


async def test_page_that_is_open_is_told_why_there_is_nothing() -> None:
    client = WebsocketCommunicator(PAGE, "/.flow/live", headers=[HOST])

    assert (await client.connect())[0]

    told = await client.receive_json_from(LIMIT)
    assert told == {"broken": "main raised NameError: <x>"}
    await client.send_to(text_data="{}")
    await client.disconnect()


async def test_whoever_asks_is_told_and_asks_again() -> None:
    asks = HttpCommunicator(PAGE, "GET", "/", headers=[HOST])

    response = await asks.get_response(LIMIT)

    assert response["status"] == 503
    assert b"loaded: main raised NameError: &lt;x&gt;" in response["body"]
    assert b'<meta http-equiv="refresh" content="1">' in response["body"]


async def test_pages_of_others_are_told_nothing() -> None:
    headers = [HOST, (b"origin", b"http://evil.example")]
    asks = HttpCommunicator(PAGE, "GET", "/", headers=headers)
    client = WebsocketCommunicator(PAGE, "/.flow/live", headers=headers)

    assert (await asks.get_response(LIMIT))["status"] == 403
    assert not (await client.connect())[0]
    await client.wait()


async def test_its_server_may_start() -> None:
    await PAGE({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
