import os
import shutil
import socket

import pytest

from minichannels.lab.beyond.broker import broker
from minichannels.lab.beyond.held import stop_held


def test_broker_listens_on_this_machine_until_it_is_stopped() -> None:
    made = broker()
    port = int(made.url.rpartition(":")[2])
    socket.create_connection(("127.0.0.1", port)).close()

    stop_held()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    assert not made._folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such groups")
def test_interrupt_of_the_kernel_does_not_reach_the_broker() -> None:
    with broker() as made:
        # A kernel is interrupted with all processes of its group.
        assert os.getpgid(made._process.pid) != os.getpgid(0)


def test_broker_that_does_not_end_when_it_is_asked_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with broker() as made:
        # Not before: it has the same time to start.
        monkeypatch.setattr("minichannels.lab.beyond.nats_process.LIMIT", 1.0)
        monkeypatch.setattr(made._process, "terminate", bool)

    assert made._process.returncode == -9


def test_broker_on_a_port_in_use_says_why_it_cannot_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(RuntimeError, match="address already in use"):
            broker(port)


def test_broker_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)

    with pytest.raises(ImportError, match=r'"minichannels\[beyond\]"'):
        broker()
