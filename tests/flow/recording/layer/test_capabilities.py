from typing import Any

import pytest

from minichannels.flow.recording.layer.capabilities import LayerCapabilities
from minichannels.layers import BaseChannelLayer, InMemoryChannelLayer


async def test_a_layer_of_ours_tells_of_its_mailboxes_and_groups() -> None:
    layer = InMemoryChannelLayer(capacity=2, expiry=0.5)
    told = LayerCapabilities(layer)
    await layer.group_add("chat", "a")
    await layer.send("a", {"type": "x"})

    assert told.losses
    assert list(told.groups) == ["chat"]
    assert (told.waiting("a"), told.waiting("b")) == (1, 0)
    assert told.capacity("a") == 2
    assert told.expired() == "expired 0.5 s"


def test_a_layer_that_tells_nothing_is_taken_as_it_is() -> None:
    told = LayerCapabilities(object())

    assert not told.losses
    assert told.groups == {}
    assert told.waiting("a") == 0
    assert told.capacity("a") is None


class WithoutBase(BaseChannelLayer):
    """A layer that does not call the __init__ of its base."""

    def __init__(self) -> None:
        self.groups: Any = {"chat": object()}
        self.channels: Any = ["a"]


class InWords(BaseChannelLayer):
    def get_capacity(self, channel: str) -> Any:
        return "unlimited"


@pytest.mark.parametrize("layer", [WithoutBase(), InWords()])
def test_what_a_layer_of_somebody_else_tells_in_its_own_way_is_not_known(
    layer: Any,
) -> None:
    told = LayerCapabilities(layer)

    assert not told.losses
    assert told.groups == {}
    assert told.waiting("a") == 0
    assert told.capacity("a") is None
