"""What a store of sessions promises, kept in memory or signed."""

import asyncio
import importlib
import logging
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from itsdangerous.encoding import base64_decode

from minichannels.exceptions import (
    SessionError,
    SessionTooLarge,
    SessionUnavailable,
)
from minichannels.sessions import MemoryStore
from minichannels.sessions import signed as signed_module
from minichannels.sessions.signed import MOST_BYTES, SignedCookieStore
from minichannels.sessions.stores import ask, ask_now
from support.clock import Clock

NEW, OLD = "the new key of this site", "the old key of this site"
FORGOTTEN = "a key from long ago"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "signed"])
def store(request: pytest.FixtureRequest, clock: Clock) -> Any:
    if request.param == "memory":
        return MemoryStore(clock)
    return SignedCookieStore([NEW, OLD], clock=clock)


def test_store_gives_back_what_it_was_given(store: Any) -> None:
    key = store.create("one", 60)
    assert store.load(key) == "one"

    key = store.update(key, "two", 60)
    assert store.load(key) == "two"


def test_store_ends_what_is_deleted(store: Any) -> None:
    key, other = store.create("one", 60), store.create("one", 60)

    store.delete(key)

    assert store.load(key) is None
    assert store.update(key, "two", 60) is None
    assert store.load(key) is None
    assert store.load(other) == "one"


def test_store_ends_what_has_expired(store: Any, clock: Clock) -> None:
    key = store.create("one", 60)
    clock.now = 59
    assert store.load(key) == "one"

    clock.now = 60
    assert store.load(key) is None
    assert store.update(key, "two", 60) is None


def test_update_begins_the_time_anew(store: Any, clock: Clock) -> None:
    key = store.create("one", 60)
    clock.now = 59

    key = store.update(key, "two", 60)

    clock.now = 118
    assert store.load(key) == "two"


@pytest.mark.parametrize("store", [MemoryStore(), SignedCookieStore([NEW])])
def test_store_goes_by_the_time_that_a_test_has_moved(
    store: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", clock)
    key = store.create("one", 60)

    clock.now = 61

    assert store.load(key) is None


@pytest.mark.parametrize(
    "key", ["", "guess", "a.b.c", "é", "\ud800", "x" * 10**6], ids=len
)
def test_store_knows_no_key_that_it_did_not_make(store: Any, key: str) -> None:
    assert store.load(key) is None
    assert store.update(key, "mine", 60) is None
    store.delete(key)
    assert store.load(key) is None


def test_each_key_is_another_and_none_is_short(store: Any) -> None:
    keys = {store.create("one", 60) for _ in range(100)}

    assert len(keys) == 100
    assert min(map(len, keys)) >= 43  # 256 bits


def test_no_store_shows_what_it_has(store: Any) -> None:
    key = store.create("a secret text", 60)

    for text in (repr(store), str(store)):
        assert "secret" not in text
        assert key not in text
        assert NEW not in text


# In memory


def test_memory_does_not_hold_the_keys_themselves() -> None:
    store = MemoryStore(Clock())
    key = store.create("one", 60)

    kept = store._minichannels.texts
    assert len(kept) == 1
    assert key not in repr(kept)
    assert repr(store) == "MemoryStore(1 sessions)"


def test_memory_does_not_grow_with_what_has_expired(clock: Clock) -> None:
    store = MemoryStore(clock)
    for now in range(10_000):
        clock.now = now
        store.create("one", 10)

    assert len(store._minichannels.texts) < 200


# Signed


@pytest.fixture
def signed(clock: Clock) -> SignedCookieStore:
    return SignedCookieStore([NEW, OLD], clock=clock)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    with caplog.at_level(logging.INFO, "minichannels"):
        yield caplog.messages


REFUSED = "the cookie of a session was refused: "


def test_forged_cookie_is_refused(
    signed: SignedCookieStore, caplog: pytest.LogCaptureFixture
) -> None:
    key = signed.create('{"user":"ada"}', 60)
    other = signed.create('{"user":"eve"}', 60)
    payload, _, signature = key.rpartition(".")
    forged = other.rpartition(".")[0] + "." + signature

    with caplog.at_level(logging.INFO, "minichannels"):
        assert signed.load(forged) is None
        assert signed.load(payload) is None
    assert caplog.messages == [f"{REFUSED}no key of ours has signed it"] * 2


def test_truncated_cookie_is_refused(signed: SignedCookieStore) -> None:
    key = signed.create("one", 60)

    assert {signed.load(key[:end]) for end in range(len(key))} == {None}
    assert signed.load(key) == "one"


def test_oversized_cookie_is_not_even_verified(
    signed: SignedCookieStore,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(signed._minichannels, "remembered", None)

    with caplog.at_level(logging.INFO, "minichannels"):
        assert signed.load("x" * (MOST_BYTES + 1)) is None
    assert caplog.messages == [f"{REFUSED}it is too long"]


def test_short_session_stands_in_its_cookie_as_it_is(clock: Clock) -> None:
    signed = SignedCookieStore([NEW], clock=clock, new_id=lambda: "id")
    payload = signed.create('{"user": "ada"}', 60).rpartition(".")[0]

    assert base64_decode(payload) == b'id 60.0 {"user": "ada"}'


def test_cookie_may_be_as_long_as_browsers_keep(
    signed: SignedCookieStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    length = len(signed.create("one", 60))

    monkeypatch.setattr(signed_module, "MOST_BYTES", length)
    assert signed.load(signed.create("one", 60)) == "one"

    monkeypatch.setattr(signed_module, "MOST_BYTES", length - 1)
    with pytest.raises(SessionTooLarge):
        signed.create("one", 60)


@pytest.mark.parametrize("length", [1, 900, 20_000])
def test_long_session_is_compressed(
    signed: SignedCookieStore, length: int
) -> None:
    text = "a" * length
    key = signed.create(text, 60)

    assert signed.load(key) == text
    assert len(key) < min(1.4 * length + 100, 1_500)


def test_session_that_no_cookie_can_hold_is_an_error(
    signed: SignedCookieStore,
) -> None:
    text = secrets.token_urlsafe(5_000)

    with pytest.raises(SessionTooLarge, match="take another store") as caught:
        signed.create(text, 60)

    assert text not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "good"),
    [
        ([OLD], True),  # before the new key came
        ([NEW, OLD], True),  # while both are known
        ([NEW], False),  # after the old one has gone
        ([FORGOTTEN], False),  # another application
    ],
)
def test_old_key_is_good_until_it_is_taken_out(
    keys: list[str], good: bool, clock: Clock
) -> None:
    key = SignedCookieStore([OLD, FORGOTTEN], clock=clock).create("one", 60)

    found = SignedCookieStore(keys, clock=clock).load(key)

    assert found == ("one" if good else None)


def test_new_key_signs(clock: Clock) -> None:
    key = SignedCookieStore([NEW, OLD], clock=clock).create("one", 60)

    assert SignedCookieStore([NEW], clock=clock).load(key) == "one"
    assert SignedCookieStore([OLD], clock=clock).load(key) is None


def test_same_keys_for_another_purpose_are_others(clock: Clock) -> None:
    store = SignedCookieStore([NEW], purpose="a newsletter", clock=clock)

    assert (
        SignedCookieStore([NEW], clock=clock).load(store.create("", 9)) is None
    )


def test_cookie_is_not_good_again_after_the_logout(
    signed: SignedCookieStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    key = signed.create("one", 60)
    later = signed.update(key, "two", 120)
    assert later is not None

    signed.delete(later)

    with caplog.at_level(logging.INFO, "minichannels"):
        assert signed.load(later) is None
        assert signed.load(key) is None  # the same session, as it was before
    assert caplog.messages == [f"{REFUSED}its session has ended"] * 2
    clock.now = 121
    signed.delete(signed.create("", 1))
    assert len(signed._minichannels.ended) == 1  # what expired is forgotten


def test_logout_with_an_older_cookie_holds_for_the_later_ones(
    signed: SignedCookieStore, clock: Clock
) -> None:
    older = signed.create("one", 60)  # a socket has that, for instance
    clock.now = 50
    later = signed.update(older, "two", 60)
    assert later is not None

    signed.delete(older)

    clock.now = 61
    signed.delete(signed.create("", 1))  # what expired is forgotten
    assert signed.load(later) is None


def test_logout_holds_in_all_stores_that_share_what_has_ended(
    clock: Clock,
) -> None:
    ended: dict[str, float] = {}
    here = SignedCookieStore([NEW], ended=ended, clock=clock)
    there = SignedCookieStore([NEW], ended=ended, clock=clock)
    key = here.create("one", 60)

    here.delete(key)

    assert there.load(key) is None


def test_key_that_is_too_short_is_told_by_its_number() -> None:
    with pytest.raises(ValueError, match="key 2 has 15 characters"):
        SignedCookieStore(["x" * 16, "x" * 15])


@pytest.mark.parametrize("keys", [[], (), "one text that is a key", ["short"]])
def test_keys_are_several_and_long(keys: Any) -> None:
    with pytest.raises(
        ValueError, match=r"keys are a list|can be guessed"
    ) as e:
        SignedCookieStore(keys)

    assert "short" not in str(e.value)


@pytest.mark.parametrize("key", [None, b"bytes that are a key", 10**20])
def test_key_that_is_no_text_is_told_and_not_shown(key: Any) -> None:
    expected = f"key 2 is no text, but of type {type(key).__name__}; is the var"

    with pytest.raises(ValueError, match=expected):
        SignedCookieStore(["x" * 16, key])


def test_missing_package_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "minichannels.sessions.signed")
    monkeypatch.setitem(sys.modules, "itsdangerous", None)

    with pytest.raises(
        ImportError, match=r'install "minichannels\[sessions\]"'
    ):
        importlib.import_module("minichannels.sessions.signed")


# Asking a store


async def later(value: str) -> str:
    await asyncio.sleep(0)
    return value


def fail() -> str:
    raise OSError("redis://user:secret@host")


async def fail_later() -> str:
    fail()
    return ""


async def never() -> str:
    await asyncio.get_running_loop().create_future()
    return ""


def too_large() -> str:
    raise SessionTooLarge("too large")


@pytest.mark.parametrize("call", [lambda: "one", lambda: later("one")])
async def test_ask_waits_if_need_be(call: Callable[[], Any]) -> None:
    assert await ask(call, 5) == "one"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (fail, "has failed: OSError"),
        (fail_later, "has failed: OSError"),
        (never, r"has not answered within 0\.001 seconds"),
    ],
)
async def test_store_that_is_down_or_slow_is_an_error_without_secrets(
    call: Callable[[], Any], text: str
) -> None:
    with pytest.raises(SessionUnavailable, match=text) as caught:
        await ask(call, 0.001)

    assert caught.value.__context__ is None


async def test_ask_leaves_errors_of_sessions_as_they_are() -> None:
    with pytest.raises(SessionTooLarge):
        await ask(too_large, 5)


def test_ask_now_waits_in_a_thread() -> None:
    assert ask_now(lambda: later("one"), 5, "") == "one"


async def test_ask_now_waits_in_a_thread_beside_a_loop() -> None:
    ask_there = sync_to_async(ask_now)

    assert await ask_there(lambda: later("one"), 5, "") == "one"


async def test_ask_now_takes_an_answer_at_once() -> None:
    assert ask_now(lambda: "one", 5, "") == "one"


@pytest.mark.parametrize("wrap", [lambda c: c, asyncio.ensure_future])
async def test_ask_now_does_not_hold_up_the_loop(
    wrap: Callable[[Any], Any],
) -> None:
    with pytest.raises(SessionError, match="await this first"):
        ask_now(lambda: wrap(later("one")), 5, "this")
