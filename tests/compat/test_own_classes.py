"""What somebody makes of a class of ours is theirs: any name may be used."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.auth import AuthMiddleware
from minichannels.layers import ChannelLayerManager, InMemoryChannelLayer
from minichannels.layers.nats import NatsChannelLayer
from minichannels.layers.redis import RedisChannelLayer
from minichannels.middleware import BaseMiddleware
from minichannels.routing import (
    ChannelNameRouter,
    ProtocolTypeRouter,
    URLRouter,
    path,
)
from minichannels.security.host import HostValidator
from minichannels.security.websocket import OriginValidator
from minichannels.sessions import CookieMiddleware, SessionMiddleware
from minichannels.sessions.middleware import InstanceSessionWrapper
from minichannels.sessions.signed import SignedCookieStore
from minichannels.sessions.stores import MemoryStore
from minichannels.types import Message, Receive, Scope, Send
from minichannels.worker import Worker

Load = Callable[[str], Any]
KEYS = ["a key that nobody guesses"]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Take a message, or answer with the session."""
    if scope["type"] == "channel":
        await receive()
        return
    scope["session"]["n"] = await scope["session"].aget("n", 0) + 1
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def silence(message: Message) -> None: ...


SCOPE: Scope = {"type": "http", "path": "/a", "cookies": {}, "headers": []}
MADE = [
    InMemoryChannelLayer(),
    ChannelLayerManager(),
    RedisChannelLayer(),
    NatsChannelLayer(),
    MemoryStore(),
    SignedCookieStore(KEYS),
    InstanceSessionWrapper(SCOPE, silence),
    URLRouter([path("a", app)]),
    ChannelNameRouter({}),
    ProtocolTypeRouter({}),
    Worker(app, ["a"], InMemoryChannelLayer()),
    BaseMiddleware(app),
    CookieMiddleware(app),
    SessionMiddleware(app),
    AuthMiddleware(app),
    OriginValidator(app, ["example.com"]),
    HostValidator(app, ["example.com"]),
]


def private(made: object) -> list[str]:
    names = [name for name in dir(made) if re.match("_[^_]", name)]
    # Channels', and Python's.
    others = {"_path_routing", "_abc_impl", "_make_backend", "_reset_backends"}
    return [name for name in names if name not in others]


@pytest.mark.parametrize("made", MADE, ids=lambda made: type(made).__name__)
def test_no_private_name_of_ours_could_be_anybody_elses(made: object) -> None:
    assert [n for n in private(made) if not n.startswith("_minichannels")] == []


# What was private here once, and what others use for themselves.
NAMES = [
    *("_clock", "_expire", "_expiry", "_lock", "_look", "_losses"),
    *("_mailboxes", "_membership", "_names", "_open", "_put", "_report"),
    *("_stop_waiting", "_sweep", "_take", "_tidy", "_groups", "_receive"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("what", ["attribute", "method"])
async def test_a_layer_of_ones_own_may_have_any_name(
    package: Load, name: str, what: str
) -> None:
    memory: Any = package("layers").InMemoryChannelLayer

    def method(self: Any, *arguments: Any) -> str:
        return "own"

    own = type("Own", (memory,), {name: method} if what == "method" else {})
    layer: Any = own(expiry=60, capacity=2)
    if what == "attribute":
        setattr(layer, name, "own")
    channel = await layer.new_channel()
    await layer.group_add("all", channel)
    await layer.group_send("all", {"n": 1})
    await layer.send(channel, {"n": 2})
    with pytest.raises(package("exceptions").ChannelFull):
        await layer.send(channel, {"n": 3})
    await layer.group_send("all", {"n": 4})

    assert [(await layer.receive(channel))["n"] for _ in range(2)] == [1, 2]
    assert list(layer.groups["all"]) == [channel]
    await layer.group_discard("all", channel)
    await layer.flush()
    assert (layer.channels, layer.groups) == ({}, {})
    assert getattr(layer, name) == "own" or getattr(layer, name)() == "own"


def owned(made: type, *names: str) -> Any:
    """Return a class with something of its own for each of the names."""
    return type("Own", (made,), dict.fromkeys(names, "own"))


@pytest.mark.parametrize("package", ["sessions.stores", "sessions.signed"])
def test_a_store_of_ones_own_may_have_any_name(package: str) -> None:
    names = ["_clock", "_kept", "_lock", "_swept", "_sweep", "_new_key"]
    names += ["_ended", "_longest", "_new_id", "_open", "_remembered"]
    names += ["_seal", "_serializer", "_signer", "_verified"]
    store: Any = (
        owned(MemoryStore, *names)()
        if package == "sessions.stores"
        else owned(SignedCookieStore, *names)(KEYS)
    )
    for name in names:
        setattr(store, name, "own")

    key = store.create("one", 60)
    assert store.load(key) == "one"
    key = store.update(key, "two", 60)
    assert store.load(key) == "two"
    store.delete(key)
    assert store.load(key) is None


async def test_a_wrapper_of_ones_own_may_have_any_name() -> None:
    names = ["_varied", "_with_cookie", "_set_cookie", "_delete_cookie"]
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    made = owned(InstanceSessionWrapper, *names, "_is_secure")
    wrapper = made(SCOPE, send, MemoryStore())
    await wrapper.resolve_session()
    await app(wrapper.scope, silence, wrapper.send)  # type: ignore[arg-type]

    assert [name for name, _ in sent[0]["headers"]] == [b"vary", b"set-cookie"]


async def test_a_router_of_ones_own_may_have_any_name() -> None:
    own = owned(URLRouter, "_entries", "_find", "_known", "_made", "_patterns")
    scopes = []

    async def seen(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(scope["path_remaining"])

    router = own([path("b", seen), path("a", own([path("", seen)]))])
    await router(SCOPE, silence, silence)

    assert scopes == [""]
    assert f"{router}" == "Own(b, a)"


@pytest.mark.parametrize("name", ["key", "kind"])
@pytest.mark.parametrize("what", ["attribute", "method"])
async def test_a_router_by_type_may_have_any_name(
    package: Load, name: str, what: str
) -> None:
    base = package("routing").ProtocolTypeRouter
    own = {name: "own" if what == "attribute" else lambda self: "own"}
    reached = []

    async def seen(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope["type"])

    router: Any = type("Own", (base,), own)({"http": seen})
    await router(SCOPE, silence, silence)

    assert reached == ["http"]
    with pytest.raises(ValueError, match="'mqtt'"):
        await router({"type": "mqtt"}, silence, silence)


async def test_a_worker_of_ones_own_may_have_any_name() -> None:
    names = ["_running", "_serve", "_next_message", "_touch", "_make_room"]
    layer = InMemoryChannelLayer()
    served = asyncio.Event()

    async def once(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        served.set()

    worker = owned(Worker, *names)(once, ["a"], layer)
    await layer.send("a", {"type": "go"})
    task = asyncio.create_task(worker.handle())
    await asyncio.wait_for(served.wait(), 5)
    task.cancel()
    await asyncio.wait([task])
