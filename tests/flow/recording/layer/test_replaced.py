"""Whoever replaces what a layer does, as tests do, is asked; until it ends."""

import inspect
from typing import Any
from unittest import mock

import pytest

from minichannels.flow import record
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.layers import InMemoryChannelLayer
from minichannels.types import Receive, Scope, Send

X = {"type": "x"}


async def silent(scope: Scope, receive: Receive, send: Send) -> None: ...


async def test_receive_that_a_class_was_given_before_the_recording_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read, receive = [], InMemoryChannelLayer.receive

    async def noted(layer: InMemoryChannelLayer, channel: str) -> Any:
        read.append(channel)
        return await receive(layer, channel)

    monkeypatch.setattr(InMemoryChannelLayer, "receive", noted)
    with record(silent, InMemoryChannelLayer()) as flow:
        layer: Any = flow.layer
        await layer.send("a", X)

        assert await layer.receive("a") == X

    assert read == ["a"]


async def test_layer_whose_class_has_a_mock_is_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = mock.AsyncMock(return_value=X)
    monkeypatch.setattr(InMemoryChannelLayer, "receive", answer)
    with record(silent, InMemoryChannelLayer()) as flow:
        layer: Any = flow.layer

        assert await layer.receive("a") == X


@pytest.mark.parametrize("name", ["send", "receive", "group_send"])
async def test_what_was_replaced_for_a_while_is_the_layers_own_again(
    name: str,
) -> None:
    inner = InMemoryChannelLayer()
    with record(silent, inner) as flow:
        layer: Any = flow.layer
        with mock.patch.object(layer, name, mock.AsyncMock(return_value=7)):
            assert await getattr(layer, name)("a", X) == 7
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(layer, name, mock.AsyncMock(return_value=8))
            assert await getattr(layer, name)("a", X) == 8

        await layer.group_add("g", "a")
        await layer.group_send("g", X)
        await layer.send("a", X)

        assert [await layer.receive("a") for _ in "ab"] == [X, X]
    assert name not in vars(inner)


def test_what_is_put_back_though_nobody_replaced_it_changes_nothing() -> None:
    layer: Any = RecordedLayer(inner := InMemoryChannelLayer())

    layer.receive = layer.receive
    layer.post = layer.send

    assert "receive" not in vars(inner)
    assert inner.post == layer.send  # type: ignore[attr-defined]
    layer.unwatch()


def test_receive_of_a_recorded_layer_says_what_it_is() -> None:
    layer = RecordedLayer(InMemoryChannelLayer())

    assert inspect.getdoc(layer.receive) == inspect.getdoc(
        RecordedLayer.receive
    )
    layer.unwatch()


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("it has no name")


async def test_what_is_no_text_goes_to_the_layer_as_a_channel_too() -> None:
    class Tolerant(InMemoryChannelLayer):
        async def receive(self, channel: object) -> dict[str, Any]:
            return X

    with record(silent, Tolerant()) as flow:
        layer: Any = flow.layer

        assert await layer.receive(5) == X
        assert await layer.receive(Unspeakable()) == X

    assert flow.events == ()
