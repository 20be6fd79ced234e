"""An echo with sessions in signed cookies around it, and with users too."""

import asyncio
from typing import Any

from minichannels.auth import AuthMiddlewareStack, login
from minichannels.sessions import SessionDict, SessionMiddlewareStack
from minichannels.sessions.signed import SignedCookieStore
from support.contestants import echo
from support.users import User

STORE = SignedCookieStore(["a key for the benchmarks alone"])

with_session: Any = SessionMiddlewareStack(echo, STORE)
with_user: Any = AuthMiddlewareStack(echo, User, STORE)


def cookies(count: int) -> list[str]:
    """Return the cookies of clients that have logged in."""
    return [asyncio.run(_cookie(f"user-{number}")) for number in range(count)]


async def _cookie(name: str) -> str:
    session = SessionDict(STORE)
    await login({"session": session}, User(name))
    await session.asave()
    return f"sessionid={session.session_key}"
