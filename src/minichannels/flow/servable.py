"""Whether a value can be served, asked before a server or a record begins.

How it works: what is asked of every application
(:func:`minichannels._asgi.require_shareable`), and that it takes the three
arguments, since a server would find that out only with the first connection.
"""

import inspect
from typing import Any

from minichannels._asgi import application_name, require_shareable

ARGUMENTS = "scope, receive, send"


def require_servable(application: Any) -> None:
    """Raise unless something looks like an ASGI application.

    Raises:
        TypeError: it is none; says what it is and what to give instead.
    """
    require_shareable(application, "the served application")
    try:
        # as_asgi() wraps a class, whose own arguments do not matter here.
        signature = inspect.signature(application, follow_wrapped=False)
    except ValueError:  # a callable written in C tells nothing of itself
        return
    try:
        signature.bind(None, None, None)
    except TypeError:
        name = application_name(application)
        raise TypeError(
            f"{name}{signature} is not an ASGI application; it is called with"
            f" three arguments: {ARGUMENTS}"
        ) from None
