"""Every exception of the library.

    Exception
    ├── AcceptConnection, DenyConnection   raised in connect() to decide there
    ├── StopConsumer                       raised in a handler to end
    │   └── ClientGone                     OSError: the client has left
    ├── ChannelFull                        a mailbox has no room
    ├── MessageTooLarge                    a message is over a megabyte
    ├── LayerUnavailable                   ConnectionError: its server is away
    ├── SessionError                       what went wrong with a session
    │   ├── SessionGone                    it has ended in the meantime
    │   ├── SessionTooLarge                no cookie has room for it
    │   └── SessionUnavailable             its store is down, or slow
    ├── RequestAborted
    │   └── RequestTimeout
    ├── ValueError
    │   ├── InvalidChannelLayerError       a layer is missing or misconfigured
    │   └── WireError                      beyond the web: no such bytes
    ├── RuntimeError
    │   └── ProtocolError                  an ASGI event out of its order
    └── Explained                          says in attributes what it means
        ├── NoTypeError                    ValueError: a message has no type
        ├── NoHandlerError                 ValueError: no method for a message
        ├── UndecidedError                 RuntimeError: connect() is undecided
        ├── ParametersError                TypeError: a method takes others
        ├── MethodKindError                TypeError: def for async def
        ├── ArgumentTypeError              TypeError: such as a dict as a text
        ├── NotADictError                  TypeError: a message is no dict
        ├── UnserializableError            TypeError: what cannot travel
        └── InvalidNameError               TypeError: of a channel or a group

The names are those of ``channels.exceptions``, but for ``ClientGone``,
``ProtocolError``, ``LayerUnavailable``, what is a ``SessionError`` and what is
``Explained``: Channels raises a plain ValueError, TypeError or RuntimeError
for these last, and each of ours is one too.
"""

import functools
from typing import Any, TypeGuard


class RequestAborted(Exception):
    """The client went away before its request had arrived in full."""


class RequestTimeout(RequestAborted):
    """The request's body took too long to arrive."""


class InvalidChannelLayerError(ValueError):
    """A channel layer is missing, or its configuration is wrong."""


class WireError(ValueError):
    """Bytes that say nothing in their protocol, or what it has no bytes for."""


class AcceptConnection(Exception):
    """Raise in ``connect()`` to accept the WebSocket."""


class DenyConnection(Exception):
    """Raise in ``connect()`` to refuse the WebSocket."""


class ChannelFull(Exception):
    """A channel's mailbox has no room for another message.

    Attributes:
        channel: the channel's name, if the layer told it.
        capacity: how many messages may wait in it, if the layer told it.
    """

    def __init__(
        self,
        *args: object,
        channel: str | None = None,
        capacity: int | None = None,
    ) -> None:
        super().__init__(*args)
        self.channel = channel
        self.capacity = capacity


class MessageTooLarge(Exception):
    """A message is larger than a channel layer must carry."""


class LayerUnavailable(ConnectionError):
    """The server behind a channel layer is away, or refuses what it is asked.

    Of a message that was being sent, it is not known whether it arrives.
    """


class SessionError(Exception):
    """Something went wrong with a session; its text shows nothing of it."""


class SessionGone(SessionError):
    """A session cannot be saved: it has ended, as by a logout elsewhere."""


class SessionTooLarge(SessionError):
    """A session that a cookie holds is larger than browsers keep cookies."""


class SessionUnavailable(SessionError):
    """The store of a session has failed, or does not answer in time."""


class StopConsumer(Exception):
    """Raise in a handler to end the consumer; no error is reported."""


class ClientGone(OSError, StopConsumer):
    """The client has left, so nothing can be sent to it (ASGI 2.4).

    An OSError, as a server raises: a handler may expect one. If none does, it
    ends the handler, and of a consumer without ``disconnect()`` all.
    """

    def __init__(self) -> None:
        super().__init__("the client has left, so nothing can be sent to it")

    def __str__(self) -> str:
        return str(self.args[0])  # whatever errors of the server's type say

    @classmethod
    def told_by(cls, error: OSError) -> "ClientGone":
        """Return one that is also of the type that the server has raised.

        A handler may expect just that, such as a ``ConnectionResetError``.
        """
        raised: Any = type(error)
        kind = _also(raised)
        # Not by its own __new__() and __init__(), which may want arguments.
        gone: ClientGone = OSError.__new__(kind)
        gone.args = cls().args
        gone.errno = error.errno
        vars(gone).update(vars(error))
        return gone


def says_gone(error: Exception) -> TypeGuard[OSError]:
    """Return whether what a server's ``send`` raises says that a client left.

    That is what an OSError says (ASGI 2.4). But those that Python has for
    files, permissions and the time say something else, as of a middleware.
    """
    kind: Any = type(error)
    return issubclass(kind, OSError) and (
        kind.__module__ != "builtins"
        or kind is OSError
        or issubclass(kind, ConnectionError)
    )


@functools.cache  # servers have few such types
def _also(kind: Any) -> Any:
    """Return a class of both types, if there can be one."""
    if issubclass(kind, ClientGone):  # told on by another consumer
        return kind
    try:
        return type("ClientGone", (ClientGone, kind), {})
    except TypeError:
        return ClientGone


class ProtocolError(RuntimeError):
    """An ASGI event that its protocol does not allow at this point.

    Attributes:
        event_type: the event's type.
        state: the name of the state that the connection is in.
    """

    def __init__(
        self, message: str = "", *, event_type: str = "", state: str = ""
    ) -> None:
        super().__init__(message)
        self.event_type = event_type
        self.state = state


class Explained(Exception):
    """An error that says in attributes what its text says in words.

    Attributes:
        text: the text.
    """

    # No program has to read the text. All attributes have defaults, for a copy
    # in another process is made with the text alone, and then gets the others.
    # (No dataclasses: to make ten of them takes a tenth of the time that it
    # takes to import the library.)

    def __init__(self, text: str = "", **facts: object) -> None:
        super().__init__(text)
        self.text = text
        vars(self).update(facts)


def type_name(error: BaseException) -> str:
    """Return the name of an error's type, as Channels would have it.

    An ``except`` that names this type catches the error in both libraries.
    """
    kinds = type(error).__mro__
    return next(k.__name__ for k in kinds if not issubclass(k, Explained))


class NoTypeError(Explained, ValueError):
    """A message has no ``type``."""


class NoHandlerError(Explained, ValueError):
    """A consumer has no method for a type of message.

    Attributes:
        event_type: the message's type.
        handler: the name that the method would have.
    """

    event_type: str = ""
    handler: str = ""


class UndecidedError(Explained, RuntimeError):
    """A consumer's ``connect()`` has neither accepted nor closed."""


class ParametersError(Explained, TypeError):
    """A method takes other parameters than the library passes.

    Attributes:
        method: its name.
        owner: the class of the object that it was called of.
        wanted: how its definition has to begin.
    """

    method: str = ""
    owner: type[Any] = object
    wanted: str = ""


class MethodKindError(Explained, TypeError):
    """A method is an ``async def`` and should not be, or the other way.

    Attributes:
        method: its name.
        owner: the class of the object that it was called of.
        is_async: whether it is one.
    """

    method: str = ""
    owner: type[Any] = object
    is_async: bool = False


class ArgumentTypeError(Explained, TypeError):
    """An argument is of another type, such as a dict where a text goes.

    Attributes:
        argument: its name.
        given: its type.
    """

    argument: str = ""
    given: type[Any] = object


class NotADictError(Explained, TypeError):
    """What is sent to a channel layer is no dict."""


class UnserializableError(Explained, TypeError):
    """Something in a message cannot travel.

    Attributes:
        path: the keys and indexes that lead to it.
    """

    path: tuple[object, ...] = ()


class InvalidNameError(Explained, TypeError):
    """A name of a channel or a group is not valid.

    Attributes:
        kind: ``channel`` or ``group``.
        name: the name.
    """

    kind: str = ""
    name: object = ""
