import sys
from collections.abc import Iterator

import pytest

from minichannels.lab.engine.simulated import SimulatedValkey

redis = pytest.importorskip("redis")


@pytest.fixture
def engine() -> Iterator[SimulatedValkey]:
    engine = SimulatedValkey("")
    engine.start()
    yield engine
    engine.let_go()


def test_simulation_says_what_valkey_says(engine: SimulatedValkey) -> None:
    with redis.Redis.from_url(engine.url) as client:
        client.rpush("list", "one", "two")

        assert client.lpop("list") == b"one"


def test_simulation_is_empty_after_a_stop(engine: SimulatedValkey) -> None:
    with redis.Redis.from_url(engine.url) as client:
        client.set("key", "value")
    engine.start()
    engine.stop()
    assert not engine.running

    engine.start()

    with redis.Redis.from_url(engine.url) as client:
        assert client.get("key") is None


def test_stop_ends_the_connections_that_wait(engine: SimulatedValkey) -> None:
    with redis.Redis.from_url(engine.url) as client:
        client.ping()
        connection = client.connection_pool.get_connection()
        connection.send_command("BLPOP", "list", 0)

        engine.stop()

        with pytest.raises(redis.ConnectionError):
            connection.read_response()


def test_second_kernel_finds_it_and_cannot_stop_it(
    engine: SimulatedValkey,
) -> None:
    second = SimulatedValkey(engine.place)

    second.start()

    assert second.url == engine.url
    with pytest.raises(ConnectionError, match="another notebook's kernel"):
        second.stop()
    second.let_go()
    assert engine.running


@pytest.mark.parametrize("known", ["nonsense", "1"])
def test_nonsense_is_no_simulation(known: str) -> None:
    engine = SimulatedValkey(known)

    assert engine.place != known
    assert not engine.running
    engine.stop()


def test_fakeredis_that_is_missing_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "fakeredis", None)

    with pytest.raises(ImportError, match="by fakeredis; run pip install"):
        SimulatedValkey("").start()
