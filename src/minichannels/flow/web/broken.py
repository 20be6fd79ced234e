"""What stands where a page was, while the code of its application is broken.

How it works: a page that is open asks for its live view again and again. Here
it is told what is wrong instead, and asks on until there is a flow. Whatever
else is asked for is answered with the same words; a browser asks again.
"""

import json

from minichannels.flow.web.app import respond
from minichannels.flow.web.document import message
from minichannels.flow.web.origin import objection
from minichannels.types import Receive, Scope, Send


class BrokenPage:
    """An application that only says why there is none.

    Args:
        text: what is wrong.
        host: the host that the server listens on.
    """

    def __init__(self, text: str, host: str) -> None:
        self._text = text
        self._host = host

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a request, or refuse it (ASGI application)."""
        if scope["type"] == "http":
            if reason := objection(scope, self._host):
                await respond(send, 403, message(reason))
            else:
                text = f"The code cannot be loaded: {self._text}"
                await respond(send, 503, message(text, again=True))
        elif scope["type"] == "websocket":
            await receive()
            if objection(scope, self._host):
                await send({"type": "websocket.close"})
                return
            await send({"type": "websocket.accept"})
            told = json.dumps({"broken": self._text})
            await send({"type": "websocket.send", "text": told})
            while (await receive())["type"] == "websocket.receive":
                pass
