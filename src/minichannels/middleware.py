"""The base of middleware: an application around another application.

How it works: a middleware is called like any application, may look at or add
to the scope, and then calls the application that it wraps. ::

    class Greeter(BaseMiddleware):
        async def __call__(self, scope, receive, send):
            scope = dict(scope, greeting="hello")
            await super().__call__(scope, receive, send)

One middleware object serves all connections: what belongs to one connection
goes into its scope, never onto ``self``.

Source: Channels, "Middleware"; ASGI specification, "Middleware".
"""

from typing import Any

from minichannels._asgi import application_name, require_application
from minichannels.types import ASGIApp, Receive, Scope, Send


class BaseMiddleware:
    """Passes each connection on to the application that it wraps.

    Attributes:
        inner: the wrapped application.

    Raises:
        TypeError: ``inner`` is not an application.
    """

    def __init__(self, inner: ASGIApp) -> None:
        require_application(inner, "the inner application")
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Call the inner application with a scope of its own."""
        # Copy: what is added further in must not reach who is further out.
        return await self.inner(dict(scope), receive, send)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({application_name(self.inner)})"
