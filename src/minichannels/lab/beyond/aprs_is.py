"""``aprs_is()``: an APRS-IS server of this machine, for stations without radio.

How it works: whoever logs in sends packets as lines, and each is passed on to
all others as it came. A real server passes on what one asks for, and knows the
right passcodes; here any passcode but -1, which stands for none, will do.
"""

import asyncio
import socket

from minichannels.exceptions import WireError
from minichannels.flow.web.listening import listen
from minichannels.lab.beyond.held import HeldLoop
from minichannels.lab.keeping.files import room_for_files
from minichannels.protocols.radio import lines

_BANNER = b"# minichannels, a stand-in\r\n"


class AprsIsServer(HeldLoop):
    """An APRS-IS server; made by ``aprs_is()``."""

    scheme = "aprsis"

    def __init__(self, listener: socket.socket) -> None:
        # Those who have logged in, and whether with a passcode.
        self._may_send: dict[asyncio.StreamWriter, bool] = {}
        super().__init__(listener)

    async def talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Let somebody log in, and pass on what is sent."""
        writer.write(_BANNER)
        while data := await reader.readline():
            if data.startswith(b"user "):
                _, who, _, passcode, *_ = data.split() + [b""] * 4
                may_send = passcode not in (b"", b"-1")
                verdict = b"verified" if may_send else b"unverified"
                answer = b"# logresp %b %b, server LAB\r\n" % (who, verdict)
                writer.write(answer)
                self._may_send[writer] = may_send
            elif self._may_send.get(writer):
                self._pass_on(data, writer)

    def _pass_on(self, data: bytes, sender: asyncio.StreamWriter) -> None:
        try:
            line = lines.encode(lines.decode(data))
        except WireError:
            return  # as a real server does
        for writer in self.writers:
            if writer is not sender and writer in self._may_send:
                writer.write(line)


@room_for_files()
def aprs_is(port: int = 0) -> AprsIsServer:
    """Have stations of this machine reach each other by the internet's part.

    Args:
        port: the port to listen on; 0 for a free one.

    Raises:
        TypeError, ValueError: there is no such port.
        OSError: the port is in use.
    """
    return AprsIsServer(listen("127.0.0.1", port))
