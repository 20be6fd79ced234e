"""Secrets in MessagePack are covered; the rest can be unpacked as before."""

from typing import Any

import msgpack  # type: ignore[import-untyped]
import pytest

from minichannels.flow.journal.masking import masked_text, secrets_shown
from minichannels.flow.journal.secrets.packed import LOOKED_AT

LONG = "x" * 40


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"a": 1, "password": "x" * 7, "b": [2]}, {"password": "•••"}),
        ({"password": b"x" * 7}, {"password": "•••"}),
        ({"password": msgpack.packb({"pwd": "x"})}, {"password": "•••"}),
        ({"password": LONG}, {"password": "•••"}),
        ({"password": "x" * 300}, {"password": "•••"}),
        ({"password": "x" * 70_000}, {"password": "•••"}),
        ({"password": True}, {}),
        ({"password": 7}, {"password": "•••"}),
        ({"pin": 1234, "otp": 123456}, {"pin": "•••", "otp": "•••"}),
        ({"pin": 7, "pass": True, "tokens": 5}, {}),
        ({"pin_board": "x", "auth": "basic"}, {}),
        ({f"{'a' * 30}_token": "x"}, {f"{'a' * 30}_token": "•••"}),
    ],
)
def test_secret_of_messagepack_is_covered(
    value: dict[str, Any], kept: dict[str, Any]
) -> None:
    packed = msgpack.packb(value)

    assert msgpack.unpackb(masked_text(packed)) == value | kept
    with secrets_shown():
        assert masked_text(packed) == packed


def test_what_is_cut_is_covered_to_the_end() -> None:
    packed = msgpack.packb({"a": "b", "password": LONG})

    assert masked_text(packed[:-35]).endswith("•••".encode())
    assert masked_text(packed[:14]) == packed[:14]
    assert masked_text(b"\xff") == b"\xff"


def test_of_a_text_as_long_as_all_that_follows_the_beginning_is_looked_at() -> (
    None
):
    begun = b"\x81\xa7refresh\xdb\x7f\xff\xff\xff"
    token = b"a1" * (LOOKED_AT // 2)

    assert masked_text(begun + token + b" more") == begun[:-5] + (
        b"\xa9" + "•••".encode()
    )
    assert masked_text(begun + token[1:] + b" more").endswith(b" more")
