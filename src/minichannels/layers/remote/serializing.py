"""Messages as bytes, and what is wrong with bytes that are none.

How it works: a message travels in an envelope, which says when it is too old
and whom it is for. As bytes, that is

    mark      1 byte     how the rest is written; no other program's has it
    number    8 bytes    random, so that no two messages are equal: the layer
                         takes its own message back by its value
    body      the rest   the envelope as msgpack or JSON; encrypted with the
                         first key, if keys are given, and read with any

What cannot be read (another key, another format, somebody else's bytes) is
*unreadable*: it is counted and left aside, and the reader goes on.
"""

import base64
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgpack  # type: ignore[import-untyped]  # the layers' packages ask for it

_NUMBER = 8
_HEAD = 1 + _NUMBER

# Of a format, and of the same encrypted. No text and no msgpack begins so.
_MARKS = {"msgpack": (b"\xc1", b"\xf8"), "json": (b"\xf9", b"\xfa")}

_CRYPTOGRAPHY = 'encryption needs cryptography; pip install "cryptography"'


class Envelope(NamedTuple):
    """A message under way.

    Attributes:
        message: the message.
        expires: when it is too old, in seconds since the epoch.
        channel: whom it is for; empty for all members of a group.
        ticket: its number among those of its sender's process that are under
            way to itself; 0 if it is not one of these.
    """

    message: dict[str, Any]
    expires: float
    channel: str = ""
    ticket: int = 0


class Unreadable(Exception):
    """Bytes that are no message of this layer; the text says why."""


class Serializer:
    """Writes and reads messages.

    Args:
        serializer_format: ``msgpack`` or ``json``.
        symmetric_encryption_keys: to encrypt with the first, and read with
            any of them; empty to leave messages as they are.

    Raises:
        ValueError: another format, or no list of keys.
        ImportError: there are keys, and cryptography is not installed.
    """

    def __init__(
        self,
        serializer_format: str = "msgpack",
        symmetric_encryption_keys: Sequence[str | bytes] | None = None,
    ) -> None:
        if serializer_format not in list(_MARKS):  # a list has no hash
            raise ValueError(
                f"serializer_format is 'msgpack' or 'json', not"
                f" {serializer_format!r}"
            )
        self._format = serializer_format
        self._fernet = _fernet(symmetric_encryption_keys)
        self._mark = _MARKS[serializer_format][self._fernet is not None]
        self._pack: Callable[[Any], bytes] = msgpack.packb
        self._unpack: Callable[[bytes], Any] = msgpack.unpackb
        if serializer_format == "json":
            self._pack, self._unpack = _to_json, _from_json

    def dumps(self, envelope: Envelope) -> bytes:
        """Return a message as bytes, of which there are no others."""
        body = self._pack(tuple(envelope))
        if self._fernet is not None:
            body = self._fernet.encrypt(body)
        return self._mark + os.urandom(_NUMBER) + body

    def loads(self, data: bytes) -> Envelope:
        """Return the message that was written.

        Raises:
            Unreadable: there is none, and why.
        """
        if data[:1] != self._mark:
            raise Unreadable(f"unreadable: {self._other(data[:1])}")
        body = data[_HEAD:]
        try:
            if self._fernet is not None:
                body = self._fernet.decrypt(body)
            envelope = Envelope(*self._unpack(body))
        except Exception as error:
            # Whatever a parser raises when it meets bytes of others; some say
            # nothing, and others as much as there is in the bytes.
            why = str(error) or type(error).__name__
            why = "encrypted with another key" if self._fernet else why
            raise Unreadable(f"unreadable: {why:.200}") from error
        if tuple(map(type, envelope)) != (dict, float, str, int):
            raise Unreadable("unreadable: no message of this layer")
        return envelope

    def _other(self, mark: bytes) -> str:
        for name, (plain, encrypted) in _MARKS.items():
            if mark == plain:
                if name == self._format:
                    return "not encrypted, and here are keys"
                return f"written as {name}, read as {self._format}"
            if mark == encrypted:
                return f"encrypted, written as {name}"
        return "not written by this layer"


def _fernet(keys: Sequence[str | bytes] | None) -> Any:
    """Return what encrypts, None without keys."""
    if not keys:  # as on channels_redis: nothing is said, in whatever way
        return None
    # The names of a dict are nothing that nobody could guess.
    if isinstance(keys, str | bytes | Mapping) or not isinstance(
        keys, Iterable
    ):
        raise ValueError(
            "symmetric_encryption_keys is a list of keys, in order: the first"
            f" encrypts; not {type(keys).__name__}"
        )
    encoded = [_key(key) for key in keys]
    try:
        from cryptography.fernet import Fernet, MultiFernet
    except ImportError as error:
        raise ImportError(_CRYPTOGRAPHY) from error
    # As channels_redis does: a key is any text, and its hash is Fernet's key.
    digests = (hashlib.sha256(key).digest() for key in encoded)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(d)) for d in digests])


def _key(key: Any) -> bytes:
    """Return a key as bytes; no text of an error shows it."""
    if not isinstance(key, str | bytes | bytearray) or not key:
        what = type(key).__name__ if key or key is None else "empty"
        raise ValueError(
            f"one of symmetric_encryption_keys is {what}, and no key: a key is"
            " a str or bytes that nobody can guess"
        )
    return key.encode() if isinstance(key, str) else bytes(key)


def _to_json(value: Any) -> bytes:
    """Return a value as JSON, and beside it where bytes stand in it."""
    places: list[list[Any]] = []
    texts = _without_bytes(value, [], places)
    written = json.dumps(
        [texts, places], ensure_ascii=False, separators=(",", ":")
    )
    return written.encode()


def _without_bytes(value: Any, path: list[Any], places: list[Any]) -> Any:
    if isinstance(value, bytes):
        places.append(path)
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, dict):
        return {
            key: _without_bytes(item, [*path, key], places)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [
            _without_bytes(item, [*path, index], places)
            for index, item in enumerate(value)
        ]
    return value


def _from_json(data: bytes) -> Any:
    value, places = json.loads(data)
    for *path, last in places:
        inner = value
        for key in path:
            inner = inner[key]
        inner[last] = base64.b64decode(inner[last])
    return value
