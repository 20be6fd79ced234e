"""What speaks of a secret does not show it."""

from typing import Any

import pytest

from minichannels._masking import (
    MASK,
    Secret,
    is_secret,
    shown,
    without_cookies,
)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("Cookie", True),
        (b"set-cookie", True),
        (b"AUTHORIZATION", True),
        (b"x-cookie", False),
        (b"\xff", False),
        (None, False),
    ],
)
def test_header_is_a_secret_by_its_name(name: Any, secret: bool) -> None:
    assert is_secret(name) is secret


def test_secret_does_not_show_itself() -> None:
    class Purse(Secret):
        coins = 7

    assert repr(Purse()) == f"<Purse {MASK}>"


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        ("a\n", "x-name", r"'a\n'"),
        ("secret\n", b"Set-Cookie", MASK),
        ("Authorization: secret", "", MASK),
        ((b"cookie", "secret", 3), "", MASK),
    ],
)
def test_shown_is_all_that_is_no_secret(
    value: Any, name: Any, text: str
) -> None:
    assert shown(value, name) == text


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        ([(b"set-cookie", b"s=secret"), (b"a", b"b")], [MASK, "b"]),
        ((["cookie", "s=secret"],), [MASK]),
        ([()], None),
        ("no list", None),
    ],
)
def test_event_is_shown_without_cookies(headers: Any, left: Any) -> None:
    event = {"type": "a", "headers": headers}

    masked = without_cookies(event)

    if left is None:
        assert masked == event
    else:
        assert [pair[1].decode() for pair in masked["headers"]] == left
    assert "secret" not in repr(masked)
    assert without_cookies({"type": "a"}) == {"type": "a"}
