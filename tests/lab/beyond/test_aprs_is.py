import asyncio
import socket
import struct
import threading
from collections.abc import Callable

import pytest

from minichannels.lab.beyond.aprs_is import aprs_is


async def test_packets_are_passed_on_to_those_who_have_logged_in() -> None:
    with aprs_is() as server:
        port = int(server.url.rpartition(":")[2])
        lines = [
            await asyncio.open_connection("127.0.0.1", port) for _ in range(4)
        ]
        (ada, to_ada), (bob, to_bob), (_, to_eve), (_, to_fred) = lines
        for writer, login in (
            (to_ada, b"user ADA pass 1\r\n"),
            (to_bob, b"user BOB pass -1\r\n"),
            (to_eve, b"user\r\n"),
        ):
            writer.write(login)
        heads = [await each.readuntil(b"LAB\r\n") for each in (ada, bob)]
        linger = struct.pack("ii", 1, 0)  # no goodbye: the line is cut
        cut = to_fred.get_extra_info("socket")
        cut.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        to_fred.transport.abort()
        to_bob.write(b"BOB>APRS:>is not passed on\r\n")
        to_eve.write(b"EVE>APRS:>is not passed on\r\n")
        for text in (b"nonsense", b"ADA>APRS:>hi"):
            to_ada.write(text + b"\r\n")

        assert await bob.readline() == b"ADA>APRS:>hi\r\n"
        assert heads[0].endswith(b"# logresp ADA verified, server LAB\r\n")
        assert heads[1].endswith(b"# logresp BOB unverified, server LAB\r\n")
        for _, writer in lines:
            writer.close()


async def test_whoever_connects_while_it_ends_is_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = aprs_is()
    call, held, asked = (
        server.loop.call_soon_threadsafe,
        threading.Event(),
        threading.Event(),
    )

    def hold() -> None:
        held.set()
        assert asked.wait(5)  # nobody is accepted meanwhile

    def calling(function: Callable[[], object]) -> None:
        call(function)
        asked.set()

    call(hold)
    assert await asyncio.to_thread(held.wait, 5)
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 5) as late:
        monkeypatch.setattr(server.loop, "call_soon_threadsafe", calling)
        await asyncio.to_thread(server.stop)
        while await asyncio.to_thread(late.recv, 100):
            pass  # it is greeted first
