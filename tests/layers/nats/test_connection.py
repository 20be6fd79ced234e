"""A connection to NATS: its TLS, its end, and several servers."""

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minichannels.exceptions import LayerUnavailable
from support.certificates import Authority, Pair
from support.contract import Make, numbers
from support.nats_servers import NatsServer
from support.proxies import serving, until
from support.redis_servers import shard_of

INFO = b'INFO {"server_id": "x", "headers": true, "max_payload": 1000}\r\n'


@pytest.fixture
def own(tmp_path: Path) -> Iterator[NatsServer]:
    """Return a server to be harmed."""
    server = NatsServer(tmp_path)
    yield server
    server.kill()


def secured(folder: Path, pair: Pair, more: str = "") -> NatsServer:
    """Return a server that wants TLS."""
    files = f'cert_file: "{pair.certificate}", key_file: "{pair.key}"'
    return NatsServer(folder, f"tls {{ {files} {more} }}")


@pytest.fixture
def tls(tmp_path: Path, pair: Pair) -> Iterator[NatsServer]:
    server = secured(tmp_path, pair)
    yield server
    server.kill()


# TLS


@pytest.mark.parametrize("scheme", ["tls", "nats"])
async def test_server_is_reached_by_tls(
    make: Make, tls: NatsServer, authority: Authority, scheme: str
) -> None:
    url = f"{scheme}://localhost:{tls.port}"
    layer = make(url, options={"tls": authority.context()})

    channel = await layer.new_channel()
    await layer.send(channel, {"n": 1})

    assert await numbers(layer, channel) == [1]


async def test_server_that_cannot_be_trusted_is_said_at_once(
    make: Make, tls: NatsServer, authority: Authority
) -> None:
    context = authority.context()
    for url, options, problem in (
        (f"tls://localhost:{tls.port}", {}, "unable to get local issuer"),
        (f"tls://127.0.0.1:{tls.port}", {"tls": context}, "not valid for"),
    ):
        with pytest.raises(LayerUnavailable, match=problem):
            await make(url, options=options).new_channel()


async def test_server_may_want_a_certificate(
    make: Make, tmp_path: Path, pair: Pair, authority: Authority
) -> None:
    wanted = f', ca_file: "{authority.certificate}", verify: true'
    server = secured(tmp_path, pair, wanted)
    url = f"tls://localhost:{server.port}"
    mine = authority.context(authority.issue("ada"))
    try:
        layer = make(url, options={"tls": mine})
        channel = await layer.new_channel()
        with pytest.raises(LayerUnavailable, match="cannot use NATS"):
            await make(url, options={"tls": authority.context()}).new_channel()
    finally:
        server.kill()

    assert "!" in channel


@pytest.mark.parametrize("scheme", ["tls", "nats"])
async def test_password_is_not_told_without_tls_if_that_is_asked_for(
    make: Make, authority: Authority, scheme: str
) -> None:
    heard: list[bytes] = []

    async def plain(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(INFO)
        while data := await reader.read(1000):
            heard.append(data)

    async with serving(plain, scheme) as url:
        url = url.replace("://", "://ada:secret@")
        layer = make(url, options={"tls": authority.context()})
        with pytest.raises(LayerUnavailable, match="it does not use TLS") as no:
            await layer.new_channel()

    assert heard == []
    assert "secret" not in str(no.value)


# Several servers


async def test_server_that_is_silent_or_gone_is_passed_over(
    make: Make, server_url: str
) -> None:
    async def mute(*_: Any) -> None:
        await asyncio.Event().wait()

    async with serving(mute, "nats") as silent:
        layer = make(
            servers=[silent, "nats://127.0.0.1:9", server_url],
            options={"dont_randomize": True},
            timeout=1.5,
        )
        channel = await layer.new_channel()

    assert "!" in channel


@pytest.mark.parametrize(("in_order", "last"), [(True, 2), (False, 1)])
async def test_servers_are_tried_in_any_order_or_in_theirs(
    make: Make, monkeypatch: pytest.MonkeyPatch, in_order: bool, last: int
) -> None:
    monkeypatch.setattr("random.shuffle", list.reverse)
    servers = ["nats://127.0.0.1:1", "nats://127.0.0.1:2"]
    layer = make(servers=servers, options={"dont_randomize": in_order})

    with pytest.raises(LayerUnavailable, match=rf"'127\.0\.0\.1', {last}\)"):
        await layer.new_channel()


async def test_server_that_closes_the_connection_at_once_is_said(
    make: Make,
) -> None:
    async def rude(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(INFO)
        await reader.readline()

    async with serving(rude, "nats") as url:
        with pytest.raises(LayerUnavailable, match="closed the connection at"):
            await make(url).new_channel()


# Its end


def unseen(loop: asyncio.AbstractEventLoop) -> list[dict[str, Any]]:
    """Return what nobody looks at, as it comes."""
    found: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: found.append(context))
    return found


@pytest.mark.parametrize("killed", [True, False])
async def test_connection_ends_whatever_is_still_to_be_written(
    make: Make, own: NatsServer, killed: bool
) -> None:
    unheeded = unseen(asyncio.get_running_loop())
    layer = make(own.url, timeout=2)
    channel = await layer.new_channel()
    wire = shard_of(layer).link.up
    own.pause()
    large = {"n": 1, "text": "x" * 500_000}
    sending = [
        asyncio.create_task(layer.group_send("g", large)) for _ in range(30)
    ]
    transport = wire._client._writer().transport
    await until(transport.get_write_buffer_size)
    if killed:
        own.kill()
        own.start()

    told = await asyncio.wait_for(
        asyncio.gather(*sending, return_exceptions=True), 10
    )
    if not killed:
        own.resume()
    await until(lambda: shard_of(layer).link.up not in (None, wire))
    await layer.send(channel, {"n": 2})
    await layer.close()
    gc.collect()

    assert {type(error) for error in told} == {LayerUnavailable}
    assert unheeded == []


async def test_member_that_is_renewed_in_vain_is_heard_afterwards(
    make: Make, own: NatsServer
) -> None:
    layer = make(own.url, timeout=1)
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    wire = shard_of(layer).link.up
    own.pause()
    with pytest.raises(LayerUnavailable):
        await layer.group_add("g", channel)

    own.resume()
    await until(lambda: shard_of(layer).link.up not in (None, wire))
    await layer.group_send("g", {"n": 1})

    assert await numbers(layer, channel) == [1]
