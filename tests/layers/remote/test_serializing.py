import sys
from typing import Any

import pytest

from minichannels.layers.remote.serializing import (
    Envelope,
    Serializer,
    Unreadable,
)

FORMATS = pytest.mark.parametrize("format_", ["msgpack", "json"])
ENVELOPE = Envelope({"a": [b"\xff", {"b": b""}], "c": 1}, 7.5, "x!y", 3)


@FORMATS
@pytest.mark.parametrize("keys", [None, ["one"], [b"one", "two"]])
def test_what_was_written_is_read(format_: str, keys: Any) -> None:
    serializer = Serializer(format_, keys)

    assert serializer.loads(serializer.dumps(ENVELOPE)) == ENVELOPE


@FORMATS
def test_no_two_messages_have_the_same_bytes(format_: str) -> None:
    serializer = Serializer(format_)

    assert serializer.dumps(ENVELOPE) != serializer.dumps(ENVELOPE)


@FORMATS
def test_text_of_any_language_is_no_longer_than_it_is(format_: str) -> None:
    message = Envelope({"text": "é" * 1000}, 7.5)

    assert len(Serializer(format_).dumps(message)) < 2100


@FORMATS
def test_what_is_encrypted_shows_nothing(format_: str) -> None:
    message = Envelope({"word": "topsecret"}, 7.5, "channel!name")

    data = Serializer(format_, ["key"]).dumps(message)

    assert b"topsecret" not in data
    assert b"channel" not in data
    assert b"topsecret" in Serializer(format_).dumps(message)


def test_keys_rotate() -> None:
    old, both = Serializer("msgpack", ["old"]), ["new", "old"]
    rotated, new = Serializer("msgpack", both), Serializer("msgpack", ["new"])

    assert rotated.loads(old.dumps(ENVELOPE)) == ENVELOPE
    assert new.loads(rotated.dumps(ENVELOPE)) == ENVELOPE
    with pytest.raises(Unreadable):
        old.loads(rotated.dumps(ENVELOPE))


PLAIN, JSON = Serializer("msgpack"), Serializer("json")
SECRET = Serializer("msgpack", ["key"])


@pytest.mark.parametrize(
    ("reader", "data", "why"),
    [
        (PLAIN, b"", "not written by this layer"),
        (PLAIN, b"hello", "not written by this layer"),
        (PLAIN, JSON.dumps(ENVELOPE), "written as json, read as msgpack"),
        (JSON, PLAIN.dumps(ENVELOPE), "written as msgpack, read as json"),
        (PLAIN, SECRET.dumps(ENVELOPE), "encrypted, written as msgpack"),
        (
            SECRET,
            PLAIN.dumps(ENVELOPE),
            "not encrypted, and here are keys",
        ),
        (
            Serializer("msgpack", ["other"]),
            SECRET.dumps(ENVELOPE),
            "encrypted with another key",
        ),
        (PLAIN, PLAIN.dumps(ENVELOPE)[:-1], "incomplete"),
        (JSON, JSON.dumps(ENVELOPE)[:-1], "delimiter|Expecting"),
        (PLAIN, PLAIN.dumps(ENVELOPE)[:9] + b"\x91" * 9_999, "StackError$"),
        (
            JSON,
            JSON.dumps(ENVELOPE)[:9] + b'[{}, [["' + b"x" * 999 + b'"]]]',
            "'x{199}$",
        ),
        (PLAIN, PLAIN.dumps(ENVELOPE)[:9] + b"\x90", "missing"),
        (PLAIN, PLAIN.dumps(ENVELOPE)[:9] + b"\x01", "argument"),
        (
            PLAIN,
            PLAIN.dumps(Envelope({}, 1.0, "a", "b")),  # type: ignore[arg-type]
            "no message of this layer",
        ),
    ],
    # What is random must not be in the name of a test.
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_message_says_why(
    reader: Serializer, data: bytes, why: str
) -> None:
    with pytest.raises(Unreadable, match=f"unreadable: .*({why})"):
        reader.loads(data)


def test_format_is_one_of_two() -> None:
    with pytest.raises(ValueError, match="'msgpack' or 'json', not 'pickle'"):
        Serializer("pickle")


@pytest.mark.parametrize("keys", ["key", b"key"])
def test_keys_are_a_list(keys: Any) -> None:
    with pytest.raises(ValueError, match="is a list of keys"):
        Serializer("msgpack", keys)


def test_without_cryptography_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.fernet", None)

    with pytest.raises(ImportError, match='pip install "cryptography"'):
        Serializer("msgpack", ["key"])
