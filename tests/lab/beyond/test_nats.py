import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from minichannels.exceptions import LayerUnavailable
from minichannels.lab import nats
from minichannels.lab.beyond import nats_process
from minichannels.lab.beyond.held import stop_held
from minichannels.layers.nats import NatsChannelLayer


async def test_layer_uses_it_by_its_url() -> None:
    with nats() as server:
        layer = NatsChannelLayer(server.url)
        await layer.send("a", {"text": "x" * 999_980})

        assert len((await layer.receive("a"))["text"]) == 999_980
        await layer.close()


async def test_nobody_uses_it_without_the_token() -> None:
    with nats() as server:
        layer = NatsChannelLayer(f"nats://127.0.0.1:{server.port}")

        with pytest.raises(LayerUnavailable, match="Authorization"):
            await layer.send("a", {})
        await layer.close()


def test_server_outlives_the_thread_that_started_it() -> None:
    with ThreadPoolExecutor() as threads:
        server = threads.submit(nats).result()
    with server:
        answers = socket.create_connection(("127.0.0.1", server.port))
        assert answers.recv(4) == b"INFO"
        answers.close()


def test_process_that_is_forked_does_not_end_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with nats() as server:
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: -1)
            stop_held()
            server.stop()
        answers = socket.create_connection(("127.0.0.1", server.port))
        assert answers.recv(4) == b"INFO"
        answers.close()


def test_program_that_cannot_be_started_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(nats_process, "_program", lambda extra: str(tmp_path))

    with pytest.raises(PermissionError):
        nats()


def test_token_is_not_shown() -> None:
    with nats() as server:
        shown = repr(server)

    token = server.url.partition("@")[0].removeprefix("nats://")
    assert len(token) > 16
    assert token not in shown
    assert shown == f"<Nats nats://•••@127.0.0.1:{server.port}>"
