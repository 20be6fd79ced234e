"""What makes a value an application, and what to call it.

How it works: the places that are given an application (routers, middleware,
worker, communicators) check it at once, so that a mistake shows where it was
made and not when the first connection arrives.

Source: ASGI specification, "Applications".
"""

import inspect
import reprlib
import warnings
from collections.abc import Iterator


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
    the attributes of the former one, also behind a middleware or a validator.
    Channels takes it anywhere, so this only warns.

    Raises:
        TypeError: see :func:`require_application`.
    """
    require_application(application, role)
    # Of its class: a mock has whatever attribute it is asked for.
    shared = [a for a in wrapping(application) if hasattr(type(a), "as_asgi")]
    if shared:
        holds = "is" if shared[0] is application else "is wrapped around"
        warnings.warn(
            f"{role} {holds} one {type(shared[0]).__name__} object, which all"
            " connections share: each new one replaces the scope and the"
            " attributes of the one before; use its class's as_asgi(), which"
            " makes one for each",
            RuntimeWarning,
            stacklevel=3,
        )


def wrapping(application: object) -> Iterator[object]:
    """Yield an application, what it is wrapped around, and so on.

    A wrapper keeps what it wraps in an attribute, and there are three names
    for that: ``inner`` (our middleware), ``application`` (the validators of
    origins) and ``app`` (Starlette's middleware). Only attributes that the
    wrapper itself holds count: an object may have any by ``__getattr__``.
    """
    # Wrappers may form a ring. Their ids: not every object can be hashed.
    passed: set[int] = set()
    while application is not None and id(application) not in passed:
        yield application
        passed.add(id(application))
        held = getattr(application, "__dict__", {})
        names = ("inner", "application", "app")
        application = next((held[n] for n in names if n in held), None)


def application_name(application: object) -> str:
    """Return a name to show: without an address, unlike a function's repr."""
    name = getattr(application, "__name__", None)
    return repr(application) if name is None else str(name)
