"""A session is a dict that its store is asked for when it is used."""

import asyncio
import math
import pickle
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from minichannels.exceptions import (
    SessionError,
    SessionGone,
    UnserializableError,
)
from minichannels.sessions import MemoryStore, SessionDict
from minichannels.sessions.session import TWO_WEEKS
from support.clock import Clock
from support.loops import ticks
from support.stores import AsyncStore, Told


@pytest.fixture
def store() -> Told:
    return Told()


async def maybe(result: Any) -> None:
    """Wait, if there is something to wait for."""
    if result is not None:
        await result


async def saved(store: MemoryStore, **data: Any) -> str:
    session = SessionDict(store)
    session.update(data)
    await session.asave()
    return session.session_key or ""


async def test_session_is_loaded_when_it_is_used(store: Told) -> None:
    key = await saved(store, user="ada")
    store.told.clear()

    session = SessionDict(store, key)
    before = [*store.told, session.accessed]
    assert session["user"] == "ada"
    assert session.get("room") is None

    assert before == [False]
    assert [*store.told, session.accessed] == ["load", True]
    assert not session.modified


async def test_session_without_a_key_asks_nobody(store: Told) -> None:
    session = SessionDict(store)
    await session.aload()

    assert dict(session) == {}
    assert store.told == []
    assert session.session_key is None


async def test_session_is_a_dict(store: Told) -> None:
    session = SessionDict(store, await saved(store, a=1))

    session["b"] = 2
    assert session.pop("a") == 1
    assert session.setdefault("c", 3) == 3
    assert list(session) == ["b", "c"]
    assert "b" in session
    del session["b"]
    assert session == {"c": 3}
    assert len(session) == 1
    assert session.modified


async def test_session_comes_back_from_another_visit(store: Told) -> None:
    key = await saved(store, cart=[{"book": 1}], total=9.5, gift=None)

    assert SessionDict(store, key) == {
        "cart": [{"book": 1}],
        "total": 9.5,
        "gift": None,
    }


async def test_two_tabs_do_not_share_their_lists(store: Told) -> None:
    key = await saved(store, cart=[])
    one, other = SessionDict(store, key), SessionDict(store, key)

    one["cart"].append("book")

    assert other["cart"] == []


async def test_key_of_a_client_is_never_taken_over(store: Told) -> None:
    session = SessionDict(store, "chosen by eve")

    session["user"] = "ada"
    await session.asave()

    assert session.session_key != "chosen by eve"
    assert SessionDict(store, "chosen by eve") == {}


async def test_cycle_key_takes_the_data_along(store: Told) -> None:
    old = await saved(store, cart=["book"])
    session = SessionDict(store, old)

    await session.acycle_key()
    await session.asave()

    assert session.session_key not in (old, None)
    assert session == {"cart": ["book"]}
    assert SessionDict(store, old) == {}


async def test_cycle_key_loads_what_it_takes_along(store: Told) -> None:
    session = SessionDict(store, await saved(store, cart=["book"]))

    session.cycle_key()  # before anybody has asked for something
    await session.asave()

    assert SessionDict(store, session.session_key or "") == {"cart": ["book"]}


@pytest.mark.parametrize("how", ["flush", "aflush"])
async def test_flush_ends_it_once(store: Told, how: str) -> None:
    session = SessionDict(store, await saved(store, a=1))
    store.told.clear()

    await maybe(getattr(session, how)())
    await maybe(getattr(session, how)())

    assert store.told == ["delete"]


async def test_session_that_lost_something_is_to_be_saved(store: Told) -> None:
    session = SessionDict(store, await saved(store, a=1, b=2))

    del session["a"]

    assert session.modified
    assert session == {"b": 2}


async def test_session_with_two_new_keys_leaves_none_behind(
    store: Told,
) -> None:
    old = await saved(store, a=1)
    session = SessionDict(store, old)

    session.cycle_key()
    session.cycle_key()
    await session.asave()

    assert SessionDict(store, old) == {}
    assert len(store._minichannels.texts) == 1


@pytest.mark.parametrize("how", ["flush", "aflush"])
async def test_flush_ends_a_session_at_once(store: Told, how: str) -> None:
    key = await saved(store, a=1)
    session = SessionDict(store, key)

    await maybe(getattr(session, how)())

    assert SessionDict(store, key) == {}
    assert session == {}
    assert session.is_empty()
    assert session.modified


async def test_flush_of_a_new_session_asks_nobody(store: Told) -> None:
    SessionDict(store).flush()
    await SessionDict(store).aflush()

    assert store.told == []


async def test_session_that_has_ended_is_not_saved_again(store: Told) -> None:
    key = await saved(store, user="ada")
    here, there = SessionDict(store, key), SessionDict(store, key)
    await here.aload()

    await there.aflush()
    here["cart"] = ["book"]
    with pytest.raises(SessionGone, match="has ended"):
        await here.asave()

    assert SessionDict(store, key) == {}


async def test_areload_sees_what_has_become_of_it(store: Told) -> None:
    key = await saved(store, user="ada")
    session = SessionDict(store, key)
    session["user"] = "eve"

    await SessionDict(store, key).aflush()
    await session.areload()

    assert session == {}
    assert not session.modified


async def test_session_is_current_until_the_store_has_another(
    store: Told,
) -> None:
    key = await saved(store, user="ada")
    here, there = SessionDict(store, key), SessionDict(store, key)
    await here.aload()

    at_first = await here.is_current()
    there["user"] = "eve"
    not_saved = await here.is_current()
    await there.asave()
    saved_by_another = await here.is_current()
    await there.aflush()

    assert (at_first, not_saved, saved_by_another) == (True, True, False)
    assert not await here.is_current()


async def test_expiry_is_kept_with_the_session() -> None:
    clock = Clock()
    store = MemoryStore(clock)
    session = SessionDict(store)
    assert session.get_expiry_age() == TWO_WEEKS
    assert not session.get_expire_at_browser_close()

    session.set_expiry(60)
    await session.asave()
    key = session.session_key or ""
    again = SessionDict(store, key)
    assert again.get_expiry_age() == 60
    clock.now = 60
    assert SessionDict(store, key).get_expiry_age() == TWO_WEEKS

    again.set_expiry(0)
    assert again.get_expire_at_browser_close()
    assert again.get_expiry_age() == TWO_WEEKS
    again.set_expiry(None)
    assert again == {}


@pytest.mark.parametrize("text", ["no JSON", "[1]", "[" * 100_000, '"a"'])
async def test_text_that_is_no_session_is_none(store: Told, text: str) -> None:
    session = SessionDict(store, store.create(text, 60))

    assert session == {}
    assert session.session_key is None


class Secretive:
    def __repr__(self) -> str:
        return "secret"


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else []


@pytest.mark.parametrize(
    ("value", "text", "path"),
    [
        ({"secret"}, "session['a'] is set; keep text", ("a",)),
        ([b"secret"], "session['a'][0] is bytes; keep", ("a", 0)),
        ({"b": Secretive()}, "session['a']['b'] is Secretive", ("a", "b")),
        ({1: "secret"}, "session['a'] has a key that is no", ("a",)),
        (nested(200), "is nested too deeply", ("a", *[0] * 100)),
        ([float("nan")], "session['a'][0] is no number that", ("a", 0)),
    ],
    ids=["set", "bytes", "object", "key", "deep", "number"],
)
async def test_what_is_no_json_is_named_and_not_shown(
    store: Told, value: Any, text: str, path: tuple[object, ...]
) -> None:
    session = SessionDict(store)
    session["a"] = value

    with pytest.raises(UnserializableError) as caught:
        await session.asave()

    assert text in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.path == path
    assert store.told == []


async def test_session_shows_nothing(store: Told) -> None:
    session = SessionDict(store, await saved(store, user="ada"))

    assert repr(session) == str(session) == f"{session}" == "<SessionDict •••>"
    assert "ada" not in repr({"session": session})


# A store that one has to wait for


async def test_session_of_an_async_store_is_loaded_by_aload() -> None:
    store = AsyncStore()
    session = SessionDict(store, store.inner.create('{"a":1}', 60))

    with pytest.raises(SessionError, match=r"await session\.aload\(\) first"):
        _ = session["a"]

    await session.aload()
    assert session["a"] == 1
    session["a"] = 2
    await session.asave()
    assert SessionDict(store.inner, session.session_key or "") == {"a": 2}
    with pytest.raises(SessionError, match=r"await session\.aflush\(\)"):
        session.flush()
    await session.aflush()
    assert store.inner._minichannels.texts == {}


async def test_two_that_load_at_once_do_not_undo_each_other() -> None:
    class Slow(AsyncStore):
        async def load(self, key: str) -> str | None:
            await turns.get()
            return await super().load(key)

    store, turns = Slow(), asyncio.Queue[None]()
    session = SessionDict(store, store.inner.create('{"a":1}', 60))
    one, other = [asyncio.create_task(session.aload()) for _ in range(2)]
    await ticks(5)  # both of them ask

    turns.put_nowait(None)
    await one
    session["b"] = 2
    turns.put_nowait(None)
    await other

    assert session == {"a": 1, "b": 2}


def test_sync_consumer_s_thread_waits_for_an_async_store() -> None:
    store = AsyncStore()
    session = SessionDict(store, store.inner.create('{"a":1}', 60))

    assert session["a"] == 1
    session["a"] = 2
    session.save()
    assert not session.modified
    session.flush()
    assert store.inner._minichannels.texts == {}


async def test_save_works_in_a_thread_beside_the_loop(store: Told) -> None:
    session = SessionDict(store)
    session["a"] = 1

    await sync_to_async(session.save)()  # as consumers for Channels do it

    assert SessionDict(store, session.session_key or "") == {"a": 1}
    with pytest.raises(SessionError, match=r"await session\.asave\(\)"):
        session.save()


def test_session_does_not_travel() -> None:
    with pytest.raises((TypeError, pickle.PicklingError)):
        pickle.dumps(SessionDict(MemoryStore()))


@pytest.mark.parametrize("seconds", ["60", timedelta(1), math.inf, math.nan])
async def test_expiry_that_is_no_number_leaves_the_session_as_it_was(
    store: Told, seconds: Any
) -> None:
    session = SessionDict(store)
    session.set_expiry(60)

    with pytest.raises(ValueError, match=r"set_expiry\(\) takes a number of"):
        session.set_expiry(seconds)

    assert session.get_expiry_age() == 60
    await session.asave()
