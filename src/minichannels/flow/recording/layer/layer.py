"""The second seam: a channel layer, recorded while it is used.

How it works: a :class:`RecordedLayer` has a layer's public methods, notes what
passes (``deliveries``) and passes it on.
"""

from typing import Any

from minichannels.flow.recording.application.causes import CURRENT
from minichannels.flow.recording.layer.channels import Journals
from minichannels.flow.recording.layer.deliveries import Deliveries


class RecordedLayer:
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
    _watch: "_Watch"

    def __init__(
        self, inner: Any, alias: str = "default", journals: Journals = tuple
    ) -> None:
        mail = Deliveries(inner, alias, journals)
        object.__setattr__(self, "inner", inner)
        object.__setattr__(self, "mail", mail)
        object.__setattr__(self, "_watch", _Watch(inner, mail))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.inner, name, value)

    def __repr__(self) -> str:
        return repr(self.inner)

    def unwatch(self) -> None:
        """Let go of the layer; it is not recorded any more."""
        self._watch.stop()

    # What a layer does

    async def send(self, channel: Any, message: Any) -> None:
        """Put a message into one channel's mailbox."""
        await self._post("channel_send", self.inner.send, channel, message)

    async def group_send(self, group: Any, message: Any) -> None:
        """Send a message to every member of a group."""
        await self._post("group_send", self.inner.group_send, group, message)

    async def _post(
        self, kind: str, post: Any, name: Any, message: Any
    ) -> None:
        if not isinstance(name, str) or not isinstance(message, dict):
            await post(name, message)  # which says what is wrong
            return
        act = self.mail.posts(kind, name, message)
        try:
            await post(name, act.message)
        except Exception as error:
            self.mail.refused(act, error)
            raise

    async def receive(self, channel: str) -> dict[str, Any]:
        """Take the oldest message of a channel, waiting if there is none."""
        connection = CURRENT.get()
        if connection is None:
            return self.mail.reads(channel, await self.inner.receive(channel))
        source = str(channel), self.inner
        connection.asks(source)
        connection.mailboxes[source] = lambda: self.mail.told.waiting(source[0])
        self.mail.owns(source[0], connection)
        message = self.mail.reads(channel, await self.inner.receive(channel))
        connection.gets(source, message)
        message.begin()
        return message

    async def new_channel(self, *prefix: str) -> str:
        """Make a channel name that nobody else has."""
        name: str = await self.inner.new_channel(*prefix)
        connection = CURRENT.get()
        if connection is not None:
            self.mail.owns(name, connection)
        return name

    async def group_add(self, group: Any, channel: Any) -> None:
        """Make a channel a member of a group."""
        if not isinstance(group, str) or not isinstance(channel, str):
            await self.inner.group_add(group, channel)  # says what is wrong
            return
        written = self.mail.joins(group, channel)
        try:
            await self.inner.group_add(group, channel)
        except Exception:
            self.mail.did_not_join(group, channel, written)
            raise

    async def group_discard(self, group: str, channel: str) -> None:
        """End a channel's membership of a group."""
        await self.inner.group_discard(group, channel)
        self.mail.leaves(group, channel)

    async def release(self, channel: str) -> None:
        """Forget a channel, if the layer can (ours can)."""
        await self.inner.release(channel)
        self.mail.released(channel)

    async def flush(self) -> None:
        """Remove all messages and all groups."""
        await self.inner.flush()
        self.mail.cleared()


# An error of a call, such as a missing argument, names what was called.
for _name in ("send", "receive", "group_send", "group_add", "group_discard"):
    getattr(RecordedLayer, _name).__qualname__ = _name


class _Watch:
    """Hears from a layer of ours which messages are lost.

    Whoever watched it before goes on hearing of them, too.
    """

    def __init__(self, layer: Any, mail: Deliveries) -> None:
        self._layer = layer
        self._mail = mail
        self._former = getattr(layer, "observer", None)
        if hasattr(layer, "observer"):
            layer.observer = self

    def message_lost(
        self, channel: str, message: dict[str, Any], reason: str
    ) -> None:
        message = self._mail.lost(channel, message, reason)
        if self._former is not None:
            self._former.message_lost(channel, message, reason)

    def stop(self) -> None:
        if getattr(self._layer, "observer", None) is self:
            self._layer.observer = self._former
