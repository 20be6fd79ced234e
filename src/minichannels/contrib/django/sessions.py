"""Django's sessions for consumers, from whatever engine the project has.

How it works: ``scope["session"]`` is an object of Django's engine, so a page
and a socket of one client see the same. It comes and goes with the cookie that
the settings ``SESSION_COOKIE_…`` describe. What may have to wait for a
database does so in the thread that has the connection.

Source: Channels, "Sessions"; Django, "How to use sessions".
"""

import functools
import importlib
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.core.exceptions import SuspiciousOperation
from django.utils.functional import LazyObject

from minichannels._masking import Secret
from minichannels.db import database_sync_to_async
from minichannels.exceptions import SessionGone, UnserializableError
from minichannels.sessions import InstanceSessionWrapper, SessionCookie
from minichannels.sessions.middleware import SessionHome
from minichannels.sessions.session import tell_nobody

# Whether there can be such a one is asked once, and not by each connection.
_cookie = functools.lru_cache(maxsize=10)(SessionCookie)


class DjangoSessionGone(SessionGone, SuspiciousOperation):
    """A session has ended in the meantime; to Django, that is suspicious."""


class DjangoSession(Secret):
    """What a socket asks of its session, beside what Django's engines have."""

    is_told = False

    @property
    def _wrapped(self) -> Self:
        """Itself: in Channels, it is in a lazy object, which some open."""
        return self

    def copy(self: Any) -> Any:
        """Return another one, which is as the store has it when it is used."""
        return type(self)(self.session_key)

    async def areload(self: Any) -> None:
        """Ask the store anew when it is used; forget what was not saved."""
        vars(self).pop("_session_cache", None)  # Django's name for its data
        self.modified = False

    def load(self: Any) -> Any:
        """Read it; say so if the client is nobody."""
        key = self.session_key
        data = super().load()  # type: ignore[misc]  # of the engine
        self._tell(key, data)
        return data

    async def aload(self: Any) -> Any:
        """Do the same, as some engines do in their own way."""
        key = self.session_key
        data = await super().aload()  # type: ignore[misc]  # of the engine
        self._tell(key, data)
        return data

    def _tell(self: Any, key: str | None, data: Any) -> None:
        # An engine that knows no session of a key drops it; or, where that is
        # the session itself, has the cookie written anew.
        dropped = self.session_key != key or (self.modified and not data)
        if key and dropped and not self.is_told:
            self.is_told = True  # an engine's aload() may call load()
            self.tell_unknown()

    def tell_unknown(self) -> None:
        """Say that the store has no session of what the client has sent."""
        tell_nobody("cookie", "the store has no session of it")


class DjangoSessions(SessionHome):
    """The sessions of a project, as its settings say."""

    unresolved: ClassVar[type] = LazyObject

    def cookie(self) -> SessionCookie:
        """Return the cookie that the settings describe."""
        return _cookie(
            name=settings.SESSION_COOKIE_NAME,
            age=settings.SESSION_COOKIE_AGE,
            path=settings.SESSION_COOKIE_PATH,
            domain=settings.SESSION_COOKIE_DOMAIN,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=settings.SESSION_COOKIE_HTTPONLY,
            samesite=settings.SESSION_COOKIE_SAMESITE or None,
            every_time=settings.SESSION_SAVE_EVERY_REQUEST,
        )

    def store(self) -> Any:
        """Return the class of the engine's sessions."""
        return _engine(settings.SESSION_ENGINE)

    def make(self, wrapper: InstanceSessionWrapper) -> Any:
        """Return the session of a connection; it is loaded when it is used."""
        key = wrapper.scope["cookies"].get(wrapper.cookie_name)
        session = wrapper.session_store(key if _may_be_key(key) else None)
        if key and not session.session_key:  # it may be too short, too
            session.tell_unknown()
        return session

    async def save(self, session: Any) -> None:
        """Save a session.

        Raises:
            DjangoSessionGone: it has ended, as by a logout in another tab.
            UnserializableError: its serializer cannot write what is in it.
        """
        try:
            await database_sync_to_async(session.save)()
        except UpdateError as error:
            raise DjangoSessionGone(
                "the session has ended, so it cannot be saved"
            ) from error
        except (TypeError, ValueError):
            _require_writable(session)
            raise


def _require_writable(session: Any) -> None:
    """Raise UnserializableError if the serializer cannot write a value.

    What Django says then names neither the session nor the value's place.
    """
    for key, value in session.items():
        try:
            session.serializer().dumps({key: value})
        except (TypeError, ValueError) as error:
            raise UnserializableError(
                f"session[{key!r}] cannot be saved, as a session is when it "
                f"has changed and the answer begins: {error}; "
                "keep what is only for this connection on the consumer",
                path=(key,),
            ) from error


def _may_be_key(key: object) -> bool:
    """Return whether an engine may be asked for a key.

    None makes one with control characters. PostgreSQL takes no text with a NUL,
    which a quoted cookie can hold: that would be an error of the application.
    And a middleware of one's own may put anything among the cookies.
    """
    return isinstance(key, str) and key.isprintable()


@functools.cache
def _engine(name: str) -> type[Any]:
    """Return the class of an engine's sessions, as a socket needs it."""
    engine = importlib.import_module(name).SessionStore
    # Some engines sign with the name of the class, so it has to stay.
    names = {"__qualname__": engine.__qualname__, "__module__": __name__}
    return type(engine.__name__, (DjangoSession, engine), names)
