"""Users of tests, and a site where they log in and chat."""

from dataclasses import dataclass
from typing import Any

from minichannels.auth import AuthMiddlewareStack, login, logout
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.routing import ProtocolTypeRouter
from minichannels.sessions import SessionStore
from minichannels.types import ASGIApp


@dataclass
class User:
    """A user as a project may have them."""

    pk: str
    is_active: bool = True
    password: str = "first"

    is_authenticated = True

    def get_session_auth_hash(self) -> str:
        return f"hash of the {self.password} password"


class Users(dict[str, User]):
    """Knows the users, and can be changed while sockets are open."""

    def __init__(self, *names: str) -> None:
        super().__init__((name, User(name)) for name in names)

    def __call__(self, pk: str, /) -> User | None:
        return self.get(pk)


class Door(AsyncHttpConsumer):
    """Logs in whom the body names, and out whom it does not."""

    users: Any = None

    async def handle(self, body: bytes) -> None:
        if body:
            await login(self.scope, self.users[body.decode()])
        else:
            await logout(self.scope)
        await self.send_response(204, b"")


def site(
    users: Users, consumer: Any, store: SessionStore | None = None
) -> ASGIApp:
    """Return a site with a door and one consumer."""
    door: Any = type("Door", (Door,), {"users": users})
    router = ProtocolTypeRouter(
        {"http": door.as_asgi(), "websocket": consumer.as_asgi()}
    )
    return AuthMiddlewareStack(router, users, store)
