from typing import Any

import pytest

from minichannels.protocols.places import Place, find


def test_find_reads_all_that_an_address_says() -> None:
    url = "irc://a%40b:se%2Fcret@[::1]:6668/one,two"

    place = find(url, "irc", 6667, allow_remote=False)

    assert place == Place("::1", 6668, "a@b", "se/cret", "one,two")
    assert str(place) == "[::1]:6668"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.9.9.9", "127.1"]
)
def test_find_takes_this_machine_and_the_usual_port(host: str) -> None:
    place = find(f"irc://{host}", "irc", 6667, allow_remote=False)

    assert str(place) == f"{host}:6667"


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://127.0.0.1", "is no address such as irc://127.0.0.1:6667"),
        ("irc://", "is no address such as"),
        (5, "5 is no address such as irc://127.0.0.1:6667"),
        (["irc://127.0.0.1"], "is no address"),
        (b"irc://127.0.0.1", "is no address such as"),
        ("127.0.0.1", "is no address such as"),
        ("irc://127.0.0.1:99999", "is no address: Port"),
        ("irc://127.0.0.1:0", "is no address: nobody listens at port 0"),
        ("irc://irc.example.org", "is another machine; .* allow_remote=True"),
        ("irc://0.0.0.0", "is another machine"),
        ("irc://bot@127.0.0.1/#lobby", "before '#'; leave it out.* write %23"),
        ("irc://bot@127.0.0.1/lobby?key", "before '.'; leave it .* write %3F"),
    ],
)
def test_find_refuses(url: Any, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        find(url, "irc", 6667, allow_remote=False)


def test_find_takes_another_machine_if_told_so() -> None:
    place = find("irc://irc.example.org", "irc", 6667, allow_remote=True)

    assert place.host == "irc.example.org"
