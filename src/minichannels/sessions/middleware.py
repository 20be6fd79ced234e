"""The middleware that gives each connection its session.

How it works: the key of a session comes in a cookie. When the response starts,
or the WebSocket is accepted, the session is saved if somebody has changed it,
and a new key goes out in a cookie of that message. Later no cookie can be sent
any more; a consumer that lives on saves by ``await session.asave()``.

Source: Channels, "Sessions".
"""

import re
from dataclasses import dataclass
from http.cookies import Morsel
from typing import Any, ClassVar

from minichannels._bridge import require_bridge
from minichannels._masking import short
from minichannels.middleware import BaseMiddleware
from minichannels.sessions.cookies import CookieMiddleware
from minichannels.sessions.session import (
    TWO_WEEKS,
    SessionDict,
    require_seconds,
)
from minichannels.sessions.stores import MemoryStore, SessionStore
from minichannels.types import ASGIApp, Message, Receive, Scope, Send

IN_MEMORY = MemoryStore()
"""Where sessions are kept if nobody says where: all stacks share it."""

# The events that begin what a cache may keep, and all that can bring a cookie.
_CACHED = ("http.response.start", "websocket.http.response.start")
_CARRIERS = (*_CACHED, "websocket.accept")

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z:-]+\Z")


@dataclass(frozen=True)
class SessionCookie:
    """The cookie of a session, and how long a session lives.

    Attributes:
        name: of the cookie; ``__Host-…`` ties it to one host, over TLS.
        age: how many seconds a session lives after it was saved.
        path: where on the site it is sent along.
        domain: for which hosts; None for this one alone.
        secure: whether it travels over TLS alone; None: if it came so.
        httponly: whether scripts of the page cannot see it.
        samesite: whether other sites' pages can have it sent; None: says
            nothing of it.
        every_time: whether a session is saved though nothing has changed.
        patience: how many seconds the store may take to answer.

    Raises:
        ValueError: no browser keeps a cookie of that name as it is wished, or
            no cookie has such an attribute.
    """

    name: str = "sessionid"
    age: float = TWO_WEEKS
    path: str = "/"
    domain: str | None = None
    secure: bool | None = None
    httponly: bool = True
    samesite: str | None = "Lax"
    every_time: bool = False
    patience: float = 5

    def __post_init__(self) -> None:
        """Refuse what a browser would drop without a word."""
        _require_cookie(self)
        elsewhere = self.domain is not None or self.path != "/"
        if self.name.startswith("__Host-") and elsewhere:
            raise ValueError(
                f"the cookie {self.name!r} has no domain, and the path '/': "
                "otherwise browsers drop it, for its name says that it is so"
            )
        if self.is_for_tls and self.secure is False:
            raise ValueError(
                f"the cookie {self.name!r} is secure: otherwise browsers drop "
                "it, for its name says that it is so"
            )

    @property
    def is_for_tls(self) -> bool:
        """Whether its name says that it travels over TLS alone."""
        return self.name.startswith(("__Host-", "__Secure-"))


def _require_cookie(cookie: Any) -> None:
    """Raise ValueError unless there can be such a cookie."""
    name = cookie.name
    is_word = isinstance(name, str) and _NAME.match(name)
    if not is_word or Morsel().isReservedKey(name):
        raise ValueError(
            "a cookie's name is one word without blanks, and no attribute's,"
            f" such as 'sessionid', not {short(name)}"
        )
    require_seconds("a session's age", cookie.age)
    require_seconds("a session's patience", cookie.patience)
    CookieMiddleware.set_cookie(  # it refuses what no attribute may be
        {},
        name,
        path=cookie.path,
        domain=cookie.domain,
        samesite=cookie.samesite,
    )


_USUAL = SessionCookie()

_Options = tuple[SessionStore | None, SessionCookie | None]


class SessionHome:
    """Where sessions come from if nobody says so; a bridge has another one."""

    # What stands in a scope until a session does.
    unresolved: ClassVar[type] = object

    def cookie(self) -> SessionCookie:
        """Return the cookie that brings their keys."""
        return _USUAL

    def store(self) -> Any:
        """Return where they are kept.

        Raises:
            RuntimeError: a Django project's are meant, but not known.
        """
        require_bridge("sessions", "give the middleware a store")
        return IN_MEMORY

    def make(self, wrapper: "InstanceSessionWrapper") -> Any:
        """Return the session of a connection; it is loaded when it is used."""
        return SessionDict(
            wrapper.session_store,
            wrapper.scope["cookies"].get(wrapper.cookie_name, ""),
            age=cookie_of(wrapper).age,
            patience=cookie_of(wrapper).patience,
        )

    async def save(self, session: Any) -> None:
        """Save a session.

        Raises:
            SessionError: see :meth:`SessionDict.asave`.
        """
        await session.asave()


class InstanceSessionWrapper:
    """The session of one connection, and a ``send`` that saves it.

    Attributes:
        activated: whether there was no session yet, from further out.
        cookie_name: the name of the cookie with its key.
        cookie_response_message_types: the events that carry cookies.
        real_send: sends to the server.
        save_message_types: the events at which a session is saved.
        scope: the connection's scope, with ``scope["session"]``.
        session_store: where the session is kept.
    """

    # Where sessions come from; a bridge puts its own here.
    _minichannels_home = SessionHome()
    # Of the class: one made of it may have an __init__ that calls no other.
    _minichannels_cookie: SessionCookie | None = None

    save_message_types = _CARRIERS
    cookie_response_message_types = _CARRIERS

    def __init__(
        self,
        scope: Scope,
        send: Send,
        store: SessionStore | None = None,
        cookie: SessionCookie | None = None,
    ) -> None:
        if store is not None:
            self._minichannels_home = SessionHome()
        home = self._minichannels_home
        cookie = self._minichannels_cookie = cookie or home.cookie()
        self.scope = dict(scope)
        self.real_send = send
        self.cookie_name = cookie.name
        self.session_store: Any = home.store() if store is None else store
        self.activated = "session" not in scope
        if self.activated and "cookies" not in scope:
            raise ValueError(
                "the scope has no cookies; SessionMiddleware goes inside of "
                "CookieMiddleware"
            )
        self.scope.setdefault("session", home.unresolved())

    async def resolve_session(self) -> None:
        """Put the session into the scope; override to find it otherwise."""
        if self.activated:
            self.scope["session"] = self._minichannels_home.make(self)

    async def send(self, message: Message) -> Any:
        """Send an event; before the first, save what has changed."""
        if self.activated and message.get("type") in self.save_message_types:
            message = await _with_cookie(self, _varied(self, message))
        return await self.real_send(message)

    async def save_session(self) -> None:
        """Save the session.

        Raises:
            SessionError: see :meth:`SessionDict.asave`.
        """
        await self._minichannels_home.save(self.scope["session"])


# No methods: who makes a class of that one may call theirs as they like.


def cookie_of(wrapper: InstanceSessionWrapper) -> SessionCookie:
    """Return the cookie that brings a connection its session's key."""
    return wrapper._minichannels_cookie or wrapper._minichannels_home.cookie()


def _varied(wrapper: InstanceSessionWrapper, message: Message) -> Message:
    """Return a response that caches keep for its own client alone."""
    message = dict(message)
    if "headers" in message:  # other clients' responses may share the list
        message["headers"] = list(message["headers"])
    if message["type"] in _CACHED and wrapper.scope["session"].accessed:
        message.setdefault("headers", []).append((b"vary", b"Cookie"))
    return message


async def _with_cookie(
    wrapper: InstanceSessionWrapper, message: Message
) -> Message:
    session = wrapper.scope["session"]
    changed = session.modified or cookie_of(wrapper).every_time
    if not changed or message.get("status", 200) == 500:
        return message
    await session.aget("")  # it is loaded now
    carries = message["type"] in wrapper.cookie_response_message_types
    if session.is_empty():
        if carries and wrapper.cookie_name in wrapper.scope["cookies"]:
            _delete_cookie(wrapper, message)
        return message
    await wrapper.save_session()
    if carries:
        _set_cookie(wrapper, message)
    return message


def _set_cookie(wrapper: InstanceSessionWrapper, message: Message) -> None:
    session, cookie = wrapper.scope["session"], cookie_of(wrapper)
    closes = session.get_expire_at_browser_close()
    CookieMiddleware.set_cookie(
        message,
        wrapper.cookie_name,
        session.session_key,
        max_age=None if closes else session.get_expiry_age(),
        path=cookie.path,
        domain=cookie.domain,
        secure=_is_secure(wrapper),
        httponly=cookie.httponly,
        samesite=cookie.samesite,
    )


def _delete_cookie(wrapper: InstanceSessionWrapper, message: Message) -> None:
    CookieMiddleware.delete_cookie(
        message,
        wrapper.cookie_name,
        path=cookie_of(wrapper).path,
        domain=cookie_of(wrapper).domain,
    )


def _is_secure(wrapper: InstanceSessionWrapper) -> bool:
    cookie = cookie_of(wrapper)
    if cookie.secure is not None:
        return cookie.secure
    is_tls = wrapper.scope.get("scheme") in ("https", "wss")
    return is_tls or cookie.is_for_tls


class SessionMiddleware(BaseMiddleware):
    """Adds ``scope["session"]``; goes inside of ``CookieMiddleware``.

    Args:
        inner: the wrapped application.
        store: where sessions are kept; in memory by default.
        cookie: the cookie, and how long a session lives.

    Raises:
        TypeError: the store or the cookie is none.
    """

    # Of the class: one made of it may have an __init__ that calls no other.
    _minichannels: _Options = None, None

    def __init__(
        self,
        inner: ASGIApp,
        store: SessionStore | None = None,
        cookie: SessionCookie | None = None,
    ) -> None:
        super().__init__(inner)
        given: Any = IN_MEMORY if store is None else store
        if isinstance(given, type) or not hasattr(given, "load"):
            raise TypeError(
                f"the store is such as MemoryStore(), not {short(store)}"
            )
        if not isinstance(cookie, SessionCookie | None):
            raise TypeError(
                "the cookie is such as SessionCookie(age=60), not"
                f" {short(cookie)}"
            )
        self._minichannels = store, cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Call the inner application with a session.

        Raises:
            ValueError: there are no cookies in the scope.
        """
        wrapper = InstanceSessionWrapper(scope, send, *self._minichannels)
        await wrapper.resolve_session()
        return await self.inner(wrapper.scope, receive, wrapper.send)


def SessionMiddlewareStack(  # noqa: N802  # Channels' name
    inner: ASGIApp,
    store: SessionStore | None = None,
    cookie: SessionCookie | None = None,
) -> CookieMiddleware:
    """Return an application with cookies and a session around it."""
    return CookieMiddleware(SessionMiddleware(inner, store, cookie))
