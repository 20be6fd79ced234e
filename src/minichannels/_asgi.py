"""What makes a value an application, and what to call it.

How it works: the places that are given an application (routers, middleware,
worker, communicators) check it at once, so that a mistake shows where it was
made and not when the first connection arrives.

Source: ASGI specification, "Applications".
"""

import inspect
import reprlib
import warnings


def require_application(application: object, role: str) -> None:
    """Refuse what cannot be called as an ASGI application.

    Args:
        application: what was given.
        role: what it was given as, for the message: ``application``.

    Raises:
        TypeError: it cannot be called, or is a consumer class, or
            ``as_asgi`` without its parentheses; the class's ``as_asgi()``
            makes an application of it.
    """
    if inspect.ismethod(application) and application.__name__ == "as_asgi":
        name = application.__self__.__name__  # type: ignore[attr-defined]  # a class
        raise TypeError(f"{role} is {name}.as_asgi itself; call it: as_asgi()")
    if isinstance(application, type) and hasattr(application, "as_asgi"):
        raise TypeError(
            f"{role} is the consumer class {application.__name__};"
            f" use {application.__name__}.as_asgi()"
        )
    if not callable(application):
        raise TypeError(
            f"{role} is {reprlib.repr(application)}; an ASGI application is a"
            " coroutine function of scope, receive and send"
        )


def require_shareable(application: object, role: str) -> None:
    """Refuse what is no application, where it will serve many connections.

    A consumer object is one, for one connection: of several, each overwrites
    the attributes of the former one. Channels takes it anywhere, so this only
    warns.

    Raises:
        TypeError: see :func:`require_application`.
    """
    require_application(application, role)
    if hasattr(application, "as_asgi"):
        warnings.warn(
            f"{role} is one {type(application).__name__} object, which all"
            " connections share: each new one replaces the scope and the"
            " attributes of the one before; use its class's as_asgi(), which"
            " makes one for each",
            RuntimeWarning,
            stacklevel=3,
        )


def application_name(application: object) -> str:
    """Return a name to show: without an address, unlike a function's repr."""
    name = getattr(application, "__name__", None)
    return repr(application) if name is None else str(name)
