"""What is outside of a middleware, and what is inside: it is in between.

How it works: the one outside keeps the scope that it calls the middleware with,
and what was in it. The one inside keeps what it is called with. So a scenario
sees what was added, lost, or changed for the caller, too.
"""

from typing import Any

from minichannels.lab.checking.stage.steps import frame
from minichannels.types import ASGIApp, Receive, Scope, Send


class InnerError(Exception):
    """What the application inside raises, for a change."""


class HeaderName(bytes):
    """The name of a header, which notes the texts that it is compared with.

    Also those by which a dict is asked for it: in Python a text and its bytes
    have one hash.
    """

    def noting(self, texts: list[str]) -> "HeaderName":
        """Return itself, and note in a list from now on."""
        self._texts = texts
        return self

    def __eq__(self, other: object) -> bool:
        if type(other) is str:
            self._texts.append(other)
        return super().__eq__(other)

    __hash__ = bytes.__hash__


class Handed:
    """A scope that a middleware is called with.

    Attributes:
        scope: the scope itself.
        before: what was in it then.
        asked: the texts that names of headers were compared with.
    """

    def __init__(self, scope: Scope) -> None:
        self.asked: list[str] = []
        headers = [
            (HeaderName(name).noting(self.asked), value)
            for name, value in scope["headers"]
        ]
        self.scope = dict(scope, headers=headers)
        self.before = dict(scope)

    @property
    def changed(self) -> str:
        """The first key whose value is another one now; empty if none is."""
        keys = dict.fromkeys([*self.before, *self.scope])
        now, before = self.scope, self.before
        found = (key for key in keys if now.get(key) != before.get(key))
        return next(map(frame, found), "")


class Sides:
    """What is outside of a middleware, and what is inside.

    Attributes:
        made: the middleware's application.
        handed: what that one was called with last.
        inside: the scope that it called the inner application with, if any.
        changed: which key of what was handed was changed by then.
        broken: whether the application inside fails.
        heard_of: whether the one outside has heard of it.
        calls: how often the application inside was called.
    """

    def __init__(self) -> None:
        self.made: Any = None
        self.broken = False
        self.heard_of = False
        self.handed = Handed({"headers": []})
        self.inside: Scope = {}
        self.calls = 0

    def begin(self) -> None:
        """Forget what was called."""
        self.inside = {}
        self.changed = ""

    @property
    def outer(self) -> ASGIApp:
        """Calls the middleware with a scope, and keeps that."""

        async def outer(scope: Scope, receive: Receive, send: Send) -> None:
            self.handed = Handed(scope)
            try:
                await self.made(self.handed.scope, receive, send)
            except InnerError:
                self.heard_of = True

        outer.__name__ = "LanguageMiddleware"  # what a picture says of it
        return outer

    async def inner(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Accept, and answer each text with itself."""
        self.calls += 1
        self.inside, self.changed = dict(scope), self.handed.changed
        if self.broken:
            raise InnerError("on purpose")
        while (event := await receive())["type"] != "websocket.disconnect":
            if event["type"] == "websocket.connect":
                await send({"type": "websocket.accept"})
            else:
                await send({"type": "websocket.send", "text": event["text"]})
