"""The second seam: a channel layer, recorded while it is used.

How it works: a :class:`RecordedLayer` has a layer's public methods, notes what
passes (``deliveries``) and passes it on.
"""

import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from minichannels.flow.recording.application.causes import CURRENT, Running
from minichannels.flow.recording.layer.acts import TracedSend
from minichannels.flow.recording.layer.capabilities import Take, asked_of
from minichannels.flow.recording.layer.channels import Journals
from minichannels.flow.recording.layer.deliveries import Deliveries
from minichannels.flow.recording.unrecorded import Recorded
from minichannels.layers.memory import RECEIVE
from minichannels.layers.own import ours

_running = CURRENT.get  # at each message: to look it up takes as long

_Copy: Any = type({}.copy)
"""The class of what copies a message that has no other dict or list in it."""


class RecordedLayer(Recorded):
    """A channel layer that notes what passes through it.

    Whatever else is asked of it, it passes on, so that it can stand in for
    any layer.

    Args:
        inner: the layer that does the work.
        alias: its alias, for its name in the flow.
        journals: gives the journals of all who record now.
    """

    inner: Any
    mail: Deliveries
    _both: tuple[Any, Deliveries]
    _formers: dict[str, list[Any]]
    _watch: "_Watch"

    def __init__(
        self, inner: Any, alias: str = "default", journals: Journals = tuple
    ) -> None:
        mail = Deliveries(inner, alias, journals)
        object.__setattr__(self, "inner", inner)
        object.__setattr__(self, "mail", mail)
        # At once: whatever is asked of it is looked for in vain first.
        object.__setattr__(self, "_both", (inner, mail))
        # Of each method that is replaced, what the layer itself had there.
        object.__setattr__(self, "_formers", {})
        object.__setattr__(self, "_watch", _Watch(inner, mail))
        if take := mail.capabilities.take:
            receive = _receiving(inner, mail, take)
            object.__setattr__(self, "receive", receive)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked of a copy before it has a layer
            raise AttributeError(name)
        return getattr(self.inner, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if _has(self, name, value):
            # Put back, at the end of a test: what was there is called again.
            with contextlib.suppress(AttributeError):
                delattr(self, name)
            return
        former = getattr(self.inner, "__dict__", {}).get(name)
        setattr(self.inner, name, value)
        if hasattr(RecordedLayer, name):
            self._formers.setdefault(name, []).append(former)

    def __delattr__(self, name: str) -> None:
        delattr(self.inner, name)
        # Who puts something back there knows this layer's own method alone.
        formers = self._formers.get(name)
        if formers and (former := formers.pop()) is not None:
            setattr(self.inner, name, former)

    def __repr__(self) -> str:
        return repr(self.inner)

    @property  # type: ignore[misc]  # isinstance() asks which layer it is
    def __class__(self) -> Any:
        return type(self.inner)

    def unwatch(self) -> None:
        """Let go of the layer; it is not recorded any more."""
        self._watch.stop()

    # What a layer does. (Some take or return more than Channels' own do: all
    # of it passes.)

    async def send(
        self, channel: Any, message: Any, *more: Any, **named: Any
    ) -> Any:
        """Put a message into one channel's mailbox."""
        inner, mail = self._both
        if not isinstance(channel, str) or not isinstance(message, dict):
            # Which says what is wrong.
            return await inner.send(channel, message, *more, **named)
        act = mail.posts("channel_send", channel, message)
        own, post = message, inner.send
        if more or named or not act.is_plain:  # most often there is no more
            own, post = _given(act, message, post, more, named)
        try:
            return await post(channel, own)
        except Exception as error:
            mail.refused(act, error)
            raise

    async def group_send(
        self, group: Any, message: Any, *more: Any, **named: Any
    ) -> Any:
        """Send a message to every member of a group."""
        inner, mail = self._both
        if not isinstance(group, str) or not isinstance(message, dict):
            # Which says what is wrong.
            return await inner.group_send(group, message, *more, **named)
        act = mail.posts("group_send", group, message)
        own, post = message, inner.group_send
        if more or named or not act.is_plain:  # most often there is no more
            own, post = _given(act, message, post, more, named)
        try:
            result = await post(group, own)
        except Exception as error:
            mail.refused(act, error)
            raise
        finally:  # also if it is cancelled, where the layer lets others run
            act.is_sent = True
        if act.full:
            mail.posted(act)
        return result

    async def receive(self, channel: Any, *more: Any, **named: Any) -> Any:
        """Take the oldest message of a channel, waiting if there is none."""
        return await _received(*self._both, channel, more, named)

    def reader(self, channel: str, ring: Callable[[], object]) -> Any:
        """Return a function that takes messages, if the layer has one.

        A consumer of ours takes one when it is about to handle it, and tells
        its observer of that: none is handed out ahead.
        """
        inner = ours(self.inner, "reader")
        take = inner(channel, ring) if inner else None
        connection = CURRENT.get()
        if take and connection is not None:
            _asks(connection, _source(channel, self.inner), self.mail)
        return take and functools.partial(self._takes, channel, take)

    def _takes(
        self, channel: str, take: Callable[[], dict[str, Any] | None]
    ) -> dict[str, Any] | None:
        message = take()
        if message is None:
            return None
        connection = CURRENT.get()
        event = self.mail.reads(channel, message, connection is not None)
        if connection is not None:
            source = _source(channel, self.inner)
            connection.gets(source, event)
            event.begin()
            connection.asks(source)
        return event

    async def new_channel(self, *prefix: Any, **named: Any) -> str:
        """Make a channel name that nobody else has."""
        name: str = await self.inner.new_channel(*prefix, **named)
        connection = CURRENT.get()
        if connection is None:
            self.mail.made(name)
        else:
            self.mail.owns(name, connection)
        return name

    async def group_add(
        self, group: Any, channel: Any, *more: Any, **named: Any
    ) -> Any:
        """Make a channel a member of a group."""
        if not isinstance(group, str) or not isinstance(channel, str):
            # Which says what is wrong.
            return await self.inner.group_add(group, channel, *more, **named)
        # First: what is sent from now on may reach it.
        written = self.mail.joins(group, channel)
        try:
            return await self.inner.group_add(group, channel, *more, **named)
        except Exception:
            self.mail.did_not_join(group, channel, written)
            raise

    async def group_discard(
        self, group: Any, channel: Any, *more: Any, **named: Any
    ) -> Any:
        """End a channel's membership of a group."""
        result = await self.inner.group_discard(group, channel, *more, **named)
        # Second: what was sent until now may have reached it.
        if isinstance(group, str) and isinstance(channel, str):
            self.mail.leaves(group, channel)
        return result

    async def release(self, channel: str) -> None:
        """Forget a channel, if the layer can (ours can)."""
        if inner := ours(self.inner, "release"):
            await inner(channel)
        self.mail.released(channel)

    async def flush(self, *more: Any, **named: Any) -> Any:
        """Remove all messages and all groups."""
        result = await self.inner.flush(*more, **named)
        self.mail.cleared()
        return result


def _has(layer: RecordedLayer, name: str, value: object) -> bool:
    """Return whether something is a recorded layer's own method."""
    try:
        own = object.__getattribute__(layer, name)
    except AttributeError:
        return False
    return callable(own) and bool(own == value)


def _receiving(inner: Any, mail: Deliveries, take: Take) -> Any:
    """Return ``receive()`` for a layer of ours in memory.

    Where a message is there, and whoever takes it is no application, it takes
    the shortest way: nothing is looked up that is known.
    """
    usual = RECEIVE.__get__(inner)
    reads = mail.reads

    async def receive(channel: Any, *more: Any, **named: Any) -> Any:
        """Take the oldest message of a channel, waiting if there is none."""
        stored: Any = None
        if (
            _running() is None
            and not (more or named)
            # Or somebody has replaced it: then that is to be called.
            and inner.receive == usual
        ):
            stored = take(channel)
        if stored is None:
            return await _received(inner, mail, channel, more, named)
        if type(stored) is _Copy:  # an event is one of it anyway
            return reads(channel, stored.__self__)
        return reads(channel, stored() if callable(stored) else stored)

    receive.__qualname__ = "receive"  # errors of a call name it
    return receive


async def _received(
    inner: Any,
    mail: Deliveries,
    channel: Any,
    more: Sequence[Any],
    named: Mapping[str, Any],
) -> Any:
    """Take the oldest message of a channel of any layer, as an event."""
    if not isinstance(channel, str):
        # Which says what is wrong, or knows what that is.
        return await inner.receive(channel, *more, **named)
    connection = _running()
    if connection is not None:
        source = _source(channel, inner)
        _asks(connection, source, mail)
    message = await inner.receive(channel, *more, **named)
    # A dict first, it is quicker: a Mapping is asked for its bases.
    if not isinstance(message, dict) and not isinstance(message, Mapping):
        return message  # some give up waiting
    event = mail.reads(channel, message, connection is not None)
    if connection is not None:
        connection.gets(source, event)
        event.begin()
    return event


def _source(channel: str, layer: Any) -> tuple[str, int]:
    """Return what stands for a mailbox that an application reads."""
    return channel, id(layer)  # not each layer can be hashed


def _asks(
    connection: Running, source: tuple[str, int], mail: Deliveries
) -> None:
    """Note that a connection's application reads a channel of a layer."""
    channel, capabilities = source[0], mail.capabilities
    connection.asks(source)
    connection.mailboxes[source] = lambda: capabilities.waiting(channel)
    mail.owns(channel, connection)


def _given(
    act: TracedSend,
    message: dict[str, Any],
    post: Any,
    more: Sequence[Any],
    named: Mapping[str, Any],
) -> tuple[dict[str, Any], Any]:
    """Return what to give to the layer, and what gives it, with all else."""
    own = message if act.is_plain else act.gives()
    posted = _with_key(act, post) if act.key else post
    if more or named:
        return own, lambda name, own: posted(name, own, *more, **named)
    return own, posted


def _with_key(act: TracedSend, post: Any) -> Any:
    """Return what posts a message that has a key."""

    async def posted(name: str, own: Any, *more: Any, **named: Any) -> Any:
        try:
            return await post(name, own, *more, **named)
        except Exception as error:
            if type(error).__name__ != "MessageTooLarge":
                raise
        act.unmark(own)  # if that is what makes it too large
        return await post(name, own, *more, **named)

    return posted


# An error of a call, such as a missing argument, names what was called.
for _name in ("send", "receive", "group_send", "group_add", "group_discard"):
    getattr(RecordedLayer, _name).__qualname__ = _name


class _Watch:
    """Hears from a layer of ours which messages are lost.

    Whoever watched it before goes on hearing of them, too.
    """

    def __init__(self, layer: Any, mail: Deliveries) -> None:
        self._own = asked_of(layer, "_minichannels", None)
        self._mail = mail
        self._former = getattr(self._own, "observer", None)
        self._stopped = False
        if mail.capabilities.losses:
            self._own.observer = self

    def message_lost(
        self, channel: str, message: dict[str, Any], reason: str
    ) -> None:
        if not self._stopped:
            self._mail.lost(channel, message, reason)
        if self._former is not None:
            self._former.message_lost(channel, message, reason)

    def stop(self) -> None:
        """Hear of nothing any more, also where a later one stays in place."""
        self._stopped = True
        last = getattr(self._own, "observer", None)
        if last is self:
            while isinstance(last, _Watch) and last._stopped:
                last = last._former
            self._own.observer = last
