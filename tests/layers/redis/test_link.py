"""A connection that is not there, breaks, or stands still."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
import redis

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.redis.hosts import Host
from minichannels.layers.redis.link import Link
from minichannels.layers.redis.wire import Wire
from minichannels.layers.remote import link as remote_link
from support.loops import FACTORIES, tasks_made_by
from support.proxies import LIMIT, Proxy, serving, until

TIMEOUT = 0.8


@pytest.fixture
async def link(proxy: Proxy) -> AsyncIterator[Link]:
    link = Link(Host(proxy.url), TIMEOUT)
    yield link
    await link.close()


def scripted(*answers: bytes) -> object:
    """Return what gives one answer to each piece that it reads."""

    async def handler(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for answer in answers:
            await reader.read(65536)
            writer.write(answer)
        await reader.read()

    return handler


async def cut(link: Link, proxy: Proxy) -> None:
    """Cut a link, and wait until it knows."""
    wire = link.up
    proxy.cut()
    await until(lambda: link.up is not wire)


async def test_command_is_answered(link: Link) -> None:
    assert await link.call("ECHO", "a") == b"a"


async def test_callers_share_one_connection_and_get_their_own_replies(
    link: Link, proxy: Proxy
) -> None:
    calls = [link.call("ECHO", n) for n in range(50)]

    assert await asyncio.gather(*calls) == [b"%d" % n for n in range(50)]
    assert proxy.connections == 1


async def test_caller_that_gives_up_leaves_the_others_their_replies(
    link: Link,
) -> None:
    tasks = [asyncio.create_task(link.call("ECHO", n)) for n in range(3)]
    await link.wire()
    await asyncio.sleep(0)
    tasks[1].cancel()

    assert await asyncio.wait_for(tasks[0], LIMIT) == b"0"
    assert await asyncio.wait_for(tasks[2], LIMIT) == b"2"


async def test_command_that_is_refused_says_which_and_why(link: Link) -> None:
    with pytest.raises(LayerUnavailable, match="refuses NONSENSE: ERR unknown"):
        await link.call("NONSENSE")
    with pytest.raises(LayerUnavailable, match="refuses NONSENSE: ERR unknown"):
        await link.calls(("ECHO", "a"), ("NONSENSE",))

    assert await link.call("ECHO", "a") == b"a"


# There is no connection


async def test_wrong_port_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    link = Link(Host(("127.0.0.1", port)), LIMIT)

    for _ in range(2):
        with pytest.raises(
            LayerUnavailable, match=rf"cannot use Redis at 127.0.0.1:{port}: .*"
        ):
            await link.call("PING")
    await link.close()


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), "HTTP|Protocol"),
        ((b"SSH-2.0-OpenSSH_9.2\r\n",), "SSH|Protocol"),
        ((b"",), "does not answer"),
        ((b"+OK\r\n+OK\r\n", b"+HELLO\r\n"), "it answers b'HELLO'"),
        (
            (b"-NOAUTH Authentication required.\r\n" * 2,),
            "Authentication required",
        ),
        (
            (b"-ERR max number of clients reached\r\n" * 2,) * 2,
            "max number of clients",
        ),
    ],
)
async def test_server_that_cannot_be_used_says_why(
    answers: tuple[bytes, ...], why: str
) -> None:
    async with serving(scripted(*answers)) as url:  # type: ignore[arg-type]
        link = Link(Host(url), TIMEOUT)
        with pytest.raises(LayerUnavailable, match=f"Redis at .*({why})"):
            await link.call("PING")
        await link.close()


async def test_what_redis_py_does_not_take_is_said(valkey_url: str) -> None:
    entry = {"address": valkey_url, "redis_connect_func": "no function"}
    link = Link(Host(entry), LIMIT)

    with pytest.raises(LayerUnavailable, match=r"cannot use Redis at .*: .+"):
        await link.call("PING")

    await link.close()


class Full:
    """Stands for a host that is gone before all is written."""

    address = "here"

    def connection(self) -> Any:
        return self

    async def connect(self) -> None:
        raise redis.ConnectionError(
            "Error 32 while writing to socket. Broken pipe."
        )

    async def disconnect(self, nowait: bool) -> None:
        """Nothing is open."""

    async def hang_up(self, connection: Any) -> None:
        """Nobody was asked where it is."""


@pytest.mark.parametrize("factory", FACTORIES)
async def test_server_that_is_gone_at_once_may_have_no_room(
    factory: Any,
) -> None:
    link = Link(cast("Host", Full()), 1)

    for _ in range(2):  # and it is asked each time
        with (
            tasks_made_by(factory),
            pytest.raises(LayerUnavailable, match="has no room for one more"),
        ):
            await link.call("PING")


async def test_server_that_understands_nothing_may_want_tls_or_be_none() -> (
    None
):
    async def hang_up(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(65536)

    async with serving(hang_up) as url:
        link = Link(Host(url), LIMIT)
        with pytest.raises(LayerUnavailable, match=r"wants TLS .* no Redis"):
            await link.call("PING")
        await link.close()


async def test_wrong_password_is_said(valkey_url: str) -> None:
    link = Link(Host({"address": valkey_url, "password": "wrong"}), LIMIT)

    with pytest.raises(LayerUnavailable, match=r"password|AUTH") as caught:
        await link.call("PING")

    assert "wrong'" not in str(caught.value)
    await link.close()


async def test_all_who_wait_for_the_first_connection_are_told() -> None:
    async with serving(scripted(b"NO\r\n")) as url:  # type: ignore[arg-type]
        link = Link(Host(url), LIMIT)
        calls = [link.call("PING") for _ in range(3)]
        errors = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(error) for error in errors] == [LayerUnavailable] * 3
    await link.close()


# It breaks


async def test_broken_connection_is_made_again(
    link: Link, proxy: Proxy
) -> None:
    await link.call("PING")

    proxy.cut()
    await until(lambda: link.up is None)

    assert await link.call("ECHO", "a") == b"a"


async def test_connection_that_was_there_is_made_again_at_once(
    link: Link, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_link, "_pauses", lambda: iter([0.0, 10 * LIMIT]))
    for _ in range(3):
        assert await asyncio.wait_for(link.call("ECHO", "a"), LIMIT) == b"a"
        await cut(link, proxy)


def test_pauses_grow_and_are_never_long() -> None:
    pauses = list(itertools.islice(remote_link._pauses(), 30))

    assert pauses[0] <= 0.05
    assert max(pauses[:5]) < min(pauses[10:])
    assert max(pauses) <= 2


async def test_command_under_way_is_an_error_and_is_not_sent_again(
    link: Link, proxy: Proxy
) -> None:
    await link.call("DEL", "counter")
    proxy.limit = 0  # what is answered next is cut

    with pytest.raises(LayerUnavailable, match="not known what became"):
        await link.call("INCR", "counter")

    assert await link.call("GET", "counter") == b"1"


@pytest.mark.parametrize("limit", [1, 3, 200_000])
async def test_reply_that_is_cut_off_reaches_nobody(
    link: Link, proxy: Proxy, limit: int
) -> None:
    await link.call("PING")
    proxy.limit = limit
    calls = [link.call("ECHO", "x" * 100_000) for _ in range(5)]
    results = await asyncio.gather(*calls, return_exceptions=True)

    assert isinstance(results[-1], LayerUnavailable)
    assert {len(r) for r in results if isinstance(r, bytes)} <= {100_000}
    assert await link.call("ECHO", "a") == b"a"


async def test_call_while_the_server_is_away_fails_in_time(
    link: Link, proxy: Proxy
) -> None:
    await link.call("PING")
    proxy.is_away = True
    proxy.cut()
    await until(lambda: link.up is None)

    with pytest.raises(LayerUnavailable, match=r"waited for 0\.8 s"):
        await link.call("PING")

    proxy.is_away = False
    assert await link.call("ECHO", "a") == b"a"


async def test_what_is_no_redis_any_more_counts_as_broken() -> None:
    said = (b"+OK\r\n+OK\r\n", b"+PONG\r\n", b"HTTP/1.1 400\r\n")
    async with serving(scripted(*said)) as url:  # type: ignore[arg-type]
        link = Link(Host(url), TIMEOUT)
        with pytest.raises(LayerUnavailable, match=r"lost.*no Redis.*HTTP"):
            await link.call("PING")
        await link.close()


async def test_answer_to_no_question_counts_as_broken() -> None:
    said = (b"+OK\r\n+OK\r\n", b"+PONG\r\n", b"+one\r\n+two\r\n")
    async with serving(scripted(*said)) as url:  # type: ignore[arg-type]
        link = Link(Host(url), TIMEOUT)
        assert await link.call("PING") == b"one"
        await until(lambda: link.up is None)
        await link.close()


async def test_connection_that_has_ended_refuses_commands(
    link: Link, proxy: Proxy
) -> None:
    wire = await link.wire()
    proxy.cut()
    await until(lambda: link.up is None)

    with pytest.raises(LayerUnavailable, match="lost Redis"):
        await wire.calls(("PING",))


# It stands still


async def test_server_that_does_not_answer_counts_as_broken() -> None:
    said = (b"+OK\r\n+OK\r\n", b"+PONG\r\n")
    async with serving(scripted(*said)) as url:  # type: ignore[arg-type]
        link = Link(Host(url), TIMEOUT)
        with pytest.raises(
            LayerUnavailable, match=r"has not answered for 0\.4"
        ):
            await link.call("GET", "a")
        await link.close()


async def test_idle_connection_lives_longer_than_the_time_limit(
    link: Link, proxy: Proxy
) -> None:
    await link.call("PING")
    wire = link.up
    assert wire is not None
    heard = wire.heard

    await until(lambda: wire.heard >= heard + 3)

    assert link.up is wire


# It is closed


async def test_close_tells_those_who_wait() -> None:
    async with serving(scripted(b"+OK\r\n+OK\r\n", b"+PONG\r\n")) as url:  # type: ignore[arg-type]
        link = Link(Host(url), LIMIT)
        call = asyncio.create_task(link.call("GET", "a"))
        await until(lambda: link.up)

        await link.close()

        with pytest.raises(LayerUnavailable, match="was closed"):
            await call


async def test_close_while_it_connects_tells_those_who_wait() -> None:
    async with serving(scripted(b"")) as url:  # type: ignore[arg-type]
        link = Link(Host(url), LIMIT)
        call = asyncio.create_task(link.call("GET", "a"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

        await link.close()

        with pytest.raises(LayerUnavailable, match="was closed"):
            await call


async def test_link_that_is_collected_leaves_its_connection_as_it_is(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = await link.wire()

    async def connect() -> Wire:
        return wire

    monkeypatch.setattr(link, "connect", connect)
    living: Any = link._live()
    living.send(None)  # it watches

    living.close()  # as Python does with what nobody has any more

    assert await link.call("ECHO", "a") == b"a"


async def test_link_that_was_never_used_can_be_closed() -> None:
    await Link(Host("redis://nowhere"), LIMIT).close()


async def test_link_that_was_closed_connects_no_more(proxy: Proxy) -> None:
    link = Link(Host(proxy.url), TIMEOUT)
    await link.call("PING")
    await link.close()

    with pytest.raises(LayerUnavailable, match="was closed"):
        await link.call("PING")

    assert proxy.connections == 1


async def test_link_is_closed_also_if_a_cancellation_is_swallowed(
    proxy: Proxy,
) -> None:
    class Stubborn(Link):
        swallowed = 0

        async def watch(self, connection: Wire) -> str:
            try:
                return await super().watch(connection)
            except asyncio.CancelledError:
                self.swallowed += 1
                return await super().watch(connection)

    link = Stubborn(Host(proxy.url), timeout=LIMIT)
    await link.wire()
    link.timeout = 0.05  # after which it cancels once more

    await asyncio.wait_for(link.close(), LIMIT)

    assert link.swallowed == 1
    assert link.up is None


async def test_link_that_is_closed_uses_no_connection_that_comes_then(
    proxy: Proxy,
) -> None:
    class Stubborn(Link):
        async def connect(self) -> Wire:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return await super().connect()
            raise AssertionError

    link = Stubborn(Host(proxy.url), timeout=2 * LIMIT)
    waiting = asyncio.create_task(link.wire())
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    await asyncio.wait_for(link.close(), LIMIT)

    assert link.up is None
    with pytest.raises(LayerUnavailable, match="was closed"):
        await waiting
