from collections.abc import Iterator
from typing import Any

import pytest

from minichannels.flow.journal.journal import Journal
from minichannels.flow.recording.layer.deliveries import Deliveries
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.flow.recording.layer.registries import RecordedLayers
from minichannels.layers import (
    InMemoryChannelLayer,
    channel_layers,
    get_channel_layer,
)

IN_MEMORY = {"BACKEND": "minichannels.layers.InMemoryChannelLayer"}


@pytest.fixture
def recorded() -> Iterator[RecordedLayers]:
    channel_layers.configure(None)
    yield RecordedLayers()
    channel_layers.configure(None)


JOURNAL = Journal()


def test_start_wraps_and_stop_puts_back(recorded: RecordedLayers) -> None:
    layer = get_channel_layer()

    recorded.start(JOURNAL)
    wrapped = get_channel_layer()
    recorded.stop(JOURNAL)

    assert isinstance(wrapped, RecordedLayer)
    assert wrapped._minichannels_inner is layer
    assert get_channel_layer() is layer


def test_layers_stay_wrapped_until_the_last_user_stops(
    recorded: RecordedLayers,
) -> None:
    recorded.start(JOURNAL)
    wrapped = get_channel_layer()
    recorded.start(JOURNAL)
    assert get_channel_layer() is wrapped

    recorded.stop(JOURNAL)
    assert get_channel_layer() is wrapped
    recorded.stop(JOURNAL)

    assert isinstance(get_channel_layer(), InMemoryChannelLayer)


def test_a_recording_that_is_stopped_twice_ends_no_other(
    recorded: RecordedLayers,
) -> None:
    recorded.start(JOURNAL)

    recorded.stop(Journal())

    assert isinstance(get_channel_layer(), RecordedLayer)
    recorded.stop(JOURNAL)


def test_a_layer_may_be_asked_for_while_a_recording_stops(
    recorded: RecordedLayers, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel_layers.configure({"default": IN_MEMORY, "other": IN_MEMORY})
    recorded.start(JOURNAL)
    recorded.start(JOURNAL)
    get_channel_layer()
    others: list[Any] = []

    def finish(self: Deliveries, journal: Journal) -> None:
        others.append(get_channel_layer("other"))  # as another thread might

    monkeypatch.setattr(Deliveries, "finish", finish)
    recorded.stop(JOURNAL)
    recorded.stop(JOURNAL)

    assert isinstance(others[0], RecordedLayer)
    # After the last no layer is wrapped, which nobody would put back.
    assert others[-1] is others[0]._minichannels_inner
    assert others[0]._minichannels_inner.observer is None


def test_a_layer_that_is_set_while_recording_is_wrapped(
    recorded: RecordedLayers,
) -> None:
    recorded.start(JOURNAL)
    before = get_channel_layer()
    layer = InMemoryChannelLayer()

    channel_layers.set("default", layer)
    wrapped = get_channel_layer()
    recorded.stop(JOURNAL)

    assert isinstance(wrapped, RecordedLayer)
    assert wrapped._minichannels_inner is layer
    assert wrapped is not before
    assert get_channel_layer() is layer


def test_a_layer_that_is_configured_while_recording_stays_in_force(
    recorded: RecordedLayers,
) -> None:
    recorded.start(JOURNAL)
    before = get_channel_layer()
    channel_layers.configure({"default": IN_MEMORY, "other": IN_MEMORY})

    wrapped, other = get_channel_layer(), get_channel_layer("other")
    recorded.stop(JOURNAL)

    assert isinstance(wrapped, RecordedLayer)
    assert isinstance(before, RecordedLayer)
    assert wrapped._minichannels_inner is not before._minichannels_inner
    assert get_channel_layer() is wrapped._minichannels_inner
    assert isinstance(other, RecordedLayer)


def test_a_wrapper_that_is_set_is_not_wrapped_again(
    recorded: RecordedLayers,
) -> None:
    recorded.start(JOURNAL)
    wrapped = get_channel_layer()

    channel_layers.set("default", wrapped)

    assert get_channel_layer() is wrapped
    recorded.stop(JOURNAL)


def test_recording_makes_no_layer_that_nobody_asks_for(
    recorded: RecordedLayers,
) -> None:
    channel_layers.configure({"default": IN_MEMORY})

    recorded.start(JOURNAL)
    recorded.stop(JOURNAL)

    assert channel_layers.backends == {}
