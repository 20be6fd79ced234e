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

Source: MQTT 3.1.1 and 5.0.
"""

import asyncio
from typing import Literal

from minichannels.protocols.clock import Clock
from minichannels.protocols.mqtt.connection import BrokerConnection
from minichannels.protocols.mqtt.messages import last_will, require_short
from minichannels.protocols.mqtt.requirements import aiomqtt
from minichannels.protocols.tcp import MOMENT, PATIENCE
from minichannels.protocols.uplink import Uplink
from minichannels.types import Message, Scope

Version = Literal["3.1.1", "5"]

MOST_QUEUED = 10_000
"""How many messages may wait before the inbox of an application that is behind:
for each of them it has a ``MOMENT``."""

MOST_BYTES = 100_000_000
"""How many bytes these may have together."""

_PEER = "broker"
_ENDED = "the application has ended"


class MqttClient(Uplink):
    """A connection to a broker.

    Args:
        url: of the broker: ``mqtt://user:password@127.0.0.1:1883``.
        allow_remote: whether that may be another machine.
        version: of MQTT.
        will: what the broker publishes if the connection breaks off: its
            topic, payload, qos and retain.
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
        require_short("user", self.place.user.encode())
        require_short("password", self.place.password.encode())
        self._version = version
        self._protocol = protocols[version]
        self._will = None if will is None else last_will(will)

    async def serve(self) -> None:
        """Connect, and hand on what comes, until the connection ends.

        Raises:
            ConnectionError: there is none any more, or never was.
        """
        password = self.place.password or None
        client = BrokerConnection(
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

    async def _serve(self, client: BrokerConnection) -> None:
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

    async def _receive(self, client: BrokerConnection) -> None:
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
