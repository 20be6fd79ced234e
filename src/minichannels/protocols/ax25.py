"""AX.25, as bytes: who sends to whom, by way of whom, and what.

How it works: only the frames that need no connection are here, "unnumbered
information" (UI), in which APRS travels. Each station has seven bytes: six
letters or digits of its callsign, each moved up by one bit, and a number that
tells its stations apart. The lowest bit says which is the last of them.

Source: "AX.25 Link Access Protocol", version 2.2, 3.12 and 4.3.
"""

import re
from dataclasses import dataclass

from minichannels.exceptions import WireError

MOST = 8
"""How many digipeaters a frame may ask to pass it on."""

_UI, _NO_LAYER_3 = 0x03, 0xF0
_POLL = 0x10
_CALLSIGN = re.compile(r"[A-Z0-9]{1,6}", re.ASCII)
_WRITTEN = re.compile(r"([A-Za-z0-9]+)(?:-([0-9]{1,2}))?(\*?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Station:
    """A station, written ``N0CALL-7``.

    Attributes:
        callsign: one to six capital letters and digits.
        number: its SSID, from 0 to 15.
        repeated: of a digipeater, whether it has passed the frame on.

    Raises:
        WireError: there is no such station.
    """

    callsign: str
    number: int = 0
    repeated: bool = False

    def __post_init__(self) -> None:
        if not _CALLSIGN.fullmatch(self.callsign):
            raise WireError(
                f"the callsign {self.callsign!r}; it has one to six capital"
                " letters and digits"
            )
        if self.number not in range(16):
            raise WireError(f"the SSID {self.number!r}; it is from 0 to 15")

    def __str__(self) -> str:
        number = f"-{self.number}" if self.number else ""
        return f"{self.callsign}{number}{'*' if self.repeated else ''}"

    @classmethod
    def parse(cls, text: object) -> "Station":
        """Return the station that is written so; small letters count.

        Raises:
            WireError: there is none.
        """
        found = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise WireError(f"no station such as N0CALL-7: {text!r}")
        callsign, number, star = found.groups()
        return cls(callsign.upper(), int(number or 0), bool(star))


@dataclass(frozen=True, slots=True)
class Ax25Frame:
    """A frame of unnumbered information.

    Attributes:
        destination: to whom; in APRS, by which program.
        source: from whom.
        info: what it carries.
        path: the digipeaters that are to pass it on, the next one first.
        protocol: what is in ``info``; 240 says no protocol of layer three.

    Raises:
        WireError: there is no such frame.
    """

    destination: Station
    source: Station
    info: bytes
    path: tuple[Station, ...] = ()
    protocol: int = _NO_LAYER_3

    def __post_init__(self) -> None:
        if len(self.path) > MOST:
            raise WireError(f"{len(self.path)} digipeaters; {MOST} at most")
        if self.protocol not in range(256):
            raise WireError(f"the protocol {self.protocol!r}; it is one byte")
        for end in (self.destination, self.source):
            if end.repeated:
                raise WireError(f"{end} has repeated its own frame")


def encode(frame: Ax25Frame) -> bytes:
    """Return a frame as it is handed to a modem, which adds its checksum."""
    # A command, says the highest bit of the first, and not of the second.
    stations = [
        _address(frame.destination, high=True),
        _address(frame.source, high=False),
        *(_address(station, high=station.repeated) for station in frame.path),
    ]
    last = stations[-1]
    stations[-1] = last[:-1] + bytes([last[-1] | 1])
    control = bytes([_UI, frame.protocol])
    return b"".join(stations) + control + frame.info


def decode(data: bytes) -> Ax25Frame:
    """Return what a modem has received, without its checksum.

    Raises:
        WireError: it is no frame of this kind; says why.
    """
    stations: list[Station] = []
    place = 0
    while not place or not data[place - 1] & 1:
        if len(data) < place + 7 or len(stations) > MOST + 1:
            raise WireError(_why(data, len(stations)))
        stations.append(_station(data[place : place + 7], len(stations)))
        place += 7
    if len(stations) < 2 or len(data) < place + 2:
        raise WireError(_why(data, len(stations)))
    control, protocol = data[place : place + 2]
    if control & ~_POLL != _UI:
        raise WireError(f"an AX.25 frame of another kind: {control:#04x}")
    info = data[place + 2 :]
    destination, source, *path = stations
    return Ax25Frame(destination, source, info, tuple(path), protocol)


def _why(data: bytes, stations: int) -> str:
    if stations > MOST + 1:
        return f"an AX.25 frame with over {MOST} digipeaters"
    return f"an AX.25 frame that is cut off: {data[:40].hex(' ')}"


def _address(station: Station, *, high: bool) -> bytes:
    letters = station.callsign.ljust(6).encode()
    last = high << 7 | 0x60 | station.number << 1
    return bytes(letter << 1 for letter in letters) + bytes([last])


def _station(data: bytes, place: int) -> Station:
    *letters, last = data
    if any(letter & 1 for letter in letters):
        raise WireError("an AX.25 address that ends within a callsign")
    callsign = bytes(letter >> 1 for letter in letters).decode("latin-1")
    repeated = place > 1 and bool(last & 0x80)
    return Station(callsign.rstrip(" "), last >> 1 & 15, repeated)
