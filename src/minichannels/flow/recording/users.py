"""Who is logged in at a connection, as far as the application knows already.

How it works: a middleware puts the user into the scope: our own, that of
Channels, Starlette's. Most put it into a copy of the scope, which is found with
the consumer that has it. Django's views have it at their request.

Rule 1: nothing is loaded. Of a lazy object only that is looked at which it
holds already; of all others what stands in them, for to ask a property could
query a database. So a user whose name is worked out has none here. Nor is
``isinstance`` asked of a user: a lazy object would load to answer.
Rule 2: who is not logged in has no name.

Source: Channels, "Authentication"; Starlette, "Authentication"; Django,
"Customizing authentication" (``USERNAME_FIELD``).
"""

import sys
from types import FrameType
from typing import Any

from minichannels.flow.journal.payloads import words
from minichannels.flow.recording.endpoints.attributes import attributes, kept
from minichannels.types import Scope

LONGEST = 40
"""How much of a name is kept."""

_NAMES = ("username", "display_name", "name", "pk")
"""Where a user's name stands, the best first; a key that is text is one."""

_OF_DJANGO = ("_cached_user", "_acached_user", "user")
"""Where a request of Django's has its user, once somebody has asked."""

_DEEPEST = 9
"""How many calls before it sends a response a request is looked for."""


class UserLook:
    """Looks who is logged in at one connection.

    Attributes:
        scopes: where the user may stand: the scope, and copies of it.
        known: who was found last; None if nobody.
    """

    __slots__ = ("known", "scopes")

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.known: Any = None

    def looks_at(self, consumer: Any) -> None:
        """Look at the scope that a consumer has, too."""
        scope = attributes(consumer).get("scope")
        if type(scope) is dict:
            self.scopes.append(scope)

    def look(self) -> str:
        """Return the user's name if it is new; empty if it is not known."""
        # Of several the last: it was made of those before, further inside.
        for scope in reversed(self.scopes):
            user = scope.get("user")
            if user is None:
                continue
            if user is self.known:
                break
            if name := name_of_user(user):
                self.known = user
                return name
        return ""


def name_of_user(user: Any) -> str:
    """Return a user's name; empty if it is nobody, or not known yet."""
    user = _loaded(user)
    if type(user) is str:
        return user
    if issubclass(type(user), dict):
        return _first(dict.get(user, name) for name in _NAMES)
    if kept(user, "is_authenticated") is False:
        return ""
    field = kept(type(user), "USERNAME_FIELD")
    names = [field] if type(field) is str else []
    return _first(kept(user, name) for name in [*names, *_NAMES])


def user_of_django() -> str:
    """Return the name of whose request Django is answering here."""
    if "django" not in sys.modules:
        return ""
    frame: FrameType | None = sys._getframe(1)
    for _ in range(_DEEPEST):
        if frame is None:
            break
        if frame.f_code.co_name == "process_request":
            request = frame.f_locals.get("request")
            found = attributes(request)
            users = (found.get(name) for name in _OF_DJANGO)
            return _first(map(name_of_user, users))
        frame = frame.f_back
    return ""


def _first(values: Any) -> str:
    """Return the first of some values that is a name."""
    found = (words(v) for v in values if issubclass(type(v), str))
    return next(filter(None, found), "")


def _loaded(user: Any) -> Any:
    """Return what a lazy object holds, if it has been asked for."""
    return attributes(user).get("_wrapped", user)
