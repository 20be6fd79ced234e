"""The picture at the top of the README: one message, and who missed it.

``python -m support.picture`` in ``tests`` draws it anew.
"""

import asyncio

from minichannels.flow import Flow, record
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import WebsocketCommunicator
from support import ROOT, django_settings
from support.story import PATH, Story, chat

PICTURE = ROOT / "notebooks" / "images" / "one-message.svg"
HI = '{"message": "hi"}'


async def draw() -> str:
    """Return what became of the message for which eve had no room."""
    story = Story()
    story.slow = "eve"
    with record(chat(story), InMemoryChannelLayer(capacity=2)) as flow:
        clients = []
        for name in ("ada", "bob", "eve"):
            client = WebsocketCommunicator(flow.app, PATH)
            client.scope["client"] = [name, 1]
            flow.app.expect((name, 1), name)
            await client.connect()
            clients.append(client)
        ada, bob = clients[:2]
        for _ in range(4):
            await ada.send_to(HI)
            await ada.receive_from()
            await bob.receive_from()
        shown = _last(flow)
        story.go_on.set()
        for client in clients:
            await client.disconnect()
    return shown.lanes().svg


def _last(flow: Flow) -> Flow:
    """Return the flow of what ada's last message caused."""
    events = flow.events
    caused = {max(e.seq for e in events if e.type == "websocket.receive")}
    for event in events:
        if event.cause in caused:
            caused.add(event.seq)
    return Flow([event for event in events if event.seq in caused])


if __name__ == "__main__":
    django_settings.set_up()
    PICTURE.write_text(asyncio.run(draw()), encoding="utf-8", newline="\n")
