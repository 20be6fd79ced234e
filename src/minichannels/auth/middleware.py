"""The middleware that says of each connection who its user is.

How it works: the user is asked for before the application is called, and
stands in ``scope["user"]``. From then on the WebSockets of a user are watched,
and closed when the login has ended.

Source: Channels, "Authentication".
"""

import copy
from typing import Any

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels.auth.logins import AUTH, get_user, refresh_user, session_of
from minichannels.auth.sockets import UserSocket
from minichannels.auth.users import UserSource
from minichannels.layers import get_channel_layer
from minichannels.middleware import BaseMiddleware
from minichannels.sessions import (
    CookieMiddleware,
    SessionCookie,
    SessionMiddleware,
    SessionStore,
)
from minichannels.types import ASGIApp, Receive, Scope, Send


class UserLazyObject:
    """Stands for the user; until it is known, whatever is asked is an error.

    A middleware of one's own may leave it in the scope. So it is taken for the
    user: by ``isinstance()``, by models of Django, and by who changes it.

    Attributes:
        _wrapped: the user; a middleware of one's own may set it, as in
            Channels. Before, what the class has: a bridge puts its own there.
    """

    _wrapped: Any = object()
    # Whether it is left in the scope, as in Channels; a bridge says so.
    _minichannels_stays = False

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """The class of the user; before it is known, this one."""
        return _user(self).__class__ if _is_known(self) else UserLazyObject

    def __getattr__(self, name: str) -> Any:
        return getattr(_user(self), name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_wrapped":
            object.__setattr__(self, name, value)
        else:
            setattr(_user(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(_user(self), name)

    def __copy__(self) -> Any:
        return copy.copy(_user(self)) if _is_known(self) else UserLazyObject()

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if _is_known(self):
            return copy.deepcopy(_user(self), memo)
        return UserLazyObject()

    def __reduce__(self) -> Any:
        return _itself, (_user(self),)

    def __eq__(self, other: object) -> bool:
        return bool(_user(self) == other)

    def __hash__(self) -> int:
        return hash(_user(self))

    def __str__(self) -> str:
        return str(_user(self))

    def __bool__(self) -> bool:
        return bool(_user(self))

    def __dir__(self) -> list[str]:
        return dir(_user(self))

    # As a dict, for it may be that of a token.

    def __getitem__(self, name: Any) -> Any:
        return _user(self)[name]

    def __setitem__(self, name: Any, value: Any) -> None:
        _user(self)[name] = value

    def __delitem__(self, name: Any) -> None:
        del _user(self)[name]

    def __contains__(self, name: Any) -> bool:
        return name in _user(self)

    def __iter__(self) -> Any:
        return iter(_user(self))

    def __len__(self) -> int:
        return len(_user(self))


def _is_known(lazy: UserLazyObject) -> bool:
    return lazy._wrapped is not UserLazyObject._wrapped


def _user(lazy: UserLazyObject) -> Any:
    if not _is_known(lazy):
        raise ValueError("scope['user'] is not known yet; resolve_scope() asks")
    return lazy._wrapped


def _itself(user: Any) -> Any:
    """Return a user, where one was pickled by what stood for it."""
    return user


class AuthMiddleware(BaseMiddleware):
    """Adds ``scope["user"]``; goes inside of ``SessionMiddleware``.

    Args:
        inner: the wrapped application.
        users: who knows the users; see ``minichannels.auth.users``.
        every: after how many seconds a WebSocket asks again who its user is.

    Attributes:
        channel_layer_alias: the layer by which sockets are closed.
    """

    channel_layer_alias = DEFAULT_CHANNEL_LAYER

    # Of the class: one made of it may have an __init__ that calls no other.
    _minichannels: tuple[UserSource | None, float] = None, 3600

    def __init__(
        self,
        inner: ASGIApp,
        users: UserSource | None = None,
        every: float = 3600,
    ) -> None:
        super().__init__(inner)
        self._minichannels = users, every

    def populate_scope(self, scope: Scope) -> None:
        """Put something into the scope that stands for the user.

        Raises:
            ValueError: there is no session in the scope.
        """
        session_of(scope)
        if "user" not in scope:
            scope["user"] = UserLazyObject()

    async def resolve_scope(self, scope: Scope) -> None:
        """Ask who the user is; override for another way to know it."""
        # Not isinstance(): it would load what is lazy in another way.
        if hasattr(type(scope["user"]), "_wrapped"):
            scope["user"]._wrapped = await get_user(scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Call the inner application with the user."""
        is_known = "user" in scope  # by a middleware further out
        scope = dict(scope)
        self.populate_scope(scope)
        # A class of one's own may need no session: then no login can end.
        if is_known or not hasattr(scope.get("session"), "aget"):
            await _resolve(self, scope)
            return await self.inner(scope, receive, send)
        socket = scope[AUTH] = _socket(self, send)
        try:
            await socket.open(scope)
            await _resolve(self, scope)
            if await socket.join(scope):
                await refresh_user(scope)
            return await self.inner(scope, receive, socket.send)
        finally:
            await socket.leave()


# No methods: who makes a class of that one may call theirs as they like.


async def _resolve(auth: AuthMiddleware, scope: Scope) -> None:
    """Ask a middleware who the user is, and put that into the scope."""
    await auth.resolve_scope(scope)
    user = scope["user"]
    is_ours = issubclass(type(user), UserLazyObject)
    if is_ours and not UserLazyObject._minichannels_stays:
        scope["user"] = _user(user)


def _socket(auth: AuthMiddleware, send: Send) -> UserSocket:
    layer = get_channel_layer(auth.channel_layer_alias)
    with_groups = layer if hasattr(layer, "group_add") else None

    async def who(scope: Scope) -> Any:
        """Return the user of a scope, as the middleware knows it."""
        asked = {**scope, "user": UserLazyObject()}
        await _resolve(auth, asked)
        return asked["user"]

    users, every = auth._minichannels
    return UserSocket(users, who, with_groups, send, every)


def AuthMiddlewareStack(  # noqa: N802  # Channels' name
    inner: ASGIApp,
    users: UserSource | None = None,
    store: SessionStore | None = None,
    cookie: SessionCookie | None = None,
) -> CookieMiddleware:
    """Return an application with cookies, session and user around it."""
    auth = AuthMiddleware(inner, users)
    return CookieMiddleware(SessionMiddleware(auth, store, cookie))
