r"""IRC, as bytes: a line is a command, its parameters, and who sent it.

How it works: :class:`IrcLine` checks itself when it is made, so there is none
that cannot be sent: a text with a line break in it, which would be a second
command to the server, never becomes a line.

    :ada!ada@host PRIVMSG #lobby :good morning\r\n
     └─ source ─┘ command └──── parameters ───┘

Source: RFC 2812, "Messages".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from minichannels.protocols.errors import WireError

LONGEST = 512
"""How many bytes a line may have, with its end."""

_END = b"\r\n"
_MOST = 15  # parameters
_NEVER = "\r\n\0"
_BREAKS = re.compile("\r\n|\r|\n")

# What a server puts before a line that it hands on: ":nick!user@host ".
_USER, _HOST = 10, 63

_LONGEST_CHARACTER = 4  # bytes


@dataclass(frozen=True, slots=True)
class IrcLine:
    """One line.

    Attributes:
        command: such as ``PRIVMSG``, or the three digits of an answer.
        parameters: at most fifteen; only the last may be empty, contain
            spaces or begin with a colon.
        source: who sent it; empty for oneself.

    Raises:
        WireError: no such line can be sent; says why.
    """

    command: str
    parameters: tuple[str, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        self._look_at_words()
        text = _text(self)
        for sign in _NEVER:  # faster than a regular expression
            if sign in text:
                place = text.index(sign)
                _refuse("CR, LF or NUL", text[max(0, place - 20) :])
        length = len(text if text.isascii() else _bytes(text)) + len(_END)
        if length > LONGEST:
            _refuse(f"{length} bytes, over 512", self.command)

    def _look_at_words(self) -> None:
        if not _is_command(self.command):
            _refuse("no command", self.command)
        if " " in self.source:
            _refuse("a space in a source", self.source)
        if len(self.parameters) > _MOST:
            _refuse("over 15 parameters", self)
        for part in self.parameters[:-1]:
            if not _is_word(part):
                _refuse("a parameter that is no word", part)

    @property
    def nick(self) -> str:
        """What its sender is called."""
        return self.source.partition("!")[0]

    @property
    def text(self) -> str:
        """The last parameter; empty if there is none."""
        return self.parameters[-1] if self.parameters else ""


def decode(data: bytes) -> IrcLine:
    """Return what a line says, with or without its end.

    Raises:
        WireError: it is none; says why.
    """
    line = data.removesuffix(b"\n").removesuffix(b"\r")
    if len(line) > LONGEST - len(_END):
        _refuse("over 512 bytes", line[:40])
    try:
        rest = line.decode()
    except UnicodeDecodeError:
        raise WireError(f"bytes that are not UTF-8: {line[:40]!r}") from None
    source = ""
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
        if not source:
            _refuse("a colon without a source", line[:40])
    rest, colon, last = f" {rest.lstrip(' ')}".partition(" :")
    command, *parameters = rest.split(" ")[1:] or [""]
    words = [word for word in parameters if word]
    return IrcLine(command, (*words, last) if colon else tuple(words), source)


def encode(line: IrcLine) -> bytes:
    """Return a line as it is sent, with its end."""
    return _bytes(_text(line)) + _END


def pieces(text: str, target: str, nick: str) -> Iterator[str]:
    """Cut a text into pieces that each fit into a line.

    It is cut at line breaks, and between characters where it is too long. What
    a server adds, when it hands the line on, has room too.

    Args:
        text: what to say.
        target: to whom, a channel or a nick.
        nick: who says it.

    Raises:
        WireError: the target leaves no room for a text.
    """
    before = f":{nick}!@ PRIVMSG {target} :\r\n".encode()
    room = LONGEST - len(before) - _USER - _HOST
    if room < _LONGEST_CHARACTER:
        _refuse("too long a target", target)
    for line in filter(None, _BREAKS.split(text)):
        yield from _cut(line, room)


def _cut(line: str, room: int) -> Iterator[str]:
    if _LONGEST_CHARACTER * len(line) <= room:
        yield line
        return
    piece, size = "", 0
    for character in line:
        length = len(character.encode())
        if size + length > room:
            yield piece
            piece, size = "", 0
        piece, size = piece + character, size + length
    yield piece


def _text(line: IrcLine) -> str:
    words = [line.command, *line.parameters]
    if line.parameters and not _is_word(line.parameters[-1]):
        words[-1] = f":{words[-1]}"
    if line.source:
        words.insert(0, f":{line.source}")
    return " ".join(words)


def _bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise WireError(f"half a character in {text!r}") from None


def _is_command(word: str) -> bool:
    is_number = len(word) == 3 and word.isdigit()
    return word.isascii() and (word.isalpha() or is_number)


def _is_word(part: str) -> bool:
    return part != "" and " " not in part and not part.startswith(":")


def _refuse(problem: str, value: object) -> NoReturn:
    raise WireError(f"an IRC line with {problem}: {value!r}")
