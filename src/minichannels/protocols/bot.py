"""A chatbot on IRC: a scope for each user who says something.

How it works: to the server it is an ordinary user. A user's scope begins with
the first message, in a channel or to the bot alone, and lasts over a change of
nick, until ten minutes have passed without a message, or the user quits, or is
not there any more when the bot says something.

    in     chat.connect
           chat.received_message   text, room (None: to the bot alone), user
           chat.disconnect         reason
    out    chat.send_message       text, and room, if not to the user alone
           chat.close

Rule 1: a notice is never answered, so two bots never talk for ever.
Rule 2: what goes out is paced, or else servers throw one out. Who sends waits.

Source: RFC 2812.
"""

import contextlib
import itertools
from collections.abc import Callable
from typing import Any

from minichannels.exceptions import WireError
from minichannels.protocols.clock import Clock, Pace
from minichannels.protocols.irc import IrcLine, decode, encode, pieces
from minichannels.protocols.tcp import (
    GREETING,
    LineReader,
    TcpConnection,
    dialled,
)
from minichannels.protocols.uplink import Uplink
from minichannels.types import Message

NICK = "bot"

IDLE = 600
"""How many seconds without a message a conversation lasts."""

_CHANNELS = ("#", "&", "+", "!")
_NICK_IN_USE = {"433", "436"}
_NOT_JOINED = {"403", "405", "470", "471", "473", "474", "475", "476", "477"}
_LONGEST_NICK = 9


class IrcBot(Uplink):
    """A chatbot.

    Args:
        url: of the server, with the bot's nick and its channels:
            ``irc://bot@127.0.0.1:6667/lobby,help``.
        allow_remote: whether that may be another machine.
        idle: how many seconds without a message a conversation lasts.
        clock: gives the time (for tests).

    Attributes:
        nick: what it is called, by the server's leave.

    Raises:
        ValueError: the address is none, or another machine's; or there is no
            such nick, channel or password.
    """

    scheme, port = "irc", 6667

    def __init__(
        self,
        url: str,
        *,
        allow_remote: bool = False,
        idle: float = IDLE,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(url, allow_remote=allow_remote, idle=idle, clock=clock)
        self.nick = self._wanted = self.place.user or NICK
        channels = filter(None, self.place.path.split(","))
        self._channels = [c if c[0] in _CHANNELS else f"#{c}" for c in channels]
        for name in (self._wanted, *self._channels):
            encode(IrcLine("JOIN", (name, "")))  # says at once what is no name
        if any(sign in self.place.password for sign in "\r\n\0"):
            raise WireError("CR, LF or NUL in the password")
        self._connection: TcpConnection
        self._pace = Pace(self.clock)
        self._others = itertools.count(2)
        self._to_join: set[str] = set()

    async def serve(self) -> None:
        """Connect, and hear what is said, until the connection ends."""
        async with dialled(self.place) as self._connection:
            try:
                self._greet()
                await self._connection.listen(
                    LineReader(),
                    self._hear_line,
                    self.scopes.is_behind,
                    GREETING,
                )
            finally:
                with contextlib.suppress(OSError):  # it may be lost
                    self._write("QUIT")

    def _greet(self) -> None:
        self._pace = Pace(self.clock)
        self._others = itertools.count(2)
        self._to_join = {channel.lower() for channel in self._channels}
        self.nick = self._wanted
        if self.place.password:
            self._write("PASS", self.place.password)
        self._write("NICK", self.nick)
        self._write("USER", self._wanted, "0", "*", "minichannels")

    def _write(self, command: str, *parameters: str) -> None:
        self._connection.write(encode(IrcLine(command, parameters)))

    # What the server says

    def _hear_line(self, data: bytes) -> None:
        if data in (b"", b"\r"):  # empty lines are allowed, and say nothing
            return
        try:
            line = decode(data)
        except WireError as error:
            self.report(error)
            return
        if hear := _HEARS.get(line.command.upper()):
            hear(self, line)

    def _ping(self, line: IrcLine) -> None:
        self._write("PONG", line.text)

    def _welcome(self, line: IrcLine) -> None:
        if line.parameters:
            self.nick = line.parameters[0]
        for channel in self._channels:
            self._write("JOIN", channel)
        self._look_ready()

    def _take_another_nick(self, line: IrcLine) -> None:
        if not self._connected.done():
            former, number = self.nick, str(next(self._others))
            self.nick = self._wanted[: _LONGEST_NICK - len(number)] + number
            self.report(
                ConnectionError(
                    f"the nick {former!r} is in use; it asks for {self.nick!r}"
                )
            )
            self._write("NICK", self.nick)

    def _unavailable(self, line: IrcLine) -> None:
        """Of a while it is one's own nick, or a channel to join."""
        if any(name[:1] in _CHANNELS for name in line.parameters):
            self._not_joined(line)
        else:
            self._take_another_nick(line)

    def _refused(self, line: IrcLine) -> None:
        raise ConnectionError(f"the server says: {' '.join(line.parameters)}")

    def _joined(self, line: IrcLine) -> None:
        if line.nick == self.nick and line.parameters:
            self._to_join.discard(line.parameters[0].lower())
            self._look_ready()

    def _not_joined(self, line: IrcLine) -> None:
        self.report(ConnectionError(" ".join(line.parameters)))
        self._to_join -= {p.lower() for p in line.parameters}
        self._look_ready()

    def _look_ready(self) -> None:
        if not self._to_join:
            self.connected()

    def _kicked(self, line: IrcLine) -> None:
        match line.parameters:
            case channel, nick, *_ if nick == self.nick:
                problem = f"thrown out of {channel}: {line.text}"
                self.report(ConnectionError(problem))

    def _not_heard(self, line: IrcLine) -> None:
        """Of what was sent: its user has gone, or a channel is closed."""
        self.report(ConnectionError(" ".join(line.parameters)))
        for name in line.parameters[1:-1]:
            self.scopes.end(name, f"is not there: {line.text}")

    def _renamed(self, line: IrcLine) -> None:
        if line.nick == self.nick:
            self.nick = line.text or self.nick
        elif line.text:
            self.scopes.rename(line.nick, line.text)

    def _has_quit(self, line: IrcLine) -> None:
        self.scopes.end(line.nick, f"has quit: {line.text}")

    def _said(self, line: IrcLine) -> None:
        nick, text = line.nick, line.text
        own = nick in ("", self.nick)
        # Between two \1 stand requests of programs.
        if own or len(line.parameters) < 2 or text.startswith("\1"):
            return
        target = line.parameters[0]
        if nick not in self.scopes:
            scope = {
                "type": "chat",
                "asgi": {"version": "3.0"},
                "peer": nick,
                "server": f"irc://{self.place}",
            }
            self.scopes.open(nick, scope, self._send)
        event = {
            "type": "chat.received_message",
            "text": text,
            "room": target if target[:1] in _CHANNELS else None,
            "user": nick,
        }
        self.scopes.hand(nick, event)

    # What the application says

    async def _send(self, nick: str, message: Message) -> None:
        """Send what an application sends.

        Raises:
            ValueError: it cannot be sent; says why.
            OSError: the connection was lost.
        """
        if message["type"] != "chat.send_message":
            raise ValueError(
                f"cannot send {message['type']!r} in a chat; send"
                " 'chat.send_message' or 'chat.close'"
            )
        target = message.get("room") or nick
        lines = _lines(message.get("text"), target, self.nick)
        connection = self._connection
        for line in lines:
            await self._pace.wait()
            connection.write(line)
            await connection.drain()


def _lines(text: Any, target: Any, nick: str) -> list[bytes]:
    """Return what is to be sent: all of it, before any of it is.

    Raises:
        WireError: a part cannot be sent, or there is nothing to say.
    """
    if not isinstance(text, str):
        raise WireError(f"the text of a message is {text!r}")
    if not isinstance(target, str):
        raise WireError(f"the room of a message is {target!r}")
    lines = [
        encode(IrcLine("PRIVMSG", (target, piece)))
        for piece in pieces(text, target, nick)
    ]
    if not lines:
        raise WireError("a message without text")
    return lines


_HEARS: dict[str, Callable[[IrcBot, IrcLine], None]] = {
    "PING": IrcBot._ping,
    "001": IrcBot._welcome,
    "401": IrcBot._not_heard,
    "404": IrcBot._not_heard,
    "432": IrcBot._refused,
    "437": IrcBot._unavailable,
    "464": IrcBot._refused,
    "465": IrcBot._refused,
    "ERROR": IrcBot._refused,
    "JOIN": IrcBot._joined,
    "KICK": IrcBot._kicked,
    "NICK": IrcBot._renamed,
    "QUIT": IrcBot._has_quit,
    "PRIVMSG": IrcBot._said,
    **dict.fromkeys(_NICK_IN_USE, IrcBot._take_another_nick),
    **dict.fromkeys(_NOT_JOINED, IrcBot._not_joined),
}
