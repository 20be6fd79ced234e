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


async def test_what_a_layer_had_of_its_own_is_there_again_when_it_is_put_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def own(channel: str, message: object) -> str:
        return "own"

    async def said(channel: str, message: object) -> str:
        return "a test's"

    inner: Any = InMemoryChannelLayer()
    monkeypatch.setattr(inner, "send", own)
    with record(silent, inner) as flow:
        layer: Any = flow.layer
        answers = []
        with mock.patch.object(layer, "send", said):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(layer, "send", own)
                answers.append(await layer.send("a", X))
            answers.append(await layer.send("a", X))
        answers.append(await layer.send("a", X))

    assert [*answers, await inner.send("a", X)] == [
        "own",
        "a test's",
        "own",
        "own",
    ]


async def test_patches_within_each_other_end_one_by_one() -> None:
    with record(silent, InMemoryChannelLayer()) as flow:
        layer: Any = flow.layer
        with mock.patch.object(layer, "send", mock.AsyncMock(return_value=1)):
            with mock.patch.object(
                layer, "send", mock.AsyncMock(return_value=2)
            ):
                assert await layer.send("a", X) == 2
            assert await layer.send("a", X) == 1
        await layer.send("a", X)

        assert await layer.receive("a") == X


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("send", ("b", X)),
        ("receive", ("a",)),
        ("group_send", ("g", X)),
        ("new_channel", ()),
        ("group_add", ("g", "b")),
        ("group_discard", ("g", "a")),
        ("flush", ()),
    ],
)
async def test_what_a_test_puts_there_may_call_what_was_there(
    name: str, arguments: tuple[Any, ...]
) -> None:
    with record(silent, inner := InMemoryChannelLayer()) as flow:
        layer: Any = flow.layer
        await layer.group_add("g", "a")
        await layer.send("a", X)
        with (
            mock.patch.object(layer, name, wraps=getattr(layer, name)) as spy,
            mock.patch.object(layer, name, wraps=spy) as outer,
        ):
            await getattr(layer, name)(*arguments)

        assert spy.call_args == outer.call_args == mock.call(*arguments)
    assert name not in vars(inner)


async def test_what_a_spy_passes_on_is_recorded_once() -> None:
    with record(silent, InMemoryChannelLayer()) as flow:
        layer: Any = flow.layer
        with mock.patch.object(layer, "send", wraps=layer.send):
            await layer.send("a", X)

    kinds = [event.kind for event in flow]
    assert kinds.count("channel_send") == 1


async def test_what_a_test_puts_there_is_what_is_found_there() -> None:
    inner: Any = InMemoryChannelLayer()
    with record(silent, inner) as flow:
        layer: Any = flow.layer
        layer.group_send = mock.AsyncMock()

        await layer.group_send("g", X)
        await inner.group_send("g", X)

        assert layer.group_send.await_count == 2
        del layer.group_send
        assert "group_send" not in vars(inner)


async def test_method_of_a_mock_is_its_own_again() -> None:
    inner = mock.AsyncMock(spec=InMemoryChannelLayer)
    with record(silent, inner) as flow:
        layer: Any = flow.layer
        with mock.patch.object(layer, "send", mock.AsyncMock()):
            await layer.send("a", X)
        inner.send.assert_not_awaited()
        await layer.send("a", X)

    inner.send.assert_awaited_once_with("a", X)


def test_what_is_put_back_though_nobody_replaced_it_changes_nothing() -> None:
    layer: Any = RecordedLayer(inner := InMemoryChannelLayer())

    layer.receive = layer.receive
    layer.post = layer.send

    assert "receive" not in vars(inner)
    assert inner.post == layer.send  # type: ignore[attr-defined]
    del layer.post
    assert "post" not in vars(inner)
    layer._minichannels_unwatch()


def test_receive_of_a_recorded_layer_says_what_it_is() -> None:
    layer = RecordedLayer(InMemoryChannelLayer())

    assert inspect.getdoc(layer.receive) == inspect.getdoc(
        RecordedLayer.receive
    )
    layer._minichannels_unwatch()


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
