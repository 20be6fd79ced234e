"""What somebody makes of a class of ours is theirs: any name may be used."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.layers import InMemoryChannelLayer

Load = Callable[[str], Any]


@pytest.mark.parametrize("made", [InMemoryChannelLayer()], ids=repr)
def test_no_private_name_of_ours_could_be_anybody_elses(made: object) -> None:
    private = [name for name in dir(made) if re.match("_[^_]", name)]
    assert [n for n in private if not n.startswith("_minichannels")] == []


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
