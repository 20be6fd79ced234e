import pytest

from minichannels.lab.transport.addresses import (
    browser_url,
    local_url,
    reachable,
)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "::1"),
    ],
)
def test_reachable_is_an_address_to_connect_to(
    host: str, expected: str
) -> None:
    assert reachable(host) == expected


def test_local_url_names_scheme_host_and_port() -> None:
    assert local_url("127.0.0.1", 80) == "http://127.0.0.1:80/"
    assert local_url("::1", 80, "ws") == "ws://[::1]:80/"


def test_browser_url_is_the_local_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)

    assert browser_url("127.0.0.1", 80) == "http://127.0.0.1:80/"


def test_browser_url_goes_through_the_proxy_of_a_hub(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")

    assert browser_url("127.0.0.1", 80) == "/user/ada/proxy/80/"
