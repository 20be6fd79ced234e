"""The channel layer beside that of Channels: the same steps on both.

What Channels documents must come out the same. Where we differ on purpose,
both outcomes are asserted: a test fails if either of the two changes.
"""

import asyncio
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from minichannels.exceptions import type_name
from support.clock import Clock
from support.loops import ticks

PACKAGES = ["channels", "minichannels"]

Scenario = Callable[[Any, Clock], Awaitable[Any]]
NO_ANSWER = "waits"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    clock.now = 1_000_000  # Channels takes a membership of time 0 for none
    theirs = importlib.import_module("channels.layers")
    monkeypatch.setattr(theirs, "time", SimpleNamespace(time=clock))
    return clock


def make_layer(package: str, clock: Clock, **options: Any) -> Any:
    if package == "minichannels":
        options["clock"] = clock
    module = importlib.import_module(f"{package}.layers")
    return module.InMemoryChannelLayer(**options)


async def on_both(
    scenario: Scenario, clock: Clock, **options: Any
) -> tuple[Any, Any]:
    """Play a scenario on both layers; return Channels' outcome, and ours."""
    start = clock.now
    theirs = await scenario(make_layer("channels", clock, **options), clock)
    clock.now = start
    ours = await scenario(make_layer("minichannels", clock, **options), clock)
    return theirs, ours


async def outcome(call: Awaitable[Any]) -> Any:
    """Return what a call gives, or the name of what it raises."""
    try:
        return await call
    except Exception as error:
        return type_name(error)


async def answer(layer: Any, channel: str) -> Any:
    """Return what a receive gives, or that it waits."""
    task = asyncio.create_task(layer.receive(channel))
    await ticks(5)
    if task.done():
        return task.result()
    task.cancel()
    return NO_ANSWER


# The same on both


async def one_message(layer: Any, clock: Clock) -> list[Any]:
    sent = await layer.send("a", {"type": "chat", "n": [1, None, b"x", 1.5]})
    return [sent, await layer.receive("a"), await answer(layer, "a")]


async def order(layer: Any, clock: Clock) -> list[Any]:
    for n in range(5):
        await layer.send("a", {"n": n})
    return [await layer.receive("a") for _ in range(5)]


async def waiting_reader(layer: Any, clock: Clock) -> list[Any]:
    task = asyncio.create_task(layer.receive("a"))
    await ticks(2)
    before = task.done()
    await layer.send("a", {"n": 1})
    return [before, await task, dict(layer.channels)]


async def two_readers(layer: Any, clock: Clock) -> list[Any]:
    tasks = [asyncio.create_task(layer.receive("a")) for _ in range(2)]
    await ticks(2)
    for n in range(2):
        await layer.send("a", {"n": n})
    return sorted([(await task)["n"] for task in tasks])


async def snapshot(layer: Any, clock: Clock) -> list[Any]:
    message = {"users": [{"name": "ada"}]}
    for channel in "ab":
        await layer.group_add("g", channel)
    await layer.send("a", message)
    await layer.group_send("g", message)
    message["users"][0]["name"] = "eve"
    first = await layer.receive("a")
    first["users"][0]["name"] = "bob"
    rest = [await layer.receive(channel) for channel in "ab"]
    rest[0]["users"].clear()
    return [first, *rest, message]


async def full_channel(layer: Any, clock: Clock) -> list[Any]:
    results = [await outcome(layer.send("a", {"n": n})) for n in range(5)]
    first = await layer.receive("a")
    again = await outcome(layer.send("a", {"n": 5}))
    return [results, first, again, await outcome(layer.send("b", {}))]


async def full_member(layer: Any, clock: Clock) -> list[Any]:
    for channel in ("full", "free"):
        await layer.group_add("g", channel)
    for n in range(3):
        await layer.send("full", {"n": n})
    result = await outcome(layer.group_send("g", {"n": 3}))
    kept = [await layer.receive("full") for _ in range(3)]
    return [
        result,
        kept,
        await answer(layer, "full"),
        await answer(layer, "free"),
    ]


async def group(layer: Any, clock: Clock) -> list[Any]:
    for channel in ("a", "b", "a"):
        await layer.group_add("g", channel)
    await layer.group_send("g", {"n": 1})
    await layer.group_discard("g", "b")
    await layer.group_discard("g", "nobody")
    await layer.group_discard("nowhere", "a")
    await layer.group_send("g", {"n": 2})
    await layer.group_send("nowhere", {"n": 3})
    return [await answer(layer, channel) for channel in "aaabb"]


async def empty_group(layer: Any, clock: Clock) -> list[Any]:
    await layer.group_add("g", "a")
    before = {name: list(members) for name, members in layer.groups.items()}
    await layer.group_discard("g", "a")
    return [before, dict(layer.groups)]


async def expiry(layer: Any, clock: Clock) -> list[Any]:
    await layer.send("a", {"n": 1})
    clock.now += 10
    at_the_end = await answer(layer, "a")
    await layer.send("a", {"n": 2})
    clock.now += 10.001
    return [at_the_end, await answer(layer, "a")]


async def expired_reader(layer: Any, clock: Clock) -> list[Any]:
    for name in ("g", "h"):
        await layer.group_add(name, "dead")
        await layer.group_add(name, "alive")
    await layer.send("dead", {"n": 1})
    clock.now += 11
    await answer(layer, "other")
    left = {name: list(members) for name, members in layer.groups.items()}
    return [left, list(layer.channels)]


async def expired_member(layer: Any, clock: Clock) -> list[Any]:
    await layer.group_add("g", "old")
    clock.now += 50
    await layer.group_add("g", "new")
    clock.now += 52
    await layer.group_send("g", {"n": 1})
    return [await answer(layer, channel) for channel in ("old", "new")]


async def renewed_member(layer: Any, clock: Clock) -> list[Any]:
    await layer.group_add("g", "a")
    clock.now += 99
    await layer.group_add("g", "a")
    clock.now += 99
    await layer.group_send("g", {"n": 1})
    return [await answer(layer, "a")]


async def flush(layer: Any, clock: Clock) -> list[Any]:
    await layer.group_add("g", "a")
    await layer.send("a", {"n": 1})
    await layer.flush()
    await layer.group_send("g", {"n": 2})
    return [await answer(layer, "a"), dict(layer.groups)]


async def bad_names(layer: Any, clock: Clock) -> list[Any]:
    bad = ["chat room", "café", "", "x" * 100, "a/b", None, 7, b"a", ["a"]]
    calls: list[Callable[[Any], Awaitable[Any]]] = [
        lambda name: layer.send(name, {}),
        lambda name: layer.receive(name),
        lambda name: layer.group_add("g", name),
        lambda name: layer.group_add(name, "a"),
        lambda name: layer.group_discard("g", name),
        lambda name: layer.group_discard(name, "a"),
        lambda name: layer.group_send(name, {}),
    ]
    return [await outcome(call(name)) for call in calls for name in bad]


async def good_names(layer: Any, clock: Clock) -> list[Any]:
    names = ["a", "A-z_0.9", "x" * 99, "a!", "specific.inmemory!AbC-_.9"]
    return [
        [layer.require_valid_channel_name(name) for name in names],
        [layer.require_valid_group_name(name) for name in names[:3]],
        layer.require_valid_channel_name("a!", receive=True),
        await outcome(as_call(layer.require_valid_channel_name, "a!b", True)),
        [layer.non_local_name(name) for name in names],
    ]


async def deprecated_names(layer: Any, clock: Clock) -> list[Any]:
    told = []
    for kind in "channel", "group":
        method = getattr(layer, f"valid_{kind}_name")
        for name in "a", "a b":
            with pytest.warns(
                DeprecationWarning, match=f"^valid_{kind}_name is deprecated"
            ) as warned:
                told.append(await outcome(as_call(method, name)))
            where = warned[0].filename, warned[0].lineno
            told.append((len(warned), where))
    with pytest.warns(DeprecationWarning, match="valid_channel_name"):
        told.append(layer.valid_channel_name("a!b", receive=True))
    return told


async def error_of_bad_names(layer: Any, clock: Clock) -> list[Any]:
    for kind in "Channel", "Group":
        check = getattr(layer, f"require_valid_{kind.lower()}_name")
        text = layer.invalid_name_error.format(kind)
        for name in "a b", "", "x" * 100, 5, "caf\xe9", "a!b!c":
            with pytest.raises(TypeError, match=text):
                check(name)
    return []


async def as_call(function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


async def default_name(layer: Any, clock: Clock) -> list[Any]:
    # Programs write it out, to make a name of what comes after it.
    name = await layer.new_channel()
    return [name.partition("!")[0], len(name)]


async def new_channel(layer: Any, clock: Clock) -> list[Any]:
    names = [await layer.new_channel("worker") for _ in range(100)]
    pattern = re.compile(r"worker\.inmemory![A-Za-z]{12}\Z")
    return [len(set(names)), all(pattern.match(name) for name in names)]


async def capacities(layer: Any, clock: Clock) -> list[Any]:
    patterns = {"http.*": 1, re.compile("web[a-z]+!"): 2, "*": 3}
    layer.channel_capacity = layer.compile_capacities(patterns)
    names = ["http.request", "x.http.request", "websocket!a", "WEB!", "web!"]
    return [layer.get_capacity(name) for name in names]


async def looked_at(layer: Any, clock: Clock) -> list[Any]:
    """Look at the queue of a channel, as tests of projects do."""
    layer.capacity, seen = 2, []
    for _ in range(2):
        await layer.send("a", {"n": 1})
        queue = layer.channels["a"]
        seen.append((queue.qsize(), queue.empty(), queue.full()))
    return seen


async def afterwards(layer: Any, clock: Clock) -> list[Any]:
    await layer.send("a", {"n": 1})
    return [await layer.close(), await layer.receive("a")]


@pytest.mark.parametrize(
    "scenario",
    [
        one_message,
        order,
        waiting_reader,
        two_readers,
        snapshot,
        group,
        empty_group,
        flush,
        bad_names,
        good_names,
        deprecated_names,
        error_of_bad_names,
        default_name,
        new_channel,
        capacities,
        looked_at,
        afterwards,
    ],
    ids=lambda scenario: scenario.__name__,
)
async def test_layer_does_what_channels_does(
    scenario: Scenario, clock: Clock
) -> None:
    theirs, ours = await on_both(scenario, clock)

    assert theirs == ours


def test_layer_of_ones_own_compiles_what_it_was_given_itself(
    package: Callable[[str], Any],
) -> None:
    base: Any = package("layers").BaseChannelLayer

    class Early(base):  # type: ignore[misc]
        def __init__(self, capacities: Any) -> None:
            capacities = self.compile_capacities(capacities)
            super().__init__(channel_capacity=capacities)

    class Late(base):  # type: ignore[misc]
        def __init__(self, capacities: Any) -> None:
            super().__init__(channel_capacity=capacities)
            given = vars(self)["channel_capacity"]
            self.channel_capacity = self.compile_capacities(given)

    for own in (Early, Late):
        layer = own({"http.*": 1})
        assert layer.get_capacity("http.request") == 1
        assert layer.get_capacity("other") == 100


@pytest.mark.parametrize(
    "scenario",
    [
        full_channel,
        full_member,
        expiry,
        expired_reader,
        expired_member,
        renewed_member,
    ],
    ids=lambda scenario: scenario.__name__,
)
async def test_layer_has_the_limits_that_channels_has(
    scenario: Scenario, clock: Clock
) -> None:
    theirs, ours = await on_both(
        scenario, clock, capacity=3, expiry=10, group_expiry=100
    )

    assert theirs == ours


def test_layer_takes_the_arguments_that_channels_takes() -> None:
    theirs, ours = (
        inspect.signature(
            importlib.import_module(f"{package}.layers").InMemoryChannelLayer
        ).parameters
        for package in PACKAGES
    )
    shared = [p for p in theirs.values() if p.kind is not p.VAR_KEYWORD]

    assert [(p.name, p.default) for p in shared] == [
        (name, ours[name].default) for name in theirs if name in ours
    ]
    assert len(shared) == 4


def test_layer_has_the_extensions_of_channels(clock: Clock) -> None:
    theirs = make_layer("channels", clock).extensions
    ours = make_layer("minichannels", clock).extensions

    assert set(theirs) == {"groups", "flush"} < set(ours)


def test_exceptions_have_the_names_and_bases_of_channels() -> None:
    theirs = importlib.import_module("channels.exceptions")
    ours = importlib.import_module("minichannels.exceptions")
    names = [name for name in vars(theirs) if not name.startswith("_")]

    assert len(names) == 8
    for name in names:
        bases = [base.__name__ for base in getattr(theirs, name).__bases__]
        assert [b.__name__ for b in getattr(ours, name).__bases__] == bases


@pytest.mark.parametrize("package", PACKAGES)
async def test_await_many_dispatch_takes_sources_in_turn(package: str) -> None:
    utils = importlib.import_module(f"{package}.utils")
    busy, rare = iter(range(100)), iter("abc")
    seen = []

    async def read_busy() -> int:
        return next(busy)

    async def read_rare() -> str:
        return next(rare)

    async def dispatch(result: Any) -> None:
        seen.append(result)
        if result == "c":
            raise LookupError

    with pytest.raises(LookupError):
        await utils.await_many_dispatch([read_busy, read_rare], dispatch)

    assert seen == [0, "a", 1, "b", 2, "c"]


@pytest.mark.parametrize("package", PACKAGES)
async def test_await_many_dispatch_needs_a_source(package: str) -> None:
    utils = importlib.import_module(f"{package}.utils")

    async def dispatch(result: Any) -> None: ...

    with pytest.raises(ValueError, match="empty"):
        await asyncio.wait_for(utils.await_many_dispatch([], dispatch), 10)


# Different on purpose


async def test_channel_capacity_works(clock: Clock) -> None:
    async def scenario(layer: Any, clock: Clock) -> list[Any]:
        return [await outcome(layer.send("http.a", {})) for _ in range(2)]

    theirs, ours = await on_both(
        scenario, clock, channel_capacity={"http.*": 1}
    )

    assert theirs == ["ValueError", "ValueError"]
    assert ours == [None, "ChannelFull"]


@pytest.mark.parametrize("given_up", [0, 1])
async def test_cancelled_reader_does_not_strand_another(
    clock: Clock, given_up: int
) -> None:
    async def scenario(layer: Any, clock: Clock) -> bool:
        tasks = [asyncio.create_task(layer.receive("a")) for _ in range(2)]
        await ticks(2)
        tasks.pop(given_up).cancel()
        await ticks(2)
        await layer.send("a", {})
        await ticks(5)
        return tasks[0].done()

    assert await on_both(scenario, clock) == (False, True)


async def test_flush_does_not_strand_a_reader(clock: Clock) -> None:
    async def scenario(layer: Any, clock: Clock) -> bool:
        task = asyncio.create_task(layer.receive("a"))
        await ticks(2)
        await layer.flush()
        await layer.send("a", {})
        await ticks(5)
        return task.done()

    assert await on_both(scenario, clock) == (False, True)


@pytest.mark.parametrize("name", ["abc\n", "room٣", "a!é"])
async def test_names_are_ascii_without_a_newline_at_the_end(
    clock: Clock, name: str
) -> None:
    async def scenario(layer: Any, clock: Clock) -> Any:
        return await outcome(layer.send(name, {}))

    assert await on_both(scenario, clock) == (None, "TypeError")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (object(), "TypeError"),
        (2**64, "TypeError"),
        ({1: 2}, "TypeError"),
        ("x" * 3_000_000, "MessageTooLarge"),
    ],
    ids=["object", "integer", "key", "size"],
)
async def test_only_what_can_travel_over_a_network_passes(
    clock: Clock, value: object, problem: str
) -> None:
    async def scenario(layer: Any, clock: Clock) -> Any:
        return await outcome(layer.send("a", {"value": value}))

    assert await on_both(scenario, clock) == (None, problem)


async def test_tuple_arrives_as_a_list(clock: Clock) -> None:
    async def scenario(layer: Any, clock: Clock) -> Any:
        await layer.send("a", {"value": (1, 2)})
        return (await layer.receive("a"))["value"]

    assert await on_both(scenario, clock) == ((1, 2), [1, 2])


async def test_drop_at_a_full_member_is_counted(clock: Clock) -> None:
    async def scenario(layer: Any, clock: Clock) -> Any:
        await layer.group_add("g", "a")
        for _ in range(10):
            await layer.group_send("g", {})
        return getattr(layer, "dropped", "no trace")

    assert await on_both(scenario, clock, capacity=3) == ("no trace", 7)


async def test_full_channel_tells_its_name_and_capacity(clock: Clock) -> None:
    async def scenario(layer: Any, clock: Clock) -> Any:
        await layer.send("a", {})
        with pytest.raises(Exception, match="a") as caught:
            await layer.send("a", {})
        return str(caught.value), vars(caught.value)

    theirs, ours = await on_both(scenario, clock, capacity=1)

    assert theirs == ("a", {})
    assert ours == (
        "channel 'a' is full (1 messages wait)",
        {"channel": "a", "capacity": 1},
    )


async def test_message_that_is_no_dict_is_a_type_error(clock: Clock) -> None:
    async def scenario(layer: Any, clock: Clock) -> Any:
        return await outcome(layer.send("a", "text"))

    assert await on_both(scenario, clock) == ("AssertionError", "TypeError")


OPTIMIZED = """
import asyncio, sys
from {package}.layers import InMemoryChannelLayer

async def main():
    layer = InMemoryChannelLayer()
    try:
        await layer.send("a", "text")
    except TypeError:
        print("refused")
    else:
        print(await layer.receive("a"))

asyncio.run(main())
"""


def test_message_that_is_no_dict_is_refused_when_optimized_too() -> None:
    printed = [
        subprocess.run(
            [sys.executable, "-O", "-c", OPTIMIZED.format(package=package)],
            capture_output=True,
            check=True,
            text=True,
            timeout=60,
        ).stdout.strip()
        for package in PACKAGES
    ]

    assert printed == ["text", "refused"]


async def test_message_with_the_key_that_channels_reserves_travels(
    clock: Clock,
) -> None:
    async def scenario(layer: Any, clock: Clock) -> Any:
        message = {"type": "x", "__asgi_channel__": "b"}
        await layer.send("a", message)
        return await layer.receive("a") == message

    async def tried(layer: Any, clock: Clock) -> Any:
        return await outcome(scenario(layer, clock))

    assert await on_both(tried, clock) == ("AssertionError", True)


def test_registry_set_to_none_has_the_layer_made_anew() -> None:
    results = []
    for package in PACKAGES:
        module = importlib.import_module(f"{package}.layers")
        manager = module.ChannelLayerManager()
        layer = manager["default"]
        assert manager.set("default", None) is layer
        results.append(type(manager["default"]).__name__)

    assert results == ["NoneType", "InMemoryChannelLayer"]


async def test_message_that_expires_on_its_way_is_not_given_to_a_reader(
    clock: Clock,
) -> None:
    async def scenario(layer: Any, clock: Clock) -> Any:
        task = asyncio.create_task(layer.receive("a"))
        await ticks(2)
        await layer.send("a", {"n": 1})
        clock.now += 100  # before the reader, which was woken, has run
        await ticks(5)
        return task.result() if task.done() else NO_ANSWER

    assert await on_both(scenario, clock) == ({"n": 1}, NO_ANSWER)


@pytest.mark.parametrize("package", PACKAGES)
def test_in_memory_layer_refuses_an_unknown_argument(package: str) -> None:
    layers = importlib.import_module(f"{package}.layers")

    with pytest.raises(TypeError, match="capasity"):
        layers.InMemoryChannelLayer(capasity=5)


async def test_groups_may_be_changed_by_hand(clock: Clock) -> None:
    async def scenario(layer: Any, clock: Clock) -> Any:
        await layer.group_add("h", "b")
        layer.groups.clear()
        layer.groups.setdefault("g", {})["a"] = clock.now
        await layer.group_send("g", {"n": 1})
        got = await layer.receive("a")
        await layer.group_discard("g", "a")
        await layer.group_discard("h", "b")
        return got, layer.groups

    assert await on_both(scenario, clock) == (({"n": 1}, {}),) * 2
