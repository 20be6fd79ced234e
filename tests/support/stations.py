"""A station that a test plays by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from minichannels.protocols import aprs, ax25, kiss
from minichannels.protocols.ax25 import Ax25Frame, Station
from minichannels.protocols.kiss import KissFrame, KissReader
from minichannels.protocols.places import find
from support.limit import LIMIT


class ByHand:
    """Somebody with a modem, who answers nothing by itself."""

    def __init__(
        self,
        callsign: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.callsign = callsign
        self.writer = writer
        self._reader = reader
        self._frames = KissReader()
        self._heard: list[Ax25Frame] = []

    def transmit(self, packet: aprs.Aprs, *, source: str = "") -> None:
        frame = Ax25Frame(
            Station("APRS"),
            Station.parse(source or self.callsign),
            aprs.encode(packet),
        )
        self.raw(ax25.encode(frame))

    def raw(self, data: bytes) -> None:
        self.writer.write(kiss.encode(KissFrame(data)))

    async def frame(self) -> Ax25Frame:
        """Return what is heard next."""
        async with asyncio.timeout(LIMIT):
            while not self._heard:
                for found in self._frames.feed(await self._reader.read(4096)):
                    assert isinstance(found, KissFrame)
                    self._heard.append(ax25.decode(found.data))
        return self._heard.pop(0)

    async def packet(self) -> aprs.Aprs:
        """Return what is heard next, as APRS."""
        return aprs.decode((await self.frame()).info)


@asynccontextmanager
async def by_hand(
    url: str, callsign: str = "N0CALL-2"
) -> AsyncIterator[ByHand]:
    """Connect a station to a modem."""
    place = find(url, "kiss", 8001, allow_remote=False)
    reader, writer = await asyncio.open_connection(place.host, place.port)
    try:
        yield ByHand(callsign, reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()
