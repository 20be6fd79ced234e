"""What a flow says of a handler that is not there."""

from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import NoHandlerError
from minichannels.flow import Recorder, record
from minichannels.flow.live.telling import told
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import ApplicationCommunicator, WebsocketCommunicator


class Named(AsyncConsumer):
    pass


async def test_an_event_that_names_no_handler_is_refused_as_unrecorded() -> (
    None
):
    said = []
    for app in (Named.as_asgi(), Recorder(Named.as_asgi())):
        client = ApplicationCommunicator(app, {"type": "test"})
        await client.send_input({"type": "_private"})
        with pytest.raises(ValueError, match="private") as refused:
            await client.wait(10)
        said.append(str(refused.value))

    assert said[0] == said[1]


class Deaf(AsyncWebsocketConsumer):
    groups = ("news",)
    websocket_receive: Any = None


@pytest.mark.parametrize("by_layer", [False, True])
async def test_a_missing_handler_has_not_started(
    by_layer: bool,
) -> None:
    layer = InMemoryChannelLayer()
    with record(Deaf.as_asgi(channel_layer=layer), layer) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect(10)
        if by_layer:
            assert flow.layer
            await flow.layer.group_send("news", {"type": "no.such"})
        else:
            await client.send_to("hi")
        with pytest.raises(NoHandlerError):
            await client.receive_from(10)

    (crash,) = (event for event in flow if event.kind == "crash")
    assert crash.type == "ValueError"  # as Channels raises it
    assert "raises ValueError" in told(crash)["says"]
    # Nothing has started that is not there.
    (lost,) = (event for event in flow if event.status == "unhandled")
    assert "starts" not in told(lost)["more"]
    assert not told(lost)["handler"]
