"""A connection to a broker, of which nothing is left when it is over.

How it works: ``aiomqtt`` speaks to the broker. It is built for one that is
there and keeps to the rules; here is what it lacks for one that does not: a
broker that has gone, that answers what nobody asked, or has broken topics.
"""

import asyncio
import concurrent.futures
import itertools
from collections.abc import Callable, Collection
from typing import Any

from minichannels.exceptions import WireError
from minichannels.protocols.mqtt.messages import (
    published,
    qos_of,
    require_filter,
)
from minichannels.protocols.mqtt.requirements import aiomqtt
from minichannels.types import Message

_REFUSED = 128
_NO_REASON = "Unspecified error"


class BrokerConnection(aiomqtt.Client):
    """A client of one broker, for one connection.

    aiomqtt waits for a broker that has gone, and if it was never connected it
    keeps its socket and a task. What it does in a thread cannot be cancelled.

    Attributes:
        report: is told of what the broker sends and may not.
        why_lost: why there is no connection any more; empty while there is.
        queued_bytes: how much came that is not handed on yet.
    """

    report: Callable[[BaseException], None]
    why_lost = ""
    queued_bytes = 0
    _dialled: concurrent.futures.Future[None] | None = None

    async def send(self, message: Message) -> None:
        """Send what an application sends.

        Raises:
            ValueError: it cannot be sent; says why.
            OSError: there is no connection, or it was lost meanwhile.
        """
        self.require_connection()
        await _send(self, message)
        self.require_connection()

    def require_connection(self) -> None:
        """Raise if there is none any more.

        Raises:
            BrokenPipeError: there is none; says why.
        """
        if self.why_lost:
            raise BrokenPipeError(self.why_lost)

    async def put_away(self) -> None:
        """Close what is open; return when nothing is left."""
        if self._dialled is not None:
            await asyncio.wrap_future(self._dialled)
        self._client._sock_close()
        if self._misc_task is not None:
            self._misc_task.cancel()
            await asyncio.wait({self._misc_task})

    def _client_connect(self) -> None:
        dialled = concurrent.futures.Future[None]()
        self._dialled = dialled
        try:
            super()._client_connect()
        finally:
            dialled.set_result(None)

    def _on_message(self, client: Any, userdata: Any, message: Any) -> None:
        """Go on behind a message that is none, and would be read for ever."""
        try:
            super()._on_message(client, userdata, message)
        except ValueError as error:  # of what can be no topic
            self.report(WireError(f"a message with a broken topic: {error}"))
        else:
            self.queued_bytes += len(message.payload)

    def _on_subscribe(
        self, client: Any, userdata: Any, mid: int, *args: Any
    ) -> None:
        """Go on behind an answer that nobody waits for."""
        if self._is_awaited(mid, self._pending_subscribes):
            super()._on_subscribe(client, userdata, mid, *args)

    def _on_unsubscribe(
        self, client: Any, userdata: Any, mid: int, *args: Any
    ) -> None:
        """Go on behind an answer that nobody waits for."""
        if self._is_awaited(mid, self._pending_unsubscribes):
            super()._on_unsubscribe(client, userdata, mid, *args)

    def _is_awaited(self, mid: int, waiting: Collection[int]) -> bool:
        if mid not in waiting:
            self.report(WireError(f"nobody waits for the answer {mid}"))
        return mid in waiting

    def _on_socket_register_write(
        self, client: Any, userdata: Any, sock: Any
    ) -> None:
        """Watch whether more can be sent, from the loop's next turn on.

        By then all may be sent, or the socket closed: its number may be that of
        another one.
        """

        def watch() -> None:
            if sock.fileno() >= 0 and self._client.want_write():
                self._loop.add_writer(sock, self._client.loop_write)

        self._loop.call_soon_threadsafe(watch)

    def _on_disconnect(self, *args: Any) -> None:
        """Let nobody wait for a broker that has gone."""
        if self._connected.cancelled() or self._disconnected.cancelled():
            return  # nobody does
        super()._on_disconnect(*args)
        reason = str(args[3])
        why = "" if reason == _NO_REASON else f": {reason}"
        self.why_lost = f"the connection to the broker was lost{why}"
        if self._disconnected.done():
            self._disconnected.exception()  # it is told; or else it is logged
        self._wake(aiomqtt.MqttError(self.why_lost))

    def _wake(self, lost: aiomqtt.MqttError) -> None:
        waiting: list[asyncio.Future[Any]] = [self._connected]
        for future in (*waiting, *self._pending_subscribes.values()):
            if not future.done():
                future.set_exception(lost)
        # Who waits for these looks then whether there is a connection.
        events = (self._pending_publishes, self._pending_unsubscribes)
        for event in itertools.chain(*(each.values() for each in events)):
            event.set()


async def _send(client: aiomqtt.Client, message: Message) -> None:
    """Send what an application sends.

    Raises:
        ValueError: it cannot be sent; says why.
        OSError: the connection was lost.
    """
    try:
        match message["type"]:
            case "mqtt.publish":
                await client.publish(**published(message))
            case "mqtt.subscribe":
                topic = require_filter(message.get("topic"))
                granted = await client.subscribe(topic, qos_of(message))
                _require_granted(topic, granted)
            case "mqtt.unsubscribe":
                await client.unsubscribe(require_filter(message.get("topic")))
            case kind:
                raise WireError(
                    f"cannot send {kind!r} over MQTT; send 'mqtt.publish',"
                    " 'mqtt.subscribe' or 'mqtt.unsubscribe'"
                )
    except aiomqtt.MqttError as error:
        raise BrokenPipeError(str(error)) from error


def _require_granted(topic: str, granted: Any) -> None:
    """Raise if a broker does not let anybody subscribe.

    Raises:
        WireError: it does not.
    """
    for code in granted:  # a number, or in MQTT 5 one with a name
        if int(getattr(code, "value", code)) >= _REFUSED:
            raise WireError(f"the broker refuses the topic {topic!r}")
