r"""IRC, as bytes: a line is a command, its parameters, and who sent it.

How it works: what a line may not be is looked for once, where text becomes
bytes, or bytes text. So nothing is sent that is no line: a text with a line
break in it, which would be a second command to the server, never gets out.

    :ada!ada@host PRIVMSG #lobby :good morning\r\n
     └─ source ─┘ command └──── parameters ───┘

Source: RFC 2812, "Messages".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from minichannels.exceptions import WireError

LONGEST = 512
"""How many bytes a line may have, with its end."""

_END = b"\r\n"
_MOST = 15  # parameters
_NEVER = "\r\n\0"

# What stands in a line that a server hands on, but for nick, target and text.
_USER, _HOST = 10, 63
_AROUND = len(":!@ PRIVMSG  :\r\n") + _USER + _HOST

_LONGEST_CHARACTER = 4  # bytes


@dataclass(frozen=True, slots=True)
class IrcLine:
    """One line.

    Attributes:
        command: such as ``PRIVMSG``, or the three digits of an answer.
        parameters: at most fifteen; only the last may be empty, contain
            spaces or begin with a colon.
        source: who sent it; empty for oneself.
    """

    command: str
    parameters: tuple[str, ...] = ()
    source: str = ""

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
    _require_one_line(rest)
    source = ""
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
        if not source:
            _refuse("a colon without a source", line[:40])
    rest, colon, last = rest.partition(" :")
    words = [word for word in rest.split(" ") if word]
    command, *parameters = words or [""]
    if colon:
        parameters.append(last)
    _require_command(command, parameters)
    return IrcLine(command, tuple(parameters), source)


def encode(line: IrcLine) -> bytes:
    """Return a line as it is sent, with its end.

    Raises:
        WireError: no such line can be sent; says why.
    """
    text = _text(line)
    _require_one_line(text)
    data = _bytes(text) + _END
    if len(data) > LONGEST:
        _refuse(f"{len(data)} bytes, over 512", line.command)
    return data


def pieces(text: str, target: str, nick: str) -> list[str]:
    """Return the pieces of a text that each fit into a line.

    It is cut at line breaks, and between characters where it is too long. What
    a server adds, when it hands the line on, has room too.

    Args:
        text: what to say.
        target: to whom, a channel or a nick.
        nick: who says it.

    Raises:
        WireError: the target leaves no room for a text.
    """
    room = LONGEST - _AROUND - len(_bytes(nick + target))
    if room < _LONGEST_CHARACTER:
        _refuse("too long a target", target)
    lines = text.replace("\r", "\n").split("\n")
    return [piece for line in lines for piece in _cut(line, room)]


def _cut(line: str, room: int) -> list[str]:
    if _LONGEST_CHARACTER * len(line) <= room:
        return [line] if line else []
    found, piece, size = [], "", 0
    for character in line:
        length = len(character.encode())
        if size + length > room:
            found.append(piece)
            piece, size = "", 0
        piece, size = piece + character, size + length
    return [*found, piece]


def _text(line: IrcLine) -> str:
    command, parameters, source = line.command, line.parameters, line.source
    _require_command(command, parameters)
    words = [command, *parameters]
    for word in parameters[:-1]:
        if not _is_word(word):
            _refuse("a parameter that is no word", word)
    if parameters and not _is_word(words[-1]):
        words[-1] = f":{words[-1]}"
    if source:
        if " " in source:
            _refuse("a space in a source", source)
        words.insert(0, f":{source}")
    return " ".join(words)


def _bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise WireError(f"half a character in {text!r}") from None


def _require_one_line(text: str) -> None:
    for sign in _NEVER:  # faster than a regular expression
        if sign in text:
            place = text.index(sign)
            _refuse("CR, LF or NUL", text[max(0, place - 20) :])


def _require_command(command: str, parameters: Sequence[str]) -> None:
    is_number = len(command) == 3 and command.isdigit()
    if not command.isascii() or not (command.isalpha() or is_number):
        _refuse("no command", command)
    if len(parameters) > _MOST:
        _refuse("over 15 parameters", (command, *parameters))


def _is_word(part: str) -> bool:
    return part != "" and " " not in part and not part.startswith(":")


def _refuse(problem: str, value: object) -> NoReturn:
    raise WireError(f"an IRC line with {problem}: {value!r}")
