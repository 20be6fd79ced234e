"""Redis behind TLS.

The server is Valkey. That of the wheel has no TLS: what stands in front of it
does, as where somebody else runs the server.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from minichannels.exceptions import LayerUnavailable
from support.certificates import Authority, Pair
from support.contract import Make, got, numbers
from support.proxies import Proxy, serving, until
from support.redis_servers import shard_of


@contextlib.asynccontextmanager
async def secured(
    url: str, authority: Authority, pair: Pair, *, asks: bool = False
) -> AsyncIterator[Proxy]:
    """Run what has TLS; its URL names the host that is in its certificate."""
    context = authority.server(pair, asks=asks)
    async with Proxy(url, context).running() as proxy:
        proxy.url = proxy.url.replace("127.0.0.1", "localhost")
        yield proxy


@pytest.fixture
async def tls(
    server_url: str, authority: Authority, pair: Pair
) -> AsyncIterator[Proxy]:
    async with secured(server_url, authority, pair) as proxy:
        yield proxy


@pytest.mark.parametrize("in_url", [True, False])
async def test_server_is_reached_by_tls(
    make: Make, tls: Proxy, authority: Authority, in_url: bool
) -> None:
    trusted = str(authority.certificate)
    as_dict = {"address": tls.url, "ssl_ca_certs": trusted}
    as_url = f"{tls.url}?ssl_ca_certs={trusted}"
    layer = make(hosts=[as_url if in_url else as_dict])
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    await layer.group_send("g", {"n": 1})
    await layer.send("list", {"n": 2})

    assert await numbers(layer, channel) == [1]
    assert await got(layer, "list") == {"n": 2}


async def test_connection_by_tls_that_breaks_is_made_again(
    make: Make, tls: Proxy, authority: Authority
) -> None:
    layer = make(f"{tls.url}?ssl_ca_certs={authority.certificate}")
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    reading = asyncio.create_task(layer.receive(channel))
    topics = shard_of(layer).topics
    tls.cut()
    await until(lambda: not topics.hears_all)
    await until(lambda: topics.hears_all)

    await layer.group_send("g", {"n": 1})

    assert await asyncio.wait_for(reading, 10) == {"n": 1}


async def test_server_that_cannot_be_trusted_is_said_at_once(
    make: Make, tls: Proxy, authority: Authority
) -> None:
    trusted = f"ssl_ca_certs={authority.certificate}"
    elsewhere = tls.url.replace("localhost", "127.0.0.1")
    for url, problem in (
        (tls.url, "unable to get local issuer"),
        (f"{elsewhere}?{trusted}", "not valid for '127.0.0.1'"),
    ):
        with pytest.raises(LayerUnavailable, match=problem):
            await make(url).new_channel()


async def test_server_may_be_trusted_unseen(make: Make, tls: Proxy) -> None:
    url = tls.url.replace("localhost", "127.0.0.1")
    layer = make(f"{url}?ssl_cert_reqs=none&ssl_check_hostname=false")

    assert "!" in await layer.new_channel()


async def test_server_may_want_a_certificate(
    make: Make, server_url: str, authority: Authority, pair: Pair
) -> None:
    mine = authority.issue("ada")
    async with secured(server_url, authority, pair, asks=True) as proxy:
        config: dict[str, Any] = {
            "address": proxy.url,
            "ssl_ca_certs": str(authority.certificate),
        }
        files = {
            "ssl_certfile": str(mine.certificate),
            "ssl_keyfile": str(mine.key),
        }
        layer = make(hosts=[config | files])
        channel = await layer.new_channel()
        with pytest.raises(LayerUnavailable, match="cannot use Redis at"):
            await make(hosts=[config]).new_channel()

    assert "!" in channel


async def test_server_with_tls_that_is_asked_without_is_said(
    make: Make, tls: Proxy
) -> None:
    url = tls.url.replace("rediss", "redis")

    with pytest.raises(LayerUnavailable, match=r"wants TLS .*'rediss://'"):
        await make(url).new_channel()


async def test_server_without_tls_that_is_asked_for_it_is_said(
    make: Make, proxy: Proxy
) -> None:
    url = proxy.url.replace("redis", "rediss")

    with pytest.raises(LayerUnavailable, match=r"by TLS, .*'redis://', not"):
        await make(url, timeout=0.5).new_channel()


async def test_server_that_answers_tls_in_plain_text_is_said(
    make: Make,
) -> None:
    async def plain(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(1)
        writer.write(b"-ERR Protocol error: unbalanced quotes in request\r\n")
        await reader.read()

    async with serving(plain) as url:
        url = url.replace("redis", "rediss")
        with pytest.raises(LayerUnavailable, match=r"by TLS, .*'redis://'"):
            await make(url).new_channel()
