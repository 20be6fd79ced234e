import contextlib
import sys

import pytest

from minichannels.flow import afterwards
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.lab.checking.stage import layers
from minichannels.lab.checking.stage.layers import (
    StageLayer,
    alone,
    in_place,
)
from minichannels.layers import InMemoryChannelLayer, channel_layers, registry
from support.interrupts import interrupts


def play() -> None:
    with alone():
        pass


def test_alone_is_free_again_after_an_interrupt_at_any_step() -> None:
    for _ in interrupts(play, layers, sys.modules[__name__]):
        with alone(), pytest.raises(RuntimeError, match="another check"):
            play()


def test_layers_are_as_before_whenever_a_check_is_interrupted() -> None:
    def act() -> None:
        with in_place(RecordedLayer(StageLayer(), "default", tuple)):
            pass

    def methods() -> list[object]:
        return [getattr(InMemoryChannelLayer, name) for name in layers._METHODS]

    own = InMemoryChannelLayer()
    former = channel_layers.set("default", own)
    before = methods()
    try:
        for _ in interrupts(act, layers, registry, contextlib, afterwards):
            assert channel_layers.backends["default"] is own
            assert methods() == before
    finally:
        channel_layers.set("default", former)
