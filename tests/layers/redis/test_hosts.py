import traceback
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.layers.redis import RedisChannelLayer
from minichannels.layers.redis.hosts import hosts_of


@pytest.mark.parametrize(
    ("entry", "address", "db"),
    [
        ("redis://:secret@10.0.0.1:7000/3", "10.0.0.1:7000", 3),
        ("rediss://cache", "cache:6379", 0),
        ("unix:///run/valkey.sock?db=2", "/run/valkey.sock", 2),
        ("valkey://cache:1", "cache:1", 0),
        ("valkey+unix:///run/valkey.sock", "/run/valkey.sock", 0),
        (("10.0.0.1", 7000), "10.0.0.1:7000", 0),
        (["10.0.0.1", "7000"], "10.0.0.1:7000", 0),
        ({"address": "redis://cache:1", "db": 4}, "cache:1", 4),
        ({"address": ("cache", 1), "password": "x"}, "cache:1", 0),
        ({"host": "cache", "port": 1, "password": "secret"}, "cache:1", 0),
        ({"path": "/run/valkey.sock"}, "/run/valkey.sock", 0),
    ],
)
def test_entry_is_a_server(entry: Any, address: str, db: int) -> None:
    (host,) = hosts_of([entry])

    assert (host.address, host.db) == (address, db)
    assert "secret" not in repr(RedisChannelLayer([entry]))


def test_without_hosts_it_is_the_usual_one() -> None:
    (host,) = hosts_of(None)

    assert host.address == "localhost:6379"


def test_password_and_what_else_there_is_goes_to_redis_py() -> None:
    entry = {"address": "redis://:secret@cache", "client_name": "chat"}
    (host,) = hosts_of([entry])
    connection = host.connection()

    assert (connection.password, connection.client_name) == ("secret", "chat")
    assert entry == {
        "address": "redis://:secret@cache",
        "client_name": "chat",
    }


def test_what_this_library_does_itself_cannot_be_set() -> None:
    (host,) = hosts_of(
        ["redis://cache?decode_responses=True&protocol=3&socket_timeout=1"]
    )
    connection = host.connection()

    assert connection.socket_timeout is None
    assert connection.protocol == 2
    assert not connection.encoder.decode_responses


def test_sentinel_is_asked_for_the_master() -> None:
    (host,) = hosts_of(
        [{"sentinels": [("10.0.0.1", 26379)], "master_name": "mymaster"}]
    )

    connection = host.connection()

    assert connection.connection_pool.service_name == "mymaster"
    assert host.address == "mymaster (Sentinel at 10.0.0.1:26379)"


@pytest.mark.parametrize(
    ("hosts", "problem"),
    [
        ("redis://cache", r"hosts is a list, such as .*; not str"),
        ({"address": "redis://cache"}, "hosts is a list, .*; not dict"),
        (7, "hosts is a list, .*; not int"),
        ([], "hosts is empty"),
        (("127.0.0.1", 6379), "'127.0.0.1', which is no host.*"),
        ([7], "7, which is no host: it is no URL, no pair of host and"),
        ([("cache",)], "is no URL, no pair"),
        (["http://cache"], "redis://"),
        (["redis://cache:port"], "port"),
        ([{"address": "redis://cache", "pasword": "x"}], "pasword"),
        (["redis://:secret@cache:port"], "'redis://…@cache:port', which"),
        ([("cache", "port")], "port"),
        ([("cache", 65536)], "a port is a number up to 65535, not 65536"),
        ([("cache", True)], "a port is a number"),
        ([(None, 6379)], "a host is a str, not None"),
        ([{"path": ""}], "a path is a str, not ''"),
        (["redis:/cache"], "'redis:/cache', which .* there is no '://'"),
        (["redis://cache/one"], "a database is a number, not 'one'"),
        ([{"host": "cache", "db": -1}], "a database is .* from 0 on, not -1"),
        ([{"host": "cache", "db": 1.5}], "a database is .*, not 1.5"),
        ([{"address": "redis://cache", "db": "x"}], "a dict of address, db, "),
        (["unix://"], "there is no path of a socket in it"),
        ([{"sentinels": [("cache", 26379)]}], "the master_name"),
        ([{"sentinels": [], "master_name": "m"}], "sentinels is empty"),
    ],
)
def test_what_is_no_list_of_servers_is_refused(
    hosts: Any, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        RedisChannelLayer(hosts)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:q9x7/secret@cache",
        "redis://:q9x7@secret@cache:port",
        "redis://:q9x7#secret@cache/x",
    ],
)
@pytest.mark.parametrize("made", [str, lambda url: {"address": url}])
def test_no_part_of_a_password_is_shown(
    url: str, made: Callable[[str], Any]
) -> None:
    with pytest.raises(ValueError, match="is no host") as caught:
        RedisChannelLayer([made(url)])

    shown = "".join(traceback.format_exception(caught.value))
    assert "q9x7" not in shown
    assert "secret@" not in shown
