"""Secrets in MessagePack and CBOR are covered; the rest can be unpacked."""

import itertools
import struct
from typing import Any

import msgpack  # type: ignore[import-untyped]
import pytest

from minichannels.flow.journal.masking import masked_text, secrets_shown
from minichannels.flow.journal.secrets.packed import LOOKED_AT

LONG = "x" * 40


def cbor(value: Any) -> bytes:
    """Return a value in CBOR."""
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, int):
        return begun(0, value) if value >= 0 else begun(1, -1 - value)
    if isinstance(value, bytes):
        return begun(2, len(value)) + value
    if isinstance(value, str):
        return begun(3, len(value.encode())) + value.encode()
    items = (
        [*itertools.chain(*value.items())]
        if value and isinstance(value, dict)
        else value
    )
    major = 5 if isinstance(value, dict) else 4
    return begun(major, len(value)) + b"".join(map(cbor, items))


def begun(major: int, size: int) -> bytes:
    """Return what a thing of CBOR begins with."""
    if size < 24:
        return bytes([major << 5 | size])
    power = next(n for n in range(4) if size < 1 << (8 << n))
    return bytes([major << 5 | 24 + power]) + size.to_bytes(1 << power, "big")


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
        ({"pin": 100, "secret": -70_000}, {"pin": "•••", "secret": "•••"}),
        ({"tokens": ["a", "b"], "n": 1}, {"tokens": "•••"}),
        ({"tokens": {"in": 5, "out": 7}, "n": "x"}, {}),
        ({"tokens": [*range(300)], "n": "x"}, {}),
        ({"password": {"a": [1, {"b": "c"}]}, "n": 1}, {"password": "•••"}),
        ({"password": [], "auth": ["a1b2c3d4e5f6a7b8"]}, {"password": "•••"}),
        ({"n": {"m": [-1, None, 1.5, 70_000, 1 << 40, "ab"]}}, {}),
        ({"devicetoken": "x"}, {"devicetoken": "•••"}),
        ({"text": "the devicetoken was lost"}, {}),
        ({"sid": "a1b2c3d4e5f6a7b8", "signature": "of(a)"}, {"sid": "•••"}),
    ],
)
@pytest.mark.parametrize("pack", [msgpack.packb, cbor])
@pytest.mark.parametrize("inside", [False, True])
def test_secret_that_is_packed_is_covered(
    value: dict[str, Any], kept: dict[str, Any], pack: Any, inside: bool
) -> None:
    packed = pack([value, 1] if inside else value)
    kept = value | kept

    assert masked_text(packed) == pack([kept, 1] if inside else kept)
    with secrets_shown():
        assert masked_text(packed) == packed


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"name": "password", "value": "x"}, "value"),
        ({"value": {"a": "x"}, "key": "token"}, "value"),
        (
            {"field": "pwd", "a": [1, {"b": 2}], "c": None, "value": "x"},
            "value",
        ),
        ({"value": 1234, "label": "x", "id": "pin"}, "value"),
        ({"name": "password", "value": True}, ""),
        ({"value": "x", "a": "b"}, ""),
        ({"value": "x", "name": "color", "n": ["pins"]}, ""),
        ({"name": 1, "password": "x", "value": 2}, "password"),
    ],
)
@pytest.mark.parametrize("pack", [msgpack.packb, cbor])
def test_value_that_is_packed_beside_its_name_is_covered(
    value: dict[str, Any], kept: str, pack: Any
) -> None:
    known = value | ({kept: "•••"} if kept else {})
    other = {"value": "y", "name": "ada"}

    packed = masked_text(pack([other, value, other]))

    assert packed == pack([other, known, other])


@pytest.mark.parametrize("name", ["pin", "password", f"{'a' * 30}_token"])
@pytest.mark.parametrize("pack", [msgpack.packb, cbor])
def test_secret_is_covered_that_is_called_by_bytes(
    name: str, pack: Any
) -> None:
    value = {b"a": 1, name.encode(): "x1y2", b"b": [2]}

    packed = masked_text(pack(value))

    assert packed == pack(value | {name.encode(): "•••"})


def test_value_too_far_from_its_name_or_cut_off_is_not_looked_for() -> None:
    far = {"name": "password", **dict.fromkeys("abcdef", 1), "value": "x"}

    packed = masked_text(msgpack.packb(far))

    # Whatever is behind the name is covered, be it a value or not.
    assert msgpack.unpackb(packed)["value"] == "x"
    assert msgpack.unpackb(packed)["•••"] == 1
    cut = msgpack.packb({"name": "password", "a": "b" * 9})[:-3]
    assert masked_text(cut) == cut.replace(b"\xa1a", b"\xa9" + "•••".encode())


def test_cbor_that_says_no_length_is_covered() -> None:
    name = cbor("password")
    pieces = b"\x7f" + cbor("se") + cbor("cret") + b"\xff"

    for value in (pieces, b"\x9f\x01\xff", b"\xc1" + cbor("secret")):
        packed = b"\xbf" + name + value + cbor("b") + b"\x01\xff"
        assert masked_text(packed) == packed.replace(value, cbor("•••"))
    said = b"\xd9\xd9\xf7" + cbor({"password": "secret"})
    assert masked_text(said) == said[:3] + cbor({"password": "•••"})


def test_cbor_that_is_broken_is_covered_as_far_as_it_is_none() -> None:
    packed = cbor({"password": "secret", "a": "b"})
    for rest in (b"", b"\x1c", b"\xdf", b"\x9c"):
        begun = packed[:10] + rest
        assert masked_text(begun) == begun
    assert masked_text(packed[:-5]) == cbor({"password": "•••", "a": "b"})[:-4]
    assert masked_text(packed[:10] + b"\x82\x61a").endswith(cbor("•••"))


def test_bytes_that_messagepack_has_of_other_classes_are_passed_over() -> None:
    value = {
        "password": [
            msgpack.ExtType(1, b"x" * size) for size in (1, 2, 3, 4, 8, 16, 300)
        ],
        "n": ["x" * 300, b"x" * 300, [1.5] * 20, -5, -500, 1 << 40],
    }

    found = msgpack.unpackb(masked_text(msgpack.packb(value)))
    assert found == value | {"password": "•••"}


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
