"""The second seam: a channel layer, recorded while it is used.

How it works: a :class:`RecordedLayer` has a layer's public methods, notes what
passes (``deliveries``) and passes it on.

Rule 1: what a test puts in the place of a method is what this layer has there,
and the layer below, too. What was there before goes on passing things on, to
what the layer below had: most of what is put there calls it.
"""

import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

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

_NOTING = {
    *("send", "receive", "group_send", "new_channel"),
    *("group_add", "group_discard", "flush"),
}
"""The methods that note what passes."""

_NOT_OF_ALL = ("group_send", "group_add", "group_discard", "flush")
"""Those of them that a layer may lack, as one without groups does."""


class _Before(NamedTuple):
    """What there was before a method was replaced.

    Args:
        ours: what the recorded layer had of its own; None if its class has it.
        below: the method of the layer below.
        given: that, if that layer has it of its own, and not its class.
    """

    ours: Any
    below: Any
    given: Any


_Replaced = dict[str, _Before]


class _Missing:
    """What is there in place of a method that the layer below lacks."""

    def __get__(self, layer: Any, owner: Any) -> Any:
        raise AttributeError  # so the layer below is asked, and says so


class _ForConsumers:
    """A method that consumers of ours ask a layer's class for; see ``own``.

    Whoever asks the layer itself for that name gets what the layer has.
    """

    def __init__(self, method: Callable[..., Any]) -> None:
        self._method = method

    def __get__(self, layer: Any, owner: Any = None) -> Any:
        if layer is None:
            return self._method
        inner, name = layer._minichannels_inner, self._method.__name__
        below = ours(inner, name)
        if owner is None or (below and below == asked_of(inner, name, None)):
            return self._method.__get__(layer)
        raise AttributeError  # so the layer below is asked


class RecordedLayer(Recorded):
    """A channel layer that notes what passes through it.

    Whatever else is asked of it, it passes on, so that it can stand in for
    any layer.

    Args:
        inner: the layer that does the work.
        alias: its alias, for its name in the flow.
        journals: gives the journals of all who record now.
    """

    _minichannels_inner: Any
    _minichannels_mail: Deliveries
    _minichannels_parts: tuple[Any, Deliveries, _Replaced]
    _minichannels_watch: "_Watch"

    def __new__(cls, inner: Any = None, *_: Any, **__: Any) -> Any:
        """Make one that has no method that the layer lacks."""
        # Many ask whether there are groups before they use them.
        missing = {
            name: _Missing() for name in _NOT_OF_ALL if _lacks(inner, name)
        }
        return super().__new__(
            type(cls.__name__, (cls,), missing) if missing else cls
        )

    def __init__(
        self, inner: Any, alias: str = "default", journals: Journals = tuple
    ) -> None:
        mail = Deliveries(inner, alias, journals)
        object.__setattr__(self, "_minichannels_inner", inner)
        object.__setattr__(self, "_minichannels_mail", mail)
        # At once: whatever is asked of it is looked for in vain first.
        replaced: _Replaced = {}
        object.__setattr__(self, "_minichannels_parts", (inner, mail, replaced))
        object.__setattr__(self, "_minichannels_watch", _Watch(inner, mail))
        if take := mail.capabilities.take:
            receive = _receiving(self._minichannels_parts, take)
            object.__setattr__(self, "receive", receive)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked of a copy before it has a layer
            raise AttributeError(name)
        return getattr(self._minichannels_inner, name)

    def __setattr__(self, name: str, value: Any) -> None:
        inner, _, replaced = self._minichannels_parts
        if name not in _NOTING:
            setattr(inner, name, value)
            return
        before = replaced.get(name) or _before(self, name)
        if bool(_noting(self, name, before) == value):
            # Put back, at the end of a test: what was there is called again.
            if name in replaced:
                delattr(self, name)
            return
        setattr(inner, name, value)
        object.__setattr__(self, name, value)
        replaced[name] = before

    def __delattr__(self, name: str) -> None:
        inner, _, replaced = self._minichannels_parts
        if name not in replaced:
            delattr(inner, name)
            return
        before = replaced.pop(name)
        object.__delattr__(self, name)
        if before.ours is not None:
            object.__setattr__(self, name, before.ours)
        with contextlib.suppress(AttributeError):
            delattr(inner, name)
        if before.given is not None:
            setattr(inner, name, before.given)

    def __repr__(self) -> str:
        return repr(self._minichannels_inner)

    @property  # type: ignore[misc]  # isinstance() asks which layer it is
    def __class__(self) -> Any:
        return type(self._minichannels_inner)

    def _minichannels_unwatch(self) -> None:
        """Let go of the layer; it is not recorded any more."""
        self._minichannels_watch.stop()

    # What a layer does. (Some take or return more than Channels' own do: all
    # of it passes.)

    async def send(
        self, channel: Any, message: Any, *more: Any, **named: Any
    ) -> Any:
        """Put a message into one channel's mailbox."""
        inner, mail, replaced = self._minichannels_parts
        post = _below("send", inner, replaced) if replaced else inner.send
        if not isinstance(channel, str) or not isinstance(message, dict):
            # Which says what is wrong.
            return await post(channel, message, *more, **named)
        act, own = mail.posts("channel_send", channel, message), message
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
        inner, mail, replaced = self._minichannels_parts
        post = inner.group_send
        if replaced:
            post = _below("group_send", inner, replaced)
        if not isinstance(group, str) or not isinstance(message, dict):
            # Which says what is wrong.
            return await post(group, message, *more, **named)
        act, own = mail.posts("group_send", group, message), message
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
        return await _received(self._minichannels_parts, channel, more, named)

    @_ForConsumers
    def reader(self, channel: str, ring: Callable[[], object]) -> Any:
        """Return a function that takes messages, if the layer has one.

        A consumer of ours takes one when it is about to handle it, and tells
        its observer of that: none is handed out ahead.
        """
        inner = ours(self._minichannels_inner, "reader")
        take = inner(channel, ring) if inner else None
        connection = CURRENT.get()
        if take and connection is not None:
            _asks(
                connection,
                _source(channel, self._minichannels_inner),
                self._minichannels_mail,
            )
        return take and functools.partial(
            self._minichannels_takes, channel, take
        )

    def _minichannels_takes(
        self, channel: str, take: Callable[[], dict[str, Any] | None]
    ) -> dict[str, Any] | None:
        message = take()
        if message is None:
            return None
        connection = CURRENT.get()
        event = self._minichannels_mail.reads(
            channel, message, connection is not None
        )
        if connection is not None:
            source = _source(channel, self._minichannels_inner)
            connection.gets(source, event)
            event.begin()
            connection.asks(source)
        return event

    async def new_channel(self, *prefix: Any, **named: Any) -> str:
        """Make a channel name that nobody else has."""
        make = _below("new_channel", *self._minichannels_parts[::2])
        name: str = await make(*prefix, **named)
        connection = CURRENT.get()
        if connection is None:
            self._minichannels_mail.made(name)
        else:
            self._minichannels_mail.owns(name, connection)
        return name

    async def group_add(
        self, group: Any, channel: Any, *more: Any, **named: Any
    ) -> Any:
        """Make a channel a member of a group."""
        add = _below("group_add", *self._minichannels_parts[::2])
        if not isinstance(group, str) or not isinstance(channel, str):
            # Which says what is wrong.
            return await add(group, channel, *more, **named)
        # First: what is sent from now on may reach it.
        written = self._minichannels_mail.joins(group, channel)
        try:
            return await add(group, channel, *more, **named)
        except Exception:
            self._minichannels_mail.did_not_join(group, channel, written)
            raise

    async def group_discard(
        self, group: Any, channel: Any, *more: Any, **named: Any
    ) -> Any:
        """End a channel's membership of a group."""
        discard = _below("group_discard", *self._minichannels_parts[::2])
        result = await discard(group, channel, *more, **named)
        # Second: what was sent until now may have reached it.
        if isinstance(group, str) and isinstance(channel, str):
            self._minichannels_mail.leaves(group, channel)
        return result

    @_ForConsumers
    async def release(self, channel: str) -> None:
        """Forget a channel, if the layer can (ours can)."""
        if inner := ours(self._minichannels_inner, "release"):
            await inner(channel)
        self._minichannels_mail.released(channel)

    async def flush(self, *more: Any, **named: Any) -> Any:
        """Remove all messages and all groups."""
        result = await _below("flush", *self._minichannels_parts[::2])(
            *more, **named
        )
        self._minichannels_mail.cleared()
        return result


def _lacks(layer: Any, name: str) -> bool:
    """Return whether a layer has no such method, if there is one."""
    try:
        return layer is not None and not hasattr(layer, name)
    except Exception:  # such as of one that answers in an event loop alone
        return False


def _before(layer: RecordedLayer, name: str) -> _Before:
    """Return what there is while nobody has replaced a method."""
    inner = layer._minichannels_inner
    below, own = asked_of(inner, name, None), getattr(inner, "__dict__", {})
    given = name in own or name in own.get("_mock_children", ())
    return _Before(vars(layer).get(name), below, below if given else None)


def _noting(layer: RecordedLayer, name: str, before: _Before) -> Any:
    """Return the method that a recorded layer has of its own."""
    return before.ours or getattr(RecordedLayer, name).__get__(layer)


def _below(name: str, inner: Any, replaced: _Replaced) -> Any:
    """Return what a layer itself does, whatever a test has put in its place.

    What was put there may be what calls this.
    """
    if before := replaced.get(name):
        return before.below
    return getattr(inner, name)


def _receiving(parts: tuple[Any, Deliveries, _Replaced], take: Take) -> Any:
    """Return ``receive()`` for a layer of ours in memory.

    Where a message is there, and whoever takes it is no application, it takes
    the shortest way: nothing is looked up that is known.
    """
    inner, mail, _ = parts
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
            return await _received(parts, channel, more, named)
        if type(stored) is _Copy:  # an event is one of it anyway
            return reads(channel, stored.__self__)
        return reads(channel, stored() if callable(stored) else stored)

    receive.__qualname__ = "receive"  # errors of a call name it
    return receive


async def _received(
    parts: tuple[Any, Deliveries, _Replaced],
    channel: Any,
    more: Sequence[Any],
    named: Mapping[str, Any],
) -> Any:
    """Take the oldest message of a channel of any layer, as an event."""
    inner, mail, replaced = parts
    receive = _below("receive", inner, replaced)
    if not isinstance(channel, str):
        # Which says what is wrong, or knows what that is.
        return await receive(channel, *more, **named)
    connection = _running()
    if connection is not None:
        source = _source(channel, inner)
        _asks(connection, source, mail)
    message = await receive(channel, *more, **named)
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
