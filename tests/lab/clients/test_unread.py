import asyncio

from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab import Client, serve
from minichannels.lab.clients.unread import EACH, ENOUGH, MOST, Unread
from minichannels.lab.serving.serve import stop_all
from support.lab import both_wires, echo

LARGE = 2**20
MANY = 3 * MOST // LARGE
CHUNK = 2**18  # what asyncio reads at once


class Flood(AsyncWebsocketConsumer):
    async def receive(self, text_data: str) -> None:  # type: ignore[override]
        for number in range(MANY):
            await self.send(f"{number} é".ljust(LARGE))
        await self.close()


async def flooded() -> Client:
    client = await serve(Flood.as_asgi()).connect()
    await client.send("go")
    await no_more_is_taken(client)
    return client


async def no_more_is_taken(client: Client) -> None:
    async with asyncio.timeout(10):
        while not client.unread.paused:  # noqa: ASYNC110, by nobody told
            await asyncio.sleep(0)


@both_wires
async def test_what_nobody_reads_is_limited_and_nothing_is_lost() -> None:
    client = await flooded()

    most, numbers = 0, []
    async for text in client:
        most = max(most, client.unread.bytes)
        numbers.append(int(text.split()[0]))

    assert numbers == list(range(MANY))
    assert ENOUGH < most <= MOST + CHUNK
    assert client.unread.bytes == 0


@both_wires
async def test_close_does_not_wait_for_what_nobody_reads() -> None:
    client = await flooded()

    await client.close()

    assert client.close_code == 1000


@both_wires
async def test_the_end_is_noticed_behind_what_nobody_reads() -> None:
    client = await flooded()

    stop_all()

    await client.wait_closed()
    assert isinstance(await client.recv(), str)


@both_wires
async def test_small_messages_are_limited_in_number() -> None:
    class Ticker(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()
            while True:
                await self.send("")

    client = await serve(Ticker.as_asgi()).connect()
    client.unread.comes(MOST - 100 * EACH, ends=True)

    await no_more_is_taken(client)
    await client.close()

    assert client.close_code == 1000


@both_wires
async def test_a_message_that_is_read_in_fragments_does_not_count() -> None:
    async with serve(echo).connect() as client:
        await client.send("é")

        assert [text async for text in client.recv_streaming()] == ["é"]

        assert client.unread.bytes == 0


def test_a_message_of_many_fragments_counts_once() -> None:
    unread = Unread(asyncio.Transport())
    for _ in range(9):
        unread.comes(1, ends=False)
    unread.comes(1, ends=True)

    unread.is_read("0123456789", ends=True)

    assert unread.bytes == 0
