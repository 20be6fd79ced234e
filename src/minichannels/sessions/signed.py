"""A store that keeps nothing: the session is in the client's own cookie.

How it works: the key of a session is the session itself, signed. The client
can read it, but not change it: another key of ours signs in another way. So
nothing has to be kept, looked up, or shared between processes.

What it cannot do is to forget. The client may keep a cookie and send it again
after the logout, so a store notes which sessions have ended, until they would
have ended anyway. Other processes learn of it if they share that note.

Source: itsdangerous, "Serialization Interface"; Django, "Using cookie-based
sessions".
"""

import functools
import hashlib
import logging
import secrets
import time
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, NamedTuple

from minichannels.exceptions import SessionTooLarge

try:
    import itsdangerous
    from itsdangerous.encoding import base64_encode
except ImportError as error:
    raise ImportError(
        f"sessions in signed cookies need {error.name};"
        ' pip install "minichannels[sessions]"'
    ) from error

MOST_BYTES = 3_800
"""How long a session may be: browsers keep 4,096 bytes with its attributes."""

_SHORTEST_SECRET = 16
_LONG = 1_000  # bytes, before they are letters

logger = logging.getLogger("minichannels")


class _Opened(NamedTuple):
    id: str
    end: float
    text: str


class _Words:
    """Writes what is in a cookie, in which the text comes last, with blanks.

    The text is JSON already: to write it as JSON once more takes room and time.
    """

    @staticmethod
    def dumps(words: Sequence[object]) -> str:
        """Return the words as a text."""
        return " ".join(map(str, words))

    @staticmethod
    def loads(text: str) -> list[str]:
        """Return the words of a text."""
        return text.split(" ", 2)


class _Serializer(itsdangerous.URLSafeSerializer):
    """Compresses what is long alone.

    Few bytes are saved otherwise, and each connect would have to unpack them.
    """

    def dump_payload(self, obj: Any) -> bytes:
        """Return what is signed, in letters that a cookie may have."""
        payload = itsdangerous.Serializer.dump_payload(self, obj)
        if len(payload) < _LONG:
            return base64_encode(payload)
        return bytes(super().dump_payload(obj))


class _Cookies:
    """What a store has signed: one name there, as classes are made of it."""

    def __init__(
        self,
        serializer: Any,
        ended: MutableMapping[str, float] | None,
        clock: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self.ended = {} if ended is None else ended
        self.clock = clock
        self.new_id = new_id
        self.longest = 0.0  # how long a cookie has been good for, at most
        # A socket asks twice, and a browser comes again: to verify takes time.
        self.remembered = functools.lru_cache(500)(self.verified)
        self.serializer = serializer
        # Once: the serializer would make a new one for each cookie.
        self.signer = serializer.make_signer()

    def seal(self, id_: str, text: str, seconds: float) -> str:
        """Return a cookie."""
        self.longest = max(self.longest, seconds)
        end = self.clock() + seconds
        cookie: Any = self.serializer.dumps([id_, end, text])
        _require_size(cookie)
        return str(cookie)

    def open(self, key: str) -> _Opened | None:
        """Return what is in a cookie; None, and a line in the log, if not."""
        if len(key) > MOST_BYTES:
            why = "it is too long"
        elif (opened := self.remembered(key)) is None:
            why = "no key of ours has signed it"
        elif opened.end <= self.clock():
            why = "it has expired"
        elif opened.id in self.ended:
            why = "its session has ended"
        else:
            return opened
        logger.info("the cookie of a session was refused: %s", why)
        return None

    def verified(self, key: str) -> _Opened | None:
        """Return what is in a cookie; None, if nobody here has signed it."""
        try:
            payload = self.signer.unsign(key)
            id_, end, text = self.serializer.load_payload(payload)
            return _Opened(id_, float(end), text)
        except (itsdangerous.BadData, ValueError):
            return None

    def end(self, key: str) -> None:
        """Note that the session of a cookie has ended."""
        opened, now = self.open(key), self.clock()
        for id_ in [i for i, end in self.ended.items() if end <= now]:
            del self.ended[id_]
        if opened is not None:
            # The client may have a later one, which lives for longer.
            self.ended[opened.id] = max(opened.end, now + self.longest)


class SignedCookieStore:
    """Keeps each session in the cookie of its client.

    Args:
        keys: what signs them: the first one does; those after it are still
            good for cookies that they have signed.
        purpose: another one makes another store of the same keys.
        ended: which sessions have ended, and until when that is to be known;
            a mapping that processes share makes a logout hold in all of them.
        clock: tells the time, in seconds.
        new_id: makes a name for a session, which nobody has to guess.

    Raises:
        ValueError: there is no key, or one that can be guessed.
    """

    def __init__(
        self,
        keys: Sequence[str],
        *,
        purpose: str = "minichannels.sessions",
        ended: MutableMapping[str, float] | None = None,
        clock: Callable[[], float] = lambda: time.time(),  # a test may move it
        new_id: Callable[[], str] = lambda: secrets.token_urlsafe(12),
    ) -> None:
        _require_keys(keys)
        signer = _serializer(keys, purpose)
        self._minichannels = _Cookies(signer, ended, clock, new_id)

    def load(self, key: str) -> str | None:
        """Return the text in a cookie that this store has signed."""
        opened = self._minichannels.open(key)
        return None if opened is None else opened.text

    def create(self, text: str, seconds: float) -> str:
        """Return a cookie for a text, under a new name."""
        cookies = self._minichannels
        return cookies.seal(cookies.new_id(), text, seconds)

    def update(self, key: str, text: str, seconds: float) -> str | None:
        """Return a cookie for another text, under the same name."""
        opened = self._minichannels.open(key)
        return opened and self._minichannels.seal(opened.id, text, seconds)

    def delete(self, key: str) -> None:
        """Note that the session of a cookie has ended."""
        self._minichannels.end(key)

    def __repr__(self) -> str:
        return "SignedCookieStore()"


def _serializer(keys: Sequence[str], purpose: str) -> Any:
    """Return what signs with the first of the keys, and knows them all."""

    def made(keys: list[Any], derivation: str) -> Any:
        return _Serializer(
            keys,
            salt=purpose,
            serializer=_Words,
            signer_kwargs={
                "key_derivation": derivation,
                "digest_method": hashlib.sha256,
            },
        )

    # Those that sign are made of them once: it would be done for each cookie.
    derive = made([""], "hmac").make_signer().derive_key
    # The last one signs.
    return made([derive(key) for key in reversed(keys)], "none")


def _require_size(cookie: str) -> None:
    if len(cookie) > MOST_BYTES:
        raise SessionTooLarge(
            f"the session takes {len(cookie)} bytes as a cookie; browsers keep"
            f" {MOST_BYTES}: keep less in it, or take another store"
        )


def _require_keys(keys: Any) -> None:
    if not isinstance(keys, list | tuple) or not keys:
        raise ValueError("the keys are a list of at least one text")
    for number, key in enumerate(keys, 1):
        if not isinstance(key, str):  # what it is may be a secret
            raise ValueError(
                f"key {number} is no text, but of type {type(key).__name__}; is"
                " the variable set that it comes from?"
            )
        if len(key) < _SHORTEST_SECRET:
            raise ValueError(
                f"key {number} has {len(key)} characters, which can be guessed;"
                " take secrets.token_urlsafe()"
            )
