from typing import Any

import pytest

from minichannels.flow.recording.clients.name_from import (
    LONGEST,
    require_name_from,
)

SCOPE: dict[str, Any] = {
    "type": "websocket",
    "path": "/ws/ada/room/",
    "query_string": b"user=b%C3%B6b&user=eve&empty=",
    "headers": [(b"x-user", b" carl "), (b"x-user", b"dora")],
}


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("header:X-User", "carl"),
        ("header:x-other", ""),
        ("query:user", "eve"),
        ("query:empty", ""),
        ("path:1", "ws"),
        ("path:3", "room"),
        ("path:4", ""),
    ],
)
def test_name_stands_where_a_rule_says(rule: str, name: str) -> None:
    assert require_name_from(rule)(SCOPE) == name


@pytest.mark.parametrize(
    ("rule", "name"), [("query:user", "eve"), ("path:1", "3")]
)
def test_name_stands_there_in_whatever_a_scope_has(
    rule: str, name: str
) -> None:
    scope = {"type": "http", "path": 3, "query_string": "user=eve"}

    assert require_name_from(rule)(scope) == name


def test_name_has_an_end() -> None:
    scope = {"type": "http", "path": "/" + "x" * 99}

    assert require_name_from("path:1")(scope) == "x" * LONGEST
    assert require_name_from("query:user")(scope) == ""


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("header:x-user", f"••• {'x' * (LONGEST - 4)}"),
        ("query:user", "is one •••"),
        ("path:1", "•••"),
    ],
)
def test_name_has_nothing_in_it_that_the_client_has_shown(
    rule: str, name: str
) -> None:
    key = "k" * 2 * LONGEST
    scope = {
        "path": f"/{key}/",
        "query_string": f"user=is+one+{key}".encode(),
        "headers": [
            (b"cookie", f"a={key}".encode()),
            (b"x-user", f"{key} {'x' * LONGEST}".encode()),
        ],
    }

    assert require_name_from(rule)(scope) == name


@pytest.mark.parametrize(
    "rule", ["", "header", "header:", "query:", "path", "path:0", "path:x"]
)
def test_rule_that_is_none_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match="is not where a name stands"):
        require_name_from(rule)


@pytest.mark.parametrize(
    "rule", ["header:Cookie", "header:authorization", "query:access_token"]
)
def test_name_is_never_a_secret(rule: str) -> None:
    with pytest.raises(ValueError, match="is a secret"):
        require_name_from(rule)
