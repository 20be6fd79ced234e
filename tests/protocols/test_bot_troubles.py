"""What chat servers say when something is wrong, or unusual.

A test plays the server. Each begins with a bot that has been welcomed.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.protocols.bot import IrcBot
from minichannels.types import Message
from support.held_clock import HeldClock
from support.irc_servers import IrcUser, OneClient
from support.limit import LIMIT
from support.uplinks import alone


class Echo(AsyncConsumer):
    """Counts within a conversation what it answers."""

    ends: asyncio.Queue[str]

    async def chat_connect(self, event: Message) -> None:
        self.number = 0

    async def chat_received_message(self, event: Message) -> None:
        self.number += 1
        text = f"{self.number}: {event['text']}"
        await self.send({**event, "type": "chat.send_message", "text": text})

    async def chat_disconnect(self, event: Message) -> None:
        await self.ends.put(event["reason"])
        raise StopConsumer


@pytest.fixture(autouse=True)
def ends() -> asyncio.Queue[str]:
    Echo.ends = asyncio.Queue()
    return Echo.ends


@asynccontextmanager
async def welcomed(
    path: str = "",
) -> AsyncIterator[tuple[IrcBot, IrcUser, list[BaseException]]]:
    async with OneClient().listening() as server:
        bot = IrcBot(f"{server.url}{path}", clock=HeldClock())
        async with alone(bot, Echo.as_asgi()) as reported:
            yield bot, await server.welcomed(), reported


@pytest.mark.parametrize(
    "line",
    [
        b":irc 437 bot #lobby :is temporarily unavailable",
        b":irc 470 bot #lobby ##lobby :Forwarding to another channel",
        b":irc 474 bot #LOBBY :Cannot join channel (+b)",
    ],
)
async def test_channel_that_is_not_to_be_had_is_reported_and_not_waited_for(
    line: bytes,
) -> None:
    async with welcomed("/lobby") as (bot, client, reported):
        client.write(line + b"\r\n")
        await bot.ready(LIMIT)

        assert bot.nick == "bot"
        assert "lobby" in str(reported[0]).lower()


async def test_nick_that_is_not_to_be_had_for_a_while_is_replaced() -> None:
    async with (
        OneClient().listening() as server,
        alone(IrcBot(server.url), Echo.as_asgi()),
    ):
        client = await server.connections.get()
        await client.next("USER")
        client.write(b":irc 437 * bot :is temporarily unavailable\r\n")

        assert (await client.next("NICK")).text == "bot2"


async def test_user_who_is_not_there_any_more_ends_the_conversation(
    ends: asyncio.Queue[str],
) -> None:
    async with welcomed() as (_, client, reported):
        client.write(b":ada!a@h PRIVMSG bot :hi\r\n")
        assert await client.heard() == "1: hi"
        client.write(b":irc 401 bot ada :No such nick\r\n")

        assert await ends.get() == "is not there: No such nick"
        client.write(b":ada!b@i PRIVMSG bot :another one\r\n")
        assert await client.heard() == "1: another one"
        assert [str(error) for error in reported] == ["bot ada No such nick"]


async def test_bot_that_is_thrown_out_or_not_heard_says_so() -> None:
    async with welcomed() as (_, client, reported):
        client.write(
            b":op!o@h KICK #lobby ada :Out\r\n"
            b":op!o@h KICK #lobby bot :No bots\r\n:op!o@h KICK #lobby\r\n"
            b":irc 404 bot #lobby :Cannot send to channel\r\n"
            b"PING :done\r\n"
        )
        await client.next("PONG")

        assert [str(error) for error in reported] == [
            "thrown out of #lobby: No bots",
            "bot #lobby Cannot send to channel",
        ]


async def test_change_of_nick_to_none_changes_nothing() -> None:
    async with welcomed() as (bot, client, _):
        client.write(
            b":ada!a@h PRIVMSG bot :hi\r\n"
            b":ada!a@h NICK\r\n:bot!b@h NICK :\r\n"
            b":ada!a@h PRIVMSG bot :again\r\n"
        )

        assert [await client.heard() for _ in "12"] == ["1: hi", "2: again"]
        assert bot.nick == "bot"


async def test_lines_are_heard_however_they_come_and_are_written() -> None:
    async with welcomed() as (_, client, reported):
        said = ":ada!a@h privmsg bot :\u00e9\U0001f642\r\n".encode()
        for place in range(len(said)):
            client.write(said[place : place + 1])
            await client._writer.drain()
            await asyncio.sleep(0)
        client.write(
            b":irc 372 bot :- a message of the day\r\n\r\n"
            b":irc pong irc :x\n"
            b":ada!a@h PRIVMSG bot :\x01ACTION waves\x01\r\n"
            b":ada!a@h  Privmsg   bot  again\n"
        )

        assert await client.heard() == "1: \u00e9\U0001f642"
        assert await client.heard() == "2: again"
        assert reported == []


async def test_burst_finds_room_where_a_consumer_keeps_up() -> None:
    heard = asyncio.Queue[str]()

    class Listener(AsyncConsumer):
        async def chat_connect(self, event: Message) -> None: ...

        async def chat_received_message(self, event: Message) -> None:
            heard.put_nowait(event["text"])

        async def chat_disconnect(self, event: Message) -> None:
            raise StopConsumer

    async with OneClient().listening() as server:
        bot = IrcBot(server.url)
        async with alone(bot, Listener.as_asgi()):
            client = await server.welcomed()
            lines = [b":ada!a@h PRIVMSG bot :%d\r\n" % n for n in range(1000)]
            client.write(b"".join(lines))

            async with asyncio.timeout(LIMIT):
                texts = [await heard.get() for _ in lines]

            assert texts == [str(number) for number in range(1000)]
            assert bot.scopes.dropped == 0
