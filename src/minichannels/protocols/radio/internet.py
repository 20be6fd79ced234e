"""A station without a radio: messages over APRS-IS, the internet's part of it.

How it works: servers of APRS-IS pass on packets as lines of text, and stations
that have both carry them to the air and back. All else is as on air: messages
are numbered, acknowledged, and sent again.

Rule 1: only who has a licence has a passcode; without one a server passes on
nothing, and says so when one logs in.

Source: "Connecting to APRS-IS".
"""

import re

from minichannels.exceptions import WireError
from minichannels.protocols import aprs
from minichannels.protocols.clock import Clock
from minichannels.protocols.radio import lines
from minichannels.protocols.radio.lines import AprsIsLine
from minichannels.protocols.radio.station import PROGRAM, RETRY, Radio
from minichannels.protocols.tcp import GREETING, LineReader

_NO_PASSCODE = "-1"
_PASSCODE = re.compile(r"-1|[0-9]{1,5}", re.ASCII)


class AprsIs(Radio):
    """A station on the internet.

    Args:
        url: of the server, with the station's callsign and its passcode:
            ``aprsis://N0CALL-1:13023@127.0.0.1:14580``.
        allow_remote: whether that may be another machine.
        retry: how many seconds an ack may take.
        clock: gives the time (for tests).

    Raises:
        ValueError: the address is none, or another machine's; or there is no
            such station.
    """

    scheme, port = "aprsis", 14580
    no_path = "digipeaters are for the air"

    def __init__(
        self,
        url: str,
        *,
        allow_remote: bool = False,
        retry: float = RETRY,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(
            url, allow_remote=allow_remote, retry=retry, clock=clock
        )
        self._passcode = self.place.password or _NO_PASSCODE
        if not _PASSCODE.fullmatch(self._passcode):
            raise WireError("a passcode has one to five digits, or is -1")
        self._last_words = ""

    async def listen(self) -> None:
        """Log in, and hear what the server passes on, until that ends."""
        self._last_words = ""
        who = f"user {self.station} pass {self._passcode}"
        login = f"{who} vers minichannels 1 filter g/{self.station}\r\n"
        self.connection.write(login.encode())
        await self.connection.listen(
            LineReader(), self._hear_line, self.scopes.is_behind, GREETING
        )
        if self._last_words and not self._connected.done():
            raise ConnectionError(f"no login: {self._last_words}")

    def _hear_line(self, data: bytes) -> None:
        if data.startswith(b"#"):
            self._hear_server(data.decode("utf-8", errors="replace").split())
            return
        try:
            line = lines.decode(data)
            self.hear_packet(0, line.source, line.info)
        except WireError as error:
            self.report(error)

    def _hear_server(self, words: list[str]) -> None:
        self._last_words = " ".join(words)
        match words:
            case ["#", "logresp", _, verdict, *_]:
                if verdict.startswith("unverified"):
                    problem = "without its passcode, nothing is passed on"
                    self.report(ConnectionError(f"{self.station}: {problem}"))
                self.connected()

    def transmit(self, port: int, packet: aprs.Aprs) -> None:
        """Send a packet."""
        info = aprs.encode(packet)
        way = ("TCPIP*",)
        line = AprsIsLine(str(self.station), str(PROGRAM), info, way)
        self.connection.write(lines.encode(line))
