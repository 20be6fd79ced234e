"""MQTT: a scope for each connection to a broker.

How it works: ``aiomqtt`` speaks to the broker; an application hears of each
connection, says which topics it wants to hear, and publishes.

    in     mqtt.connect
           mqtt.receive       topic, payload (bytes), qos, retain
           mqtt.disconnect    reason
    out    mqtt.subscribe     topic (a filter, such as home/+/light or #), qos
           mqtt.unsubscribe   topic
           mqtt.publish       topic, payload (text or bytes), qos, retain

Rule 1: a new connection is a new scope, which subscribes anew. If the
application ends, so does the connection, and a new one is made.
Rule 2: a message is acknowledged to the broker before the application has it:
from there on it is delivered at most once, whatever its QoS.

Source: MQTT 3.1.1 and 5.0, "Topic Names and Topic Filters".
"""

import asyncio
import concurrent.futures
import itertools
import re
from collections.abc import Callable, Collection
from typing import Any, Literal

from minichannels.exceptions import WireError
from minichannels.protocols.clock import Clock
from minichannels.protocols.tcp import MOMENT, PATIENCE
from minichannels.protocols.uplink import Uplink
from minichannels.types import Message, Scope

try:
    import aiomqtt
except ImportError as error:
    raise ImportError(
        f'MQTT needs {error.name}; run pip install "minichannels[mqtt]"'
    ) from error

Version = Literal["3.1.1", "5"]

LONGEST = 65_535
"""How many bytes a topic may have, a last will, a user and a password."""

MOST_QUEUED = 10_000
"""How many messages may wait before the inbox of an application that is behind:
for each of them it has a ``MOMENT``."""

MOST_BYTES = 100_000_000
"""How many bytes these may have together."""

# Control characters, and what is no character: brokers may end a connection
# on which they come, and some do.
_UNHEARD = re.compile("[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")

_PEER = "broker"
_REFUSED = 128
_NO_REASON = "Unspecified error"
_ENDED = "the application has ended"


class MqttClient(Uplink):
    """A connection to a broker.

    Args:
        url: of the broker: ``mqtt://user:password@127.0.0.1:1883``.
        allow_remote: whether that may be another machine.
        version: of MQTT.
        will: what the broker publishes if the connection breaks off; as in
            ``mqtt.publish``.
        clock: gives the time (for tests).

    Raises:
        ValueError: the address is none, or another machine's; or the will
            cannot be published.
    """

    scheme, port = "mqtt", 1883
    no_path = "an application says itself to which topics it subscribes"

    def __init__(
        self,
        url: str,
        *,
        allow_remote: bool = False,
        version: Version = "3.1.1",
        will: Message | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(url, allow_remote=allow_remote, clock=clock)
        protocols = {
            "3.1.1": aiomqtt.ProtocolVersion.V311,
            "5": aiomqtt.ProtocolVersion.V5,
        }
        if version not in protocols:
            raise ValueError(f"version is '3.1.1' or '5', not {version!r}")
        _require_short("user", self.place.user.encode())
        _require_short("password", self.place.password.encode())
        self._version = version
        self._protocol = protocols[version]
        self._will = None if will is None else _last_will(will)

    async def serve(self) -> None:
        """Connect, and hand on what comes, until the connection ends.

        Raises:
            ConnectionError: there is none any more, or never was.
        """
        password = self.place.password or None
        client = _Client(
            self.place.host,
            self.place.port,
            username=self.place.user or (password and ""),
            password=password,
            protocol=self._protocol,
            will=self._will,
            timeout=PATIENCE,
        )
        client.report = self.report
        try:
            async with client:
                client.require_connection()
                await self._serve(client)
        except aiomqtt.MqttCodeError as error:
            raise ConnectionError(f"the broker refuses: {error}") from None
        except aiomqtt.MqttError as error:
            raise ConnectionError(client.why_lost or str(error)) from None
        finally:
            await client.put_away()

    async def _serve(self, client: "_Client") -> None:
        broken = asyncio.get_running_loop().create_future()

        async def send(key: str, message: Message) -> None:
            try:
                await client.send(message)
            except OSError as error:
                # Nobody knows what the broker has of it: begin anew.
                if not broken.done():
                    broken.set_result(str(error))
                raise

        application = self.scopes.open(_PEER, self._scope(), send)
        self.connected()
        receiving = asyncio.create_task(self._receive(client))
        try:
            await asyncio.wait(
                {application, broken, receiving},
                return_when=asyncio.FIRST_COMPLETED,
            )
            if receiving.done():
                receiving.result()  # raises why
            raise ConnectionError(broken.result() if broken.done() else _ENDED)
        finally:
            receiving.cancel()

    def _scope(self) -> Scope:
        return {
            "type": "mqtt",
            "asgi": {"version": "3.0"},
            "peer": _PEER,
            "version": self._version,
        }

    async def _receive(self, client: "_Client") -> None:
        messages = client.messages
        async for message in messages:
            event: Message = {
                "type": "mqtt.receive",
                "topic": message.topic.value,
                "payload": message.payload,
                "qos": message.qos,
                "retain": message.retain,
            }
            self.scopes.hand(_PEER, event)
            # For the application to take it, if more waits. How much may wait
            # has a bound: beyond it, the inbox has no room.
            client.queued_bytes -= len(event["payload"])
            is_bounded = client.queued_bytes < MOST_BYTES
            has_time = is_bounded and 0 < len(messages) < MOST_QUEUED
            is_behind = has_time and self.scopes.is_behind()
            await asyncio.sleep(MOMENT if is_behind else 0)


class _Client(aiomqtt.Client):
    """A connection, and nothing of it is left when it is over.

    aiomqtt waits for a broker that has gone, and if it was never connected it
    keeps its socket and a task. What it does in a thread cannot be cancelled.

    Attributes:
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
                await client.publish(**_published(message))
            case "mqtt.subscribe":
                topic = require_filter(message.get("topic"))
                granted = await client.subscribe(topic, _qos(message))
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


def _published(message: Message) -> dict[str, Any]:
    """Return what a message publishes.

    Raises:
        WireError: it cannot be published.
    """
    payload = message.get("payload", b"")
    if not isinstance(payload, str | bytes):
        raise WireError(f"a payload is text or bytes, not {payload!r}")
    return {
        "topic": require_topic(message.get("topic")),
        "payload": _utf8(payload) if isinstance(payload, str) else payload,
        "qos": _qos(message),
        "retain": bool(message.get("retain", False)),
    }


def _last_will(message: Message) -> aiomqtt.Will:
    """Return a last will.

    Raises:
        WireError: it cannot be published.
    """
    published = _published(message)
    _require_short("will", published["payload"])
    return aiomqtt.Will(**published)


def _qos(message: Message) -> int:
    qos = message.get("qos", 0)
    if qos not in (0, 1, 2):
        raise WireError(f"qos is 0, 1 or 2, not {qos!r}")
    return int(qos)


def _require_granted(topic: str, granted: Any) -> None:
    """Raise if a broker does not let anybody subscribe.

    Raises:
        WireError: it does not.
    """
    for code in granted:  # a number, or in MQTT 5 one with a name
        if int(getattr(code, "value", code)) >= _REFUSED:
            raise WireError(f"the broker refuses the topic {topic!r}")


def require_topic(topic: Any) -> str:
    """Return a topic to publish to.

    Raises:
        WireError: there is no such topic.
    """
    _require_text(topic)
    for sign in "+#":
        if sign in topic:
            raise WireError(
                f"{sign!r} in the topic {topic!r}: a message goes to one topic,"
                " and wildcards are for subscribe"
            )
    return str(topic)


def require_filter(topic: Any) -> str:
    """Return a filter to subscribe to: a topic that may have wildcards.

    Raises:
        WireError: there is no such filter.
    """
    _require_text(topic)
    levels = topic.split("/")
    for place, level in enumerate(levels, 1):
        if "#" in level and (level != "#" or place != len(levels)):
            raise WireError(
                f"'#' in {topic!r}: it stands alone behind the last '/'"
            )
        if "+" in level and level != "+":
            raise WireError(f"'+' in {topic!r}: it stands alone between '/'")
    return str(topic)


def _require_text(topic: Any) -> None:
    if not isinstance(topic, str) or not topic:
        raise WireError(f"{topic!r} is no topic")
    if found := _UNHEARD.search(topic):
        raise WireError(f"{found[0]!r} in {topic[:80]!r} is no character")
    _require_short("topic", _utf8(topic))


def _require_short(what: str, data: bytes) -> None:
    if len(data) > LONGEST:
        raise WireError(
            f"a {what} of {len(data)} bytes; the limit is {LONGEST}"
        )


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise WireError(f"half a character in {text[:80]!r}") from None
