"""A radio station: a scope for each station that writes to it.

How it works: a modem, reached over TCP, turns frames into sound and back
(KISS). In them travel messages (APRS), which may get lost on air: so each has
a number and is sent again, three times, until its ack comes.

    in     aprs.connect
           aprs.receive_message   text, number (empty if it has none)
           aprs.ack               text, number: that message has arrived
           aprs.undelivered       text, number: it has not, as far as is known
           aprs.disconnect        reason
    out    aprs.send_message      text
           aprs.close

With ``raw=True`` there is a scope of type ``ax25``, too, for each port of the
modem: it gets ``ax25.receive`` for whatever is heard, and sends ``ax25.send``
(source, destination, path, info).

Rule 1: a message that comes again is acknowledged again, for its ack was lost,
and handed on once; an hour later it is another one. One without a number comes
again within half a minute, by way of a digipeater, or is another one.
Rule 2: whoever transmits needs a licence. N0CALL is nobody's callsign.

Source: "APRS Protocol Reference 1.0", chapter 14; "The KISS TNC".
"""

import asyncio
import functools

from minichannels.exceptions import WireError
from minichannels.protocols import aprs, ax25, kiss
from minichannels.protocols.ax25 import Ax25Frame, Station
from minichannels.protocols.clock import Clock
from minichannels.protocols.inbox import Inbox
from minichannels.protocols.kiss import KissFrame, KissReader
from minichannels.protocols.radio import lines
from minichannels.protocols.radio.heard import Recent, same_name
from minichannels.protocols.server import ScopeServer
from minichannels.protocols.tcp import TcpConnection, dialled
from minichannels.protocols.uplink import Uplink
from minichannels.types import Message

NOBODY = "N0CALL"

IDLE = 600
"""How many seconds without a message a conversation lasts."""

RETRY, REPEATS = 30.0, 3
"""How many seconds an ack may take, and how often a message is sent again."""

MOST_WAITING = 1_000
"""How many messages may wait for their acks."""

PROGRAM = Station("APZMCH")  # APZ: an experiment
"""What stands where others name their destination."""

_MOST_NUMBERS = 99_999
_ECHO = 30.0  # for how many seconds digipeaters may repeat what was heard
_REPEATED = 3600.0  # and stations what they have sent, until they number anew


Waiting = tuple["asyncio.Task[None]", aprs.AprsMessage, Inbox]
"""What sends a message again, the message, and the inbox of who sent it."""


class Radio(Uplink):
    """A station.

    Args:
        url: of the modem, with the station's callsign, and the digipeaters that
            are to pass its frames on:
            ``kiss://N0CALL-1@127.0.0.1:8001/WIDE1-1,WIDE2-1``.
        allow_remote: whether that may be another machine.
        raw: whether there are scopes of type ``ax25``.
        retry: how many seconds an ack may take.
        clock: gives the time (for tests).

    Attributes:
        station: its callsign.
        connection: to the modem, while there is one.

    Raises:
        ValueError: the address is none, or another machine's; or there is no
            such station.
    """

    scheme, port = "kiss", 8001

    def __init__(
        self,
        url: str,
        *,
        allow_remote: bool = False,
        raw: bool = False,
        retry: float = RETRY,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(url, allow_remote=allow_remote, idle=IDLE, clock=clock)
        self.station = Station.parse(self.place.user or NOBODY)
        path = filter(None, self.place.path.split(","))
        self._path = tuple(map(Station.parse, path))
        self._raw = raw
        self._retry = retry
        self._number = 0
        self.connection: TcpConnection
        self._heard = Recent(self.clock, _REPEATED)
        self._echoes: Recent
        self._answered = Recent(self.clock)
        self._ports: ScopeServer
        self._waiting: dict[tuple[str, str], Waiting] = {}

    async def serve(self) -> None:
        """Connect, and hear what there is, until that ends."""
        self._echoes = Recent(self.clock, _ECHO)
        async with dialled(self.place) as self.connection:
            try:
                await self.listen()
            finally:
                for task, _, _ in self._waiting.values():
                    task.cancel()
                self._waiting.clear()

    async def listen(self) -> None:
        """Hear what the modem hears, until the connection ends."""
        self._ports = ScopeServer(self.application, clock=self.clock)
        if self._raw:
            self._open_port(0)
        self.connected()
        try:
            await self.connection.listen(
                KissReader(), self._hear, self.scopes.is_behind
            )
        finally:
            await self._ports.stop()

    # What is heard

    def _hear(self, found: KissFrame | WireError) -> None:
        try:
            if isinstance(found, WireError):
                raise found
            if found.command == kiss.DATA:
                frame = ax25.decode(found.data)
                self._hand_raw(found.port, frame)
                self.hear_packet(found.port, str(frame.source), frame.info)
        except WireError as error:
            self.report(error)

    def hear_packet(self, port: int, peer: str, info: bytes) -> None:
        """Deal with a packet, if it is for this station.

        One of a gateway has a packet from the internet in it.

        Raises:
            WireError: it begins as a message and is none; says why.
        """
        if info.startswith(b"}"):  # by way of a gateway
            line = lines.decode(info[1:])
            peer, info = line.source, line.info
        peer, own = same_name(peer), str(self.station)
        addressee = same_name(aprs.addressee(info))
        if peer == own or addressee not in (own, ""):
            return
        match aprs.decode(info):
            case aprs.AprsAnswer() as answer:
                self._hear_answer(peer, answer)
            case aprs.AprsMessage() as message:
                self._hear_message(port, peer, message)

    def _hear_message(
        self, port: int, peer: str, message: aprs.AprsMessage
    ) -> None:
        number, heard = aprs.own_number(message.number), self._echoes
        if number:
            self.transmit(port, aprs.AprsAnswer(peer, message.number))
            heard = self._heard
        if message.answers:
            self._end_waiting((peer, message.answers), "ack")
        if not heard.is_new((peer, number, message.text)):
            return
        if peer not in self.scopes:
            self._open(port, peer)
        self._tell(peer, "receive_message", message)

    def _hear_answer(self, peer: str, answer: aprs.AprsAnswer) -> None:
        key = (peer, aprs.own_number(answer.number))
        what = "undelivered" if answer.rejected else "ack"
        # Each time that a message is heard, it is acknowledged.
        if not self._end_waiting(key, what) and self._answered.is_new(key):
            raise WireError(
                f"{peer} acknowledges {answer.number!r}, and nobody waits for"
                " that"
            )

    def _end_waiting(self, key: tuple[str, str], what: str) -> bool:
        """Say what became of a message; return whether that was asked."""
        if key not in self._waiting:
            return False
        task, message, sender = self._waiting.pop(key)
        task.cancel()
        self._answered.is_new(key)  # the next time it is not
        self._tell_sender(sender, what, message)
        return True

    def _tell(self, peer: str, what: str, message: aprs.AprsMessage) -> None:
        event = {
            "type": f"aprs.{what}",
            "text": message.text,
            "number": message.number,
        }
        self.scopes.hand(peer, event)

    def _tell_sender(
        self, sender: Inbox, what: str, message: aprs.AprsMessage
    ) -> None:
        """Say what became of a message, if who sent it is still there."""
        peer = message.addressee
        if peer in self.scopes and self.scopes.inbox(peer) is sender:
            self._tell(peer, what, message)

    def _open(self, port: int, peer: str) -> None:
        scope = {
            "type": "aprs",
            "asgi": {"version": "3.0"},
            "peer": peer,
            "station": str(self.station),
        }
        self.scopes.open(peer, scope, functools.partial(self._send, port))

    # What is sent

    async def _send(self, port: int, peer: str, message: Message) -> None:
        """Send a message to a station.

        Raises:
            ValueError: it cannot be sent; says why.
            OSError: the connection was lost.
        """
        if message["type"] != "aprs.send_message":
            raise WireError(
                f"cannot send {message['type']!r} to a station; send"
                " 'aprs.send_message' or 'aprs.close'"
            )
        text = message.get("text")
        if not isinstance(text, str):
            raise WireError(f"the text of a message is {text!r}")
        if len(self._waiting) >= MOST_WAITING:
            raise WireError(
                f"{MOST_WAITING} messages of this station wait for their acks"
            )
        self._number = self._number % _MOST_NUMBERS + 1
        sent = aprs.AprsMessage(peer, text, str(self._number))
        self.transmit(port, sent)
        sender = self.scopes.inbox(peer)
        task = asyncio.create_task(self._send_again(port, sent, sender))
        self._waiting[peer, sent.number] = (task, sent, sender)
        await self.connection.drain()

    async def _send_again(
        self, port: int, sent: aprs.AprsMessage, sender: Inbox
    ) -> None:
        """Send a message again and again, until its ack comes."""
        for left in reversed(range(REPEATS + 1)):
            await self.clock.sleep(self._retry)
            sender.unanswered(left > 0)
            if left:
                self.transmit(port, sent)
        del self._waiting[sent.addressee, sent.number]
        self._tell_sender(sender, "undelivered", sent)

    def transmit(self, port: int, packet: aprs.Aprs) -> None:
        """Send a packet."""
        info = aprs.encode(packet)
        self._write(port, Ax25Frame(PROGRAM, self.station, info, self._path))

    def _write(self, port: int, frame: Ax25Frame) -> None:
        data = kiss.encode(KissFrame(ax25.encode(frame), port))
        self.connection.write(data)

    # Frames as they are

    def _hand_raw(self, port: int, frame: Ax25Frame) -> None:
        if not self._raw:
            return
        if port not in self._ports:
            self._open_port(port)
        event = {
            "type": "ax25.receive",
            "source": str(frame.source),
            "destination": str(frame.destination),
            "path": [str(station) for station in frame.path],
            "info": frame.info,
        }
        self._ports.hand(port, event)

    def _open_port(self, port: int) -> None:
        scope = {
            "type": "ax25",
            "asgi": {"version": "3.0"},
            "peer": f"port {port}",
            "station": str(self.station),
        }
        send = functools.partial(self._send_raw, port)
        self._ports.open(port, scope, send, is_told=False)

    async def _send_raw(self, port: int, key: object, message: Message) -> None:
        """Send a frame.

        Raises:
            ValueError: it cannot be sent; says why.
            OSError: the connection was lost.
        """
        if message["type"] != "ax25.send":
            raise WireError(
                f"cannot send {message['type']!r} to a port; send 'ax25.send'"
            )
        info = message.get("info", b"")
        path = message.get("path", [str(each) for each in self._path])
        if not isinstance(info, bytes) or not isinstance(path, list | tuple):
            raise WireError(
                "a frame has its info as bytes and its path as a list of"
                f" stations, not {info!r} and {path!r}"
            )
        frame = Ax25Frame(
            Station.parse(message.get("destination", str(PROGRAM))),
            Station.parse(message.get("source", str(self.station))),
            info,
            tuple(map(Station.parse, path)),
        )
        self._write(port, frame)
        await self.connection.drain()
