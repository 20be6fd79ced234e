import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer, WireError
from minichannels.flow import Flow, Recorder
from minichannels.lab.beyond.irc_server import irc_server
from minichannels.protocols.bot import IrcBot
from minichannels.types import Message
from support.held_clock import HeldClock, turns
from support.irc_servers import (
    OneClient,
    chat_server,
    free_port,
    started_ngircd,
    user,
)
from support.limit import LIMIT
from support.uplinks import alone, serving


@pytest.fixture(scope="module", params=["ngircd", "irc"])
def url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with chat_server(request.param, tmp_path_factory.mktemp("irc")) as url:
        yield url


class Echo(AsyncConsumer):
    """Counts within a conversation what it answers."""

    ends: asyncio.Queue[str]

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    async def chat_connect(self, event: Message) -> None: ...

    async def chat_received_message(self, event: Message) -> None:
        self.number += 1
        await self.send(
            {
                "type": "chat.send_message",
                "text": f"{self.number}: {event['text']}",
                "room": event["room"],
            }
        )

    async def chat_disconnect(self, event: Message) -> None:
        await self.ends.put(event["reason"])
        raise StopConsumer


@pytest.fixture(autouse=True)
def ends() -> asyncio.Queue[str]:
    Echo.ends = asyncio.Queue()
    return Echo.ends


def called(url: str, nick: str) -> str:
    """Return where a bot of that nick goes.

    The server may not know yet that the bot of another test has gone.
    """
    return url.replace("//", f"//{nick}@")


async def test_bot_answers_each_where_it_was_spoken_to(url: str) -> None:
    bot = IrcBot(f"{called(url, 'answerer')}/lobby")
    async with (
        serving(bot, Echo.as_asgi()) as reported,
        user(url, "ada", "#lobby") as ada,
        user(url, "bob") as bob,
    ):
        ada.say("hi", "#lobby")
        in_the_room = await ada.next("PRIVMSG")
        bob.say("hello", bot.nick)
        alone = await bob.next("PRIVMSG")
        ada.say("again", "#lobby")

        assert in_the_room.parameters == ("#lobby", "1: hi")
        assert alone.parameters == ("bob", "1: hello")
        assert await ada.heard() == "2: again"
        assert reported == []
        assert repr(bot).endswith(", connected>")
    assert repr(bot).endswith(", not connected>")
    assert len(bot.scopes) == 0


async def test_conversation_outlasts_a_change_of_nick(
    url: str, ends: asyncio.Queue[str]
) -> None:
    bot = IrcBot(f"{url}/lobby")
    async with (
        serving(bot, Echo.as_asgi()),
        user(url, "ada", "#lobby") as ada,
    ):
        ada.say("hi", bot.nick)
        first = await ada.heard()
        ada.do("NICK", "countess")
        await ada.next("NICK")
        ada.say("it is me", bot.nick)
        second = await ada.next("PRIVMSG")
        ada.do("QUIT", "bye")

        assert first == "1: hi"
        assert second.parameters == ("countess", "2: it is me")
        assert (await ends.get()).startswith("has quit: ")


async def test_long_text_is_cut_between_characters_and_all_of_it_heard(
    url: str,
) -> None:
    class Long(AsyncConsumer):
        async def chat_connect(self, event: Message) -> None: ...

        async def chat_received_message(self, event: Message) -> None:
            text = "é🙂" * 150 + "\r\nQUIT :second command\nend"
            await self.send({"type": "chat.send_message", "text": text})

    bot = IrcBot(url)
    async with (
        serving(bot, Long.as_asgi()),
        user(url, "ada") as ada,
    ):
        ada.say("tell me", bot.nick)
        heard = [await ada.heard() for _ in range(5)]

    assert "".join(heard[:3]) == "é🙂" * 150
    assert heard[3:] == ["QUIT :second command", "end"]


async def test_notices_and_requests_of_programs_are_not_answered(
    url: str,
) -> None:
    bot = IrcBot(f"{url}/lobby")
    async with (
        serving(bot, Echo.as_asgi()),
        user(url, "ada", "#lobby") as ada,
    ):
        ada.do("NOTICE", bot.nick, "are you there?")
        ada.do("NOTICE", "#lobby", "are you there?")
        ada.say("\1VERSION\1", bot.nick)
        ada.say("hi", bot.nick)

        assert await ada.heard() == "1: hi"


async def test_bot_takes_another_nick_where_its_own_is_in_use(
    url: str,
) -> None:
    async with user(url, "taken") as first, user(url, "taken2"):
        bot = IrcBot(url.replace("//", "//taken@"))
        async with serving(bot, Echo.as_asgi()):
            first.say("hi", bot.nick)

            assert bot.nick == "taken3"
            assert await first.heard() == "1: hi"


async def test_bot_that_may_not_join_says_so_and_serves_all_the_same(
    url: str,
) -> None:
    bot = IrcBot(f"{called(url, 'joiner')}/lobby,no-such-channel:")
    async with (
        serving(bot, Echo.as_asgi()) as reported,
        user(url, "ada") as ada,
    ):
        ada.say("hi", bot.nick)

        assert await ada.heard() == "1: hi"
        assert "o-such-channel" in str(reported[0])


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ({"type": "chat.send_message"}, "the text of a message is None"),
        ({"type": "chat.send_message", "text": ""}, "without text"),
        ({"type": "chat.send_message", "text": "a\0b"}, "CR, LF or NUL"),
        (
            {"type": "chat.send_message", "text": "a", "room": "#a\r\nQUIT"},
            "CR, LF or NUL",
        ),
        ({"type": "chat.send_message", "text": "a", "room": 7}, "room of"),
        ({"type": "chat.send_message", "text": "a", "room": "#" * 439}, "long"),
        ({"type": "chat.send_photo"}, "cannot send 'chat.send_photo'"),
    ],
)
async def test_what_cannot_be_sent_ends_that_conversation_alone(
    url: str, message: dict[str, Any], wrong: str
) -> None:
    errors = asyncio.Queue[ValueError]()

    class Careless(Echo):
        async def chat_received_message(self, event: Message) -> None:
            if event["text"] != "break":
                return await super().chat_received_message(event)
            try:
                await self.send(message)
            except ValueError as error:
                await errors.put(error)
                raise
            return None

    bot = IrcBot(url)
    async with (
        serving(bot, Careless.as_asgi()),
        user(url, "ada") as ada,
    ):
        ada.say("break", bot.nick)
        error = await errors.get()
        await turns()  # what comes before it has ended is lost with it
        ada.say("hi", bot.nick)

        assert wrong in str(error)
        assert await ada.heard() == "1: hi"


# What follows plays the server itself.


async def test_sending_is_paced() -> None:
    clock = HeldClock()

    class Chatty(AsyncConsumer):
        async def chat_connect(self, event: Message) -> None: ...

        async def chat_received_message(self, event: Message) -> None:
            for number in range(8):
                message = {"type": "chat.send_message", "text": str(number)}
                await self.send(message)

    async with OneClient().listening() as server:
        bot = IrcBot(server.url, clock=clock)
        async with alone(bot, Chatty.as_asgi()):
            client = await server.welcomed()
            client.write(b":ada!a@h PRIVMSG bot :go\r\n")
            heard = [await client.heard() for _ in range(5)]
            await clock.advance(0.5)
            heard.append(await client.heard())
            await clock.advance(0.4)
            client.write(b"PING :still\r\n")

            # A ping is answered at once; the seventh waits.
            assert (await client.next("PONG", "PRIVMSG")).text == "still"
            assert heard == ["0", "1", "2", "3", "4", "5"]
            await clock.advance(10)


async def test_lost_connection_ends_all_and_is_made_again(
    ends: asyncio.Queue[str],
) -> None:
    clock = HeldClock()
    async with OneClient().listening() as server:
        bot = IrcBot(server.url, clock=clock)
        async with alone(bot, Echo.as_asgi()) as reported:
            client = await server.welcomed()
            client.write(b":ada!a@h PRIVMSG bot :hi\r\n")
            assert await client.heard() == "1: hi"

            client._writer.close()
            reason = await ends.get()
            await turns()
            await clock.advance(1)
            again = await server.welcomed()
            again.write(b":ada!a@h PRIVMSG bot :hi\r\n")

            assert reason == "the connection was lost"
            assert await again.heard() == "1: hi"
            assert [type(error) for error in reported] == [ConnectionError]
    assert await ends.get() == "the server stops"


async def test_server_that_is_absent_is_tried_less_and_less_often() -> None:
    clock = HeldClock()
    async with OneClient().listening() as server:
        url = server.url
    tries: list[float] = []

    class Counting(IrcBot):
        async def serve(self) -> None:
            tries.append(clock.now)
            await super().serve()

    bot = Counting(url, clock=clock)
    async with alone(bot, Echo.as_asgi()) as reported:
        with pytest.raises(TimeoutError, match="not connected to 127"):
            await bot.ready(0)
        for pause in (1, 2, 4, 8, 16, 30, 30):
            await clock.asleep()
            await clock.advance(pause)
        await clock.asleep()
        with pytest.raises(TimeoutError, match="ConnectionRefusedError"):
            await bot.ready(0)

    assert [type(error) for error in reported] == [ConnectionRefusedError]
    assert tries == [0, 1, 3, 7, 15, 31, 61, 91]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b":irc 432 * b:t :Erroneous nickname", "Erroneous nickname"),
        (b":irc 464 bot :Password incorrect", "Password incorrect"),
        (b"ERROR :Closing Link", "Closing Link"),
    ],
)
async def test_server_that_refuses_is_reported(
    line: bytes, problem: str
) -> None:
    clock = HeldClock()
    async with OneClient().listening() as server:
        url = server.url.replace("//", "//bot:secret@")
        bot = IrcBot(url, clock=clock)
        async with alone(bot, Echo.as_asgi()) as reported:
            client = await server.connections.get()
            password = await client.next("PASS")
            client.write(line + b"\r\n")
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await client.next("never")
            await turns()

    assert password.text == "secret"
    assert "secret" not in repr(bot) + repr(bot.place)
    assert problem in str(reported[0])


async def test_line_that_is_none_is_reported_and_the_next_is_heard() -> None:
    async with (
        OneClient().listening() as server,
        alone(IrcBot(server.url), Echo.as_asgi()) as reported,
    ):
        client = await server.welcomed()
        client.write(
            b":ada!a@h PRIVMSG bot :\xff\r\n"
            b":irc 001\r\n:bot!b@h JOIN\r\n:ada!a@h JOIN #x\r\n"
            b":bot!b@h PRIVMSG bot :my own\r\n:ada!a@h PRIVMSG\r\n"
            b":bot!b@h NICK robot\r\n"
            b":irc 433 robot bot :too late\r\n"
            b":ada!a@h PRIVMSG robot :hi\r\n"
        )

        assert await client.heard() == "1: hi"
        assert [type(error) for error in reported] == [WireError]


async def test_endless_line_ends_no_conversation_and_is_no_command(
    ends: asyncio.Queue[str],
) -> None:
    async with (
        OneClient().listening() as server,
        alone(IrcBot(server.url), Echo.as_asgi()) as reported,
    ):
        client = await server.welcomed()
        client.write(
            b":ada!a@h PRIVMSG bot :one\r\n"
            b":ada!a@h PRIVMSG bot :" + b"x" * 200_000 + b"\r\n"
            b":ada!a@h PRIVMSG bot :two\r\n"
        )

        assert [await client.heard() for _ in "12"] == ["1: one", "2: two"]
        assert ["over 512 bytes" in str(error) for error in reported] == [True]
        assert ends.empty()


async def test_who_waits_to_send_hears_that_the_connection_is_lost() -> None:
    clock, errors = HeldClock(), asyncio.Queue[OSError]()

    class Chatty(AsyncConsumer):
        async def chat_connect(self, event: Message) -> None: ...

        async def chat_received_message(self, event: Message) -> None:
            try:
                text = "\n".join("abcdef")
                await self.send({"type": "chat.send_message", "text": text})
            except OSError as error:
                await errors.put(error)
                raise

        async def chat_disconnect(self, event: Message) -> None:
            raise StopConsumer

    async with (
        OneClient().listening() as server,
        alone(IrcBot(server.url, clock=clock), Chatty.as_asgi()),
    ):
        client = await server.welcomed()
        client.write(b":ada!a@h PRIVMSG bot :go\r\n")
        for _ in "abcde":
            await client.heard()
        client._writer.close()
        await clock.asleep(2)  # for its turn, and to connect again
        await clock.advance(0.5)

        assert isinstance(await errors.get(), OSError)


def test_bot_refuses_a_password_with_a_second_command_and_keeps_it() -> None:
    with pytest.raises(ValueError, match="in the password") as raised:
        IrcBot("irc://bot:secret%0D%0AQUIT@localhost")

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["irc://bot@localhost/a b", "irc://b%20t@localhost"]
)
def test_bot_refuses_names_that_are_none(url: str) -> None:
    with pytest.raises(ValueError, match=r"no word|space"):
        IrcBot(url)


async def test_consumer_that_raises_ends_that_conversation_alone(
    url: str,
) -> None:
    class Brittle(Echo):
        async def chat_received_message(self, event: Message) -> None:
            if event["text"] == "break":
                raise ArithmeticError("broken")
            await super().chat_received_message(event)

    recorder = Recorder(Brittle.as_asgi())
    bot = IrcBot(f"{called(url, 'brittle')}/lobby")
    async with (
        serving(bot, recorder) as reported,
        user(url, "ada") as ada,
        user(url, "bob") as bob,
    ):
        for one in (ada, bob):
            one.say("hi", bot.nick)
            assert await one.heard() == "1: hi"
        ada.say("break", bot.nick)
        bob.say("and I?", bot.nick)
        assert await bob.heard() == "2: and I?"
        ada.say("again", bot.nick)

        assert await ada.heard() == "1: again"
        assert reported == []
    crashes = [e for e in Flow(recorder.journal) if e.kind == "crash"]
    assert [(e.client, e.type) for e in crashes] == [("ada", "ArithmeticError")]


@asynccontextmanager
async def killed_server(
    kind: str, folder: Path, port: int
) -> AsyncIterator[None]:
    """Run a chat server, and kill it."""
    if kind == "irc":
        with irc_server(port):
            yield
        return
    with started_ngircd(folder, port) as process:
        try:
            yield
        finally:
            process.kill()


@pytest.mark.parametrize("kind", ["ngircd", "irc"])
async def test_server_that_is_killed_and_comes_back_is_served_again(
    kind: str, tmp_path: Path, ends: asyncio.Queue[str]
) -> None:
    clock, port = HeldClock(), free_port()
    url = f"irc://127.0.0.1:{port}"
    bot = IrcBot(f"{url}/lobby", clock=clock)
    async with alone(bot, Echo.as_asgi()) as reported:
        await clock.asleep()  # for it is absent
        for _ in range(2):
            async with contextlib.AsyncExitStack() as there:
                async with killed_server(kind, tmp_path, port):
                    await clock.advance(2)
                    await bot.ready(LIMIT)
                    ada = await there.enter_async_context(
                        user(url, "ada", "#lobby")
                    )
                    ada.say("hi", "#lobby")
                    assert await ada.heard() == "1: hi"
                # He is told of it before she could have gone.
                assert await ends.get() == "the connection was lost"
            await clock.asleep()

    assert len(reported) == 3
