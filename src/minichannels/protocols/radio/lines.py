r"""APRS-IS, as bytes: who sends to whom, by way of whom, and what.

How it works: over the internet there are no frames. A packet is a line:

    N0CALL-1>APZMCH,TCPIP*::N0CALL-7 :good morning{12\r\n
    └source┘ └dest.┘└path┘ └──────── info ────────┘

A line that begins with ``#`` is the server's own, and no packet.

Source: "Connecting to APRS-IS".
"""

import re
from dataclasses import dataclass

from minichannels.exceptions import WireError

LONGEST = 512
"""How many bytes a line may have, with its end."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,8}", re.ASCII)
_STEP = re.compile(rf"{_NAME.pattern}\*?", re.ASCII)


@dataclass(frozen=True, slots=True)
class AprsIsLine:
    """A packet.

    Attributes:
        source: from whom.
        destination: by which program.
        info: what; it has no line breaks.
        path: by way of whom; a star behind a name says that it has passed.

    Raises:
        WireError: there is no such packet.
    """

    source: str
    destination: str
    info: bytes
    path: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in (self.source, self.destination):
            _require(_NAME.fullmatch(name), "no station", name)
        for name in self.path:
            _require(_STEP.fullmatch(name), "no station on a path", name)
        broken = any(sign in self.info for sign in b"\r\n\0")
        _require(not broken, "CR, LF or NUL", self.info)
        length = len(encode(self))
        _require(length <= LONGEST, "over 512 bytes", length)


def encode(line: AprsIsLine) -> bytes:
    """Return a packet as it is sent."""
    way = ",".join([line.destination, *line.path])
    return f"{line.source}>{way}:".encode() + line.info + b"\r\n"


def decode(data: bytes) -> AprsIsLine:
    """Return the packet of a line.

    Raises:
        WireError: it has none; says why.
    """
    data = data.removesuffix(b"\n").removesuffix(b"\r")
    head, colon, info = data.partition(b":")
    try:
        source, sign, way = head.decode("ascii").partition(">")
    except UnicodeDecodeError:
        raise WireError(f"no station in {data[:40]!r}") from None
    _require(colon and sign, "no packet", data[:40])
    destination, *path = way.split(",")
    return AprsIsLine(source, destination, info, tuple(path))


def _require(condition: object, problem: str, value: object) -> None:
    if not condition:
        raise WireError(f"an APRS-IS line with {problem}: {value!r}")
