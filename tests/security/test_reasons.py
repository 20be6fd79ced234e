"""A flow says in a word why a WebSocket was refused."""

from typing import Any

import pytest

from minichannels.flow import record
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.security.host import HostValidator
from minichannels.security.websocket import OriginValidator
from minichannels.testing import WebsocketCommunicator


@pytest.mark.parametrize(
    ("validator", "word"),
    [(OriginValidator, "origin"), (HostValidator, "host")],
)
async def test_flow_says_why_a_socket_was_refused_and_no_more(
    validator: Any, word: str
) -> None:
    app = validator(AsyncWebsocketConsumer.as_asgi(), ["a.example"])
    headers = [(word.encode(), b"http://else.example")]
    with record(app) as flow:
        client = WebsocketCommunicator(flow.app, "/", headers)
        assert (await client.connect())[0] is False

    (refusal,) = [event for event in flow if event.status == "refused"]
    assert refusal.reason == f"refused 403: {word}"
    assert f"REFUSED 403: {word}" in repr(flow)
    assert "else" not in repr(flow)
