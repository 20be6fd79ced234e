"""The session: what is known about one client, from one visit to the next.

How it works: a session is used like a dict. Its store is asked for the text of
it when somebody first wants to know something, and given another when it is
saved. The text is JSON, so that any store can keep it.

    a session is …   because …                     it is saved as
    unread           nobody has asked              it is not saved
    new              the client has sent no key,   a new one, which gets a key
                     or one that nobody knows
    known            the store has its text        that one, unless it has
                                                   ended: SessionGone
    moved            of cycle_key(): the data      a new one, and the old one
                     stay, the key does not        is deleted

Rule 1: a key that a client has sent is never given to a new session.
Rule 2: nothing of a session is shown, by no error and no ``repr``.

Source: Channels, "Sessions"; Django, "Using sessions in views".
"""

import copy
import json
import logging
import math
from collections.abc import Iterator, MutableMapping
from typing import Any

from minichannels._masking import Secret, short
from minichannels.exceptions import SessionGone, UnserializableError
from minichannels.sessions.stores import SessionStore, ask, ask_now
from minichannels.types import tell_refused

TWO_WEEKS = 14 * 24 * 60 * 60
_EXPIRY = "_session_expiry"  # Django's name, as it is kept with the data
_DEEPEST = 100

logger = logging.getLogger("minichannels")


class SessionDict(Secret, MutableMapping[str, Any]):
    """What is known about one client: a dict that is loaded when it is used.

    Where one has to wait for the store, ``await session.aload()`` once; after
    that it is a dict like any other. What changes inside a value is not
    noticed: then set ``modified``.

    Args:
        store: where it is kept.
        key: what the client has sent, if it has.
        age: how many seconds it lives after it was saved.
        patience: how many seconds the store may take to answer.

    Attributes:
        accessed: whether somebody has asked for something.
        modified: whether it is to be saved.
    """

    def __init__(
        self,
        store: SessionStore,
        key: str = "",
        *,
        age: float = TWO_WEEKS,
        patience: float = 5,
    ) -> None:
        self.accessed = False
        self.modified = False
        self._store = store
        self._key = key
        self._former = ""  # the key that it had before cycle_key()
        self._age = age
        self._patience = patience
        self._text: str | None = None  # as the store had it
        self._data: dict[str, Any] | None = None

    # As a dict

    def __getitem__(self, name: str) -> Any:
        return self._loaded()[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._loaded()[name] = value
        self.modified = True

    def __delitem__(self, name: str) -> None:
        del self._loaded()[name]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded())

    def __len__(self) -> int:
        return len(self._loaded())

    def is_empty(self) -> bool:
        """Return whether there is nothing in it, and no key for it."""
        return not self.session_key and not self._loaded()

    # Its key and its age

    @property
    def session_key(self) -> str | None:
        """Its key, which nobody may see but its client."""
        return self._key or None

    def get_expiry_age(self) -> float:
        """Return how many seconds it lives, from when it is saved."""
        return self._loaded().get(_EXPIRY) or self._age

    def get_expire_at_browser_close(self) -> bool:
        """Return whether the client forgets it when the browser closes."""
        return self._loaded().get(_EXPIRY) == 0

    def set_expiry(self, seconds: float | None) -> None:
        """Have it live for so long; 0: until the browser is closed.

        Raises:
            ValueError: it is no number of seconds.
        """
        if seconds is None:
            self.pop(_EXPIRY, None)
        else:
            require_seconds("set_expiry()", seconds)
            self[_EXPIRY] = seconds

    def cycle_key(self) -> None:
        """Give it a new key, so that whoever knows the old one knows none."""
        self._loaded()
        self._former, self._key = self._key or self._former, ""
        self.modified = True

    async def acycle_key(self) -> None:
        """Do the same, whatever store it is."""
        await self.aload()
        self.cycle_key()

    # Loading

    def _loaded(self) -> dict[str, Any]:
        self.accessed = True
        if self._data is None:
            text = None
            if self._key:
                text = ask_now(self._load, self._patience, "session.aload()")
            self._take(text)
        return self._data  # type: ignore[return-value]  # taken by now

    async def aload(self) -> None:
        """Ask the store for it, unless that was done.

        Raises:
            SessionUnavailable: the store fails, or does not answer in time.
        """
        if self._data is None and self._key:
            self._take(await ask(self._load, self._patience))

    async def aget(self, name: str, default: Any = None) -> Any:
        """Return a value, whatever store it is."""
        await self.aload()
        return self._loaded().get(name, default)

    async def areload(self) -> None:
        """Ask the store once more; what was not saved is forgotten."""
        self._data, self.modified = None, False
        await self.aload()

    async def is_current(self) -> bool:
        """Return whether the store has it as it had when it was loaded.

        Raises:
            SessionUnavailable: the store fails, or does not answer in time.
        """
        return bool(await ask(self._load, self._patience) == self._text)

    def copy(self) -> "SessionDict":
        """Return another one, which is as the store has it when it is used."""
        return SessionDict(
            self._store, self._key, age=self._age, patience=self._patience
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> "SessionDict":
        # Of a copied scope: its store may be a connection, and stays.
        twin = copy.copy(self)
        twin._data = copy.deepcopy(self._data, memo)
        return twin

    def _load(self) -> Any:
        return self._store.load(self._key)

    def _take(self, text: str | None) -> None:
        if self._data is not None:
            return  # another task has loaded it meanwhile, or changed it
        self._text = text
        data = None if text is None else _parsed(text)
        if data is None and self._key:
            tell_nobody("cookie", "the store has no session of it")
            self._key = ""  # rule 1
        self._data = data or {}

    # Saving

    async def asave(self) -> None:
        """Keep it in the store.

        Raises:
            SessionGone: it has ended, as by a logout in another tab.
            SessionTooLarge: its store has not so much room for one.
            SessionUnavailable: the store fails, or does not answer in time.
            UnserializableError: there is something in it that is not JSON.
        """
        await self.aload()
        text, age = _dumped(self._loaded()), self.get_expiry_age()
        if not self._key:
            self._key = await self._ask("create", text, age)
        elif not (key := await self._ask("update", self._key, text, age)):
            raise SessionGone("the session has ended, so it cannot be saved")
        else:
            self._key = key
        await self._forget_former()
        self.modified = False

    def save(self) -> None:
        """Do the same in a thread, such as that of a sync consumer."""
        ask_now(self._saving, self._patience, "session.asave()")

    def _saving(self) -> Any:
        return self.asave()

    async def aflush(self) -> None:
        """End it: whoever sends its key is nobody from now on."""
        self._former, self._key = self._key or self._former, ""
        await self._forget_former()
        self._data, self.modified = {}, True

    def flush(self) -> None:
        """Do the same in a thread, or with a store that answers at once."""
        self._former, self._key = self._key or self._former, ""
        if self._former:
            ask_now(self._delete, self._patience, "session.aflush()")
        self._former = ""
        self._data, self.modified = {}, True

    async def _forget_former(self) -> None:
        if self._former:
            await ask(self._delete, self._patience)
            self._former = ""

    def _delete(self) -> Any:
        return self._store.delete(self._former)

    async def _ask(self, method: str, *arguments: Any) -> Any:
        call = getattr(self._store, method)
        return await ask(lambda: call(*arguments), self._patience)


def tell_nobody(word: str, why: str) -> None:
    """Say why a client is nobody: in the log, and in a word in the flow."""
    logger.info("a client is nobody: %s", why)
    tell_refused(word)


def _parsed(text: str) -> dict[str, Any] | None:
    """Return the data of a text; None if it is none of ours."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _dumped(data: dict[str, Any]) -> str:
    """Return the data as JSON.

    Raises:
        UnserializableError: something in it is not JSON, and where it is.
    """
    _require_json(data, ())
    return json.dumps(data, separators=(",", ":"))


def _require_json(value: Any, path: tuple[object, ...]) -> None:
    """Raise UnserializableError unless JSON has a word for a value."""
    problem = _problem(value, len(path))
    if problem:
        place = "".join(f"[{key!r}]" for key in path)
        raise UnserializableError(f"session{place} {problem}", path=path)
    if isinstance(value, dict):
        for key, item in value.items():
            _require_json(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _require_json(item, (*path, index))


def _problem(value: Any, depth: int) -> str:
    """Say what is wrong with a value itself, without showing it."""
    if depth > _DEEPEST:
        return "is nested too deeply"
    if not isinstance(value, dict | list | tuple | str | int | float | None):
        return f"is {type(value).__name__}; keep text, numbers, lists, dicts"
    if isinstance(value, float) and not math.isfinite(value):
        return "is no number that JSON has a word for"
    if isinstance(value, dict) and any(type(key) is not str for key in value):
        return "has a key that is no text"
    return ""


def require_seconds(what: str, value: Any) -> None:
    """Raise ValueError unless a value is a number of seconds."""
    # No date is so far away. Not "abs(value) > …": that would let NaN pass.
    if not isinstance(value, int | float) or not abs(value) <= 10**10:
        raise ValueError(
            f"{what} takes a number of seconds, such as 3600, not"
            f" {short(value)}"
        )
