"""APRS, as bytes: messages from station to station, and their acks.

How it works: a message names its addressee, and may have a number; then the
addressee answers with an ack of that number.

    :N0CALL-7 :good morning{12
    :N0CALL-1 :ack12

A number such as ``12}34`` is number 12, of somebody who acknowledges 34 by the
way; an ack of it names all of that. What is no message (positions, weather, …)
is left as it is.

Source: "APRS Protocol Reference 1.0", chapter 14; "Reply-acks", 1999.
"""

import re
from dataclasses import dataclass

from minichannels.exceptions import WireError

LONGEST = 67
"""How many bytes the text of a message may have."""

_ADDRESSEE = re.compile(r"[!-9;-~](?:[ -9;-~]{0,7}[!-9;-~])?", re.ASCII)
_NUMBER = re.compile(
    r"[A-Za-z0-9]{1,5}|[A-Za-z0-9]{2}\}[A-Za-z0-9]{0,2}", re.ASCII
)
# Behind it some modems put spaces.
_ANSWER = re.compile(rf"(ack|rej)({_NUMBER.pattern}) *", re.ASCII)
_NEVER = re.compile(r"[|~{\r\n\0]")


@dataclass(frozen=True, slots=True)
class AprsMessage:
    """A message.

    Attributes:
        addressee: to whom.
        text: at most 67 bytes, without ``|``, ``~`` and ``{``.
        number: one to five letters and digits that its ack names, or such as
            ``12}34``; empty if no ack is wanted.

    Raises:
        WireError: there is no such message.
    """

    addressee: str
    text: str
    number: str = ""

    def __post_init__(self) -> None:
        _require_addressee(self.addressee)
        if self.number:
            _require_number(self.number)
        elif _ANSWER.fullmatch(self.text):
            raise WireError(f"without a number, {self.text!r} is no message")
        if found := _NEVER.search(self.text):
            raise WireError(f"{found[0]!r} in the APRS message {self.text!r}")
        length = len(_utf8(self.text))
        if length > LONGEST:
            raise WireError(f"an APRS message of {length} bytes, over 67")

    @property
    def answers(self) -> str:
        """The number of what it acknowledges by the way; mostly empty."""
        return self.number.partition("}")[2]


@dataclass(frozen=True, slots=True)
class AprsAnswer:
    """Says that a message has come.

    Attributes:
        addressee: who sent the message.
        number: that of the message.
        rejected: whether nothing can be done with it.

    Raises:
        WireError: there is no such answer.
    """

    addressee: str
    number: str
    rejected: bool = False

    def __post_init__(self) -> None:
        _require_addressee(self.addressee)
        _require_number(self.number)


@dataclass(frozen=True, slots=True)
class AprsOther:
    """All that is no message, as it came; it does not begin with a colon."""

    info: bytes

    def __post_init__(self) -> None:
        if self.info.startswith(b":"):
            raise WireError("a message, which is to be decoded")


Aprs = AprsMessage | AprsAnswer | AprsOther


def encode(packet: Aprs) -> bytes:
    """Return what goes into a frame."""
    if isinstance(packet, AprsOther):
        return packet.info
    if isinstance(packet, AprsAnswer):
        body = f"{'rej' if packet.rejected else 'ack'}{packet.number}"
    else:
        number = f"{{{packet.number}" if packet.number else ""
        body = packet.text + number
    return f":{packet.addressee:9}:{body}".encode()


def decode(info: bytes) -> Aprs:
    """Return what was in a frame.

    Raises:
        WireError: it begins as a message and is none; says why.
    """
    if not info.startswith(b":"):
        return AprsOther(info)
    if info[10:11] != b":":
        raise WireError(f"an APRS message to nobody: {info[:12]!r}")
    try:
        name, body = info[1:10].decode().rstrip(" "), info[11:].decode()
    except UnicodeDecodeError:
        raise WireError(f"bytes that are not UTF-8: {info[:40]!r}") from None
    body = body.removesuffix("\n").removesuffix("\r")
    if answer := _ANSWER.fullmatch(body):
        return AprsAnswer(name, answer[2], rejected=answer[1] == "rej")
    text, brace, number = body.partition("{")
    if brace:
        number = number.rstrip(" ")
        _require_number(number)
    return AprsMessage(name, text, number)


def addressee(info: bytes) -> str:
    """Return to whom a frame is, broken or not; empty if it does not say."""
    if info[10:11] != b":":
        return ""
    return info[1:10].decode("ascii", errors="replace").rstrip(" ")


def own_number(number: str) -> str:
    """Return of a number what its sender counts: of ``12}34``, the 12."""
    return number.partition("}")[0]


def _require_addressee(name: str) -> None:
    if not _ADDRESSEE.fullmatch(name):
        raise WireError(
            f"the addressee {name!r}; it has one to nine characters of ASCII,"
            " no colon, and no space at its ends"
        )


def _require_number(number: str) -> None:
    if not _NUMBER.fullmatch(number):
        raise WireError(
            f"the message number {number!r}; it is one to five letters and"
            " digits, or such as 12}34"
        )


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise WireError(f"half a character in {text!r}") from None
