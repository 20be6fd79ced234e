import errno
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minichannels.layers.redis import RedisChannelLayer, hosts
from minichannels.layers.redis.hosts import Host, hosts_of


@pytest.fixture
def utils() -> Any:
    """What channels_redis makes of hosts; without it the rest is tested."""
    return pytest.importorskip("channels_redis.utils")


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
        ({"address": "redis://cache:1/3", "db": 4, "port": 2}, "cache:1", 3),
        ({"host": "cache", "port": 1, "password": "secret"}, "cache:1", 0),
        ({"path": "/run/valkey.sock"}, "/run/valkey.sock", 0),
        (("::1", 6379.0), "::1:6379", 0),
        ({"host": "cache", "password": 7, "username": None}, "cache:6379", 0),
    ],
)
def test_entry_is_a_server(entry: Any, address: str, db: int) -> None:
    (host,) = hosts_of([entry])

    assert (host.address, host.db) == (address, db)
    assert "secret" not in repr(RedisChannelLayer([entry]))


def test_entry_that_says_things_twice_is_read_as_by_channels_redis(
    utils: Any,
) -> None:
    entry = {"address": "redis://:a@cache:1/3", "password": "b", "host": "c"}
    theirs = utils.create_pool(entry).connection_kwargs
    ours = Host(entry)._pool.connection_kwargs

    names = ("host", "port", "db", "password")
    assert [ours[n] for n in names] == [theirs[n] for n in names]


@pytest.mark.parametrize("nothing", [None, [], (), {}, set(), "", b"", 0])
def test_without_hosts_it_is_that_of_channels_redis(
    utils: Any, nothing: Any
) -> None:
    (theirs,) = utils.decode_hosts(nothing)
    (host,) = RedisChannelLayer(nothing).hosts

    assert host.address == "localhost:6379"
    assert theirs == {"address": "redis://localhost:6379"}


@pytest.mark.parametrize(
    "entry",
    [
        (None, 7000),
        {"host": None, "port": 7000},
        {"host": "localhost", "port": 7000, "master_name": None},
    ],
)
def test_none_in_an_entry_says_nothing_as_on_channels_redis(
    utils: Any, entry: Any
) -> None:
    (theirs,) = utils.decode_hosts([entry])
    connection = utils.create_pool(theirs).make_connection()
    (host,) = hosts_of([entry])

    assert host.address == "localhost:7000"
    # Of None asyncio makes this machine.
    place = connection.host or "localhost", connection.port
    assert place == ("localhost", 7000)


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
        (iter([]), "hosts is empty"),
        (("127.0.0.1", 6379), "'127.0.0.1', which is no host.*"),
        ([7], "7, which is no host: it is no URL, no pair of host and"),
        ([("cache",)], "is no URL, no pair"),
        (["http://cache"], "redis://"),
        (["redis://cache:port"], "port"),
        ([{"address": "redis://cache", "pasword": "x"}], "pasword"),
        ([{"url": "redis://cache"}], "no 'url' here; a URL .* 'address'"),
        ([{"host": "cache", "ssl": True}], "no 'ssl' here; .* 'rediss://'"),
        ([{"host": "cache", "ssl_ciphers": "x"}], "'rediss://'"),
        ([{"host": "cache", "bad": "x"}], "takes no 'bad' here; hosts"),
        ([{"host": "cache", 7: "x"}], "keywords must be strings"),
        ([{"host": "cache", "password": ["x"]}], "password is a str, not list"),
        ([{"host": "cache", "encoding": "x"}], "unknown encoding: x"),
        (
            [{"host": "cache", "socket_connect_timeout": "x"}],
            "socket_connect_timeout is a number, in seconds, not str",
        ),
        (
            [{"host": "cache", "socket_keepalive_options": 7}],
            "socket_keepalive_options is a dict, not int",
        ),
        ([{"host": "cache", "retry": 7}], r"has call_with_retry\(\), not int"),
        ([{"host": "cache", "credential_provider": 7}], "get_credentials"),
        ([{"address": "rediss://c", "ssl_ca_certs": "/x/y"}], "'/x/y', which"),
        ([{"address": "rediss://c", "ssl_ciphers": "x"}], "(?i)cipher"),
        ({"redis://cache"}, "hosts is a list, .*; not set"),
        (["redis://:secret@cache:port"], "'redis://…@cache:port', which"),
        ([("cache", "port")], "port"),
        ([("cache", 65536)], "a port is a number up to 65535, not 65536"),
        ([("cache", True)], "a port is a number"),
        ([("cache", None)], "a port is a number up to 65535, not None"),
        ([("cache", 1.5)], "a port is a number up to 65535, not 1.5"),
        ([("cache", float("inf"))], "a port is a number .*, not inf"),
        ([("cache:6379", 1)], "a host is a name or .*, not 'cache:6379'"),
        ([("redis://cache", 1)], "a host is .*, not 'redis://cache'"),
        ([("cache ", 1)], "a host is a name or an address"),
        ([("", 6379)], "a host is a str, not ''"),
        ([{"path": ""}], "a path is a str, not ''"),
        (["redis:/cache"], "'redis:/cache', which .* there is no '://'"),
        (["redis://cache/one"], "a database is a number, not 'one'"),
        ([{"host": "cache", "db": -1}], "a database is .* from 0 on, not -1"),
        ([{"host": "cache", "db": 1.5}], "a database is .*, not 1.5"),
        (
            [{"address": "redis://cache", "db": "x"}],
            "a database is .*, not 'x'",
        ),
        (["unix://"], "there is no path of a socket in it"),
    ],
)
def test_what_is_no_list_of_servers_is_refused(
    hosts: Any, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        RedisChannelLayer(hosts)


PAIR = ("10.0.0.1", 26379)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"sentinels": [PAIR]}, "goes the master_name .*; not None"),
        (
            {"sentinels": [PAIR], "master_name": ""},
            "the master_name .*; not ''",
        ),
        ({"sentinels": [PAIR], "master_name": b"m"}, "a str .*; not b'm'"),
        ({"sentinels": [PAIR], "mastername": "m"}, "goes the master_name"),
        ({"master_name": "m"}, "with a master_name go the sentinels"),
        ({"sentinel": [PAIR], "master_name": "m"}, "go the sentinels"),
        (
            {"sentinels": [PAIR], "master_name": "m", "pasword": "q9x7"},
            "takes no 'pasword' here; there is 'password'",
        ),
        (
            {
                "sentinels": [PAIR],
                "master_name": "m",
                "sentinel_kwargs": {"pasword": "q9x7"},
            },
            "takes no 'pasword' here; there is 'password'",
        ),
        (
            {"sentinels": [PAIR], "master_name": "m", "sentinel_kwargs": "x"},
            "sentinel_kwargs is a dict, not str",
        ),
        (
            {"sentinels": [PAIR], "master_name": "m", "address": "redis://c"},
            "an address has no place beside them",
        ),
    ],
)
def test_master_that_cannot_be_asked_for_is_refused(
    entry: Any, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        RedisChannelLayer([entry])

    assert "q9x7" not in str(caught.value)


@pytest.mark.parametrize(
    ("sentinels", "problem"),
    [
        ("10.0.0.1:26379", "pairs of host and port, .*; not '10.0.0.1:26379'"),
        (["10.0.0.1:26379"], "has '10.0.0.1:26379', which is no pair"),
        (["ab"], "has 'ab', which is no pair"),
        (PAIR, "has '10.0.0.1', which is no pair"),
        ([("10.0.0.1",)], "which is no pair"),
        ([{"host": "c", "password": "q9x7"}], "'password': …}, which is no"),
        (["redis://:q9x7@c:1"], "'redis://…@c:1', which is no pair"),
        ({"10.0.0.1": 26379}, "is a list of pairs"),
        (7, "is a list of pairs of host and port, .*; not 7"),
        (None, "is a list of pairs of host and port, .*; not None"),
        ([], "sentinels is empty; sentinels is a list of pairs"),
        ([("", 1)], "a host is a str, not ''"),
        ([("10.0.0.1", "x")], "a port is a number up to 65535, not 'x'"),
        ([("10.0.0.1", 70000)], "a port is a number up to 65535, not 70000"),
    ],
)
def test_what_is_no_list_of_sentinels_is_refused(
    sentinels: Any, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        RedisChannelLayer([{"sentinels": sentinels, "master_name": "m"}])

    assert "q9x7" not in str(caught.value)


@pytest.mark.parametrize(
    "sentinels", [[PAIR], (PAIR,), [list(PAIR)], {PAIR}, iter([PAIR])]
)
def test_sentinels_are_any_pairs(sentinels: Any) -> None:
    (host,) = hosts_of([{"sentinels": sentinels, "master_name": "m"}])

    for _ in range(2):
        manager = host.connection().connection_pool.sentinel_manager
        assert "10.0.0.1:26379" in repr(manager)


@pytest.mark.parametrize(
    "entry",
    [
        ("cache", 6379, 1),
        "redis://cache/one",
        {"sentinels": [], "master_name": "m"},
    ],
)
def test_difference_what_channels_redis_finds_late_or_never_is_told(
    utils: Any, entry: Any
) -> None:
    (theirs,) = utils.decode_hosts([entry])
    utils.create_pool(theirs).make_connection()

    with pytest.raises(ValueError, match="is no host"):
        RedisChannelLayer([entry])


def test_sentinel_of_no_host_is_on_this_machine_as_on_channels_redis() -> None:
    entry = {"sentinels": [(None, 26379)], "master_name": "m"}
    (host,) = hosts_of([entry])

    assert host.address == "m (Sentinel at localhost:26379)"


def sentinel_asked_first(host: Host) -> dict[str, Any]:
    """Return how the first Sentinel is reached that a connection asks."""
    known = host.connection().connection_pool.sentinel_manager.sentinels
    options: dict[str, Any] = known[0].connection_pool.connection_kwargs
    return options


def test_another_sentinel_is_asked_first_each_time() -> None:
    sentinels = [("a", 1), ("b", 2)]
    host = Host({"sentinels": sentinels, "master_name": "mymaster"})

    first = [sentinel_asked_first(host)["host"] for _ in range(3)]

    assert first == ["b", "a", "b"]


def test_how_a_sentinel_is_asked_can_be_said() -> None:
    entry = {"sentinels": [("a", 1)], "master_name": "mymaster"}
    host = Host({**entry, "sentinel_kwargs": {"socket_timeout": 7}})

    asked = sentinel_asked_first(host)

    assert (asked["socket_timeout"], asked["socket_connect_timeout"]) == (7, 1)


def test_hosts_may_come_one_by_one() -> None:
    hosts = hosts_of(name for name in ("redis://a", "redis://b"))

    assert [host.address for host in hosts] == ["a:6379", "b:6379"]


def test_certificate_that_is_none_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")

    with pytest.raises(ValueError, match=r"is no host: .+; hosts is a list"):
        RedisChannelLayer([{"address": "rediss://c", "ssl_ca_certs": path}])


@pytest.mark.parametrize(
    "url",
    [
        "ada:q9x7@cache:6379",
        "cache?password=q9x7",
        "rediss://cache?password=q9x7&bad=1",
        "rediss://cache?bad=1&password=q@q9x7",
        "redis://:q?9@q9x7@cache?bad=q9x7",
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


def test_host_is_one_though_no_file_can_be_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(options: Any) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(hosts, "_pool", full)
    with pytest.raises(OSError, match="Too many open files"):
        hosts_of(None)
