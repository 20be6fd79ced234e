"""What a consumer reads: what its client does, and its mailbox.

How it works: a server gives the one, a channel layer the other. If there are
both they stand in line (:mod:`minichannels.consumer.dispatching`); a client
alone needs none.

Rule 1: a message of a layer calls only what a class has for that: it is let in,
or raises an error in the consumer that reads it.
"""

import functools
from collections.abc import Callable, Coroutine
from typing import Any

from minichannels.consumer.dispatching import Dispatch, Line, serve_alone
from minichannels.consumer.handlers import may_dispatch, require_for_layers
from minichannels.layers.own import ours
from minichannels.types import Message, Observer, Receive

Serve = Callable[[Dispatch], Coroutine[Any, Any, BaseException]]
"""Dispatches what the sources give, until one raises; returns that."""


def open_line(
    consumer: Any,
    receive: Receive,
    layer: Any,
    channel: str,
    observer: Observer | None,
) -> tuple[Line, Serve]:
    """Return where a consumer's sources stand in line, and what serves them.

    Args:
        consumer: whose they are.
        receive: gives the next event of its client.
        layer: its channel layer, if there is one.
        channel: the name of its mailbox there.
        observer: is told of a message that is not let in.
    """
    line, let_in = Line(), functools.partial(_let_in, consumer, observer)
    if consumer.scope.get("type") == "channel":  # a worker reads a layer
        receive = _filtered(receive, let_in)
    if layer is None:
        return line, functools.partial(serve_alone, receive)
    line.add(receive)
    reader = ours(layer, "reader")
    if take := reader and reader(channel, line.ring):
        line.take = functools.partial(_if_any, let_in, take)
        line.ring()  # something may have come already
    else:
        mailbox = functools.partial(layer.receive, channel)
        line.add(_filtered(mailbox, let_in))
    return line, line.serve


def _let_in(
    consumer: Any, observer: Observer | None, message: Message
) -> Message:
    """Return a message of the layer, which may only name the class's own.

    Raises:
        ValueError: it names none that a message may call.
    """
    try:
        require_for_layers(consumer, message)
    except ValueError as error:
        if may_dispatch(consumer, message):
            return message
        if observer is not None:
            observer.message_refused(consumer, message, error)
        raise
    return message


def _filtered(source: Receive, let_in: Callable[[Message], Message]) -> Receive:
    """Return a source of which each message passes through a function."""

    async def receive() -> Message:
        return let_in(await source())

    return receive


def _if_any(
    let_in: Callable[[Message], Message], take: Callable[[], Message | None]
) -> Message | None:
    message = take()
    return None if message is None else let_in(message)
