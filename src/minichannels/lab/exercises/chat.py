"""The chat of lesson 07: who is in which room, says what, and hears what.

The three exercises of the lesson play the same story to different rules.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from minichannels.flow import Event
from minichannels.lab.checking.stage.clients import (
    Frame,
    ScenarioClient,
    parsed,
)
from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.checking.stage.steps import frame, listed

ROUTE = "ws/chat/<room_name>/"

Heard = Mapping[str, list[Frame]]
"""What each client heard of what was said last, by the client's name."""

# More than are said in one turn, so that nothing is said twice.
_WORDS = (
    "{A} {b} ",
    '{A}: "{b}"',
    "",
    "{a}é",
    "{a}\\{b}",
    "{A}",
    "{a}\n{b}",
)


class Chat:
    """Clients in two rooms: ``ada`` and ``bob`` in one, ``eve`` in another.

    Args:
        stage: where they are played.

    Attributes:
        lobby: the first room.
        kitchen: the other one; its name may be nearly the first one's.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.lobby = stage.draw.name("lobby")
        others = f"{self.lobby}s", self.lobby.swapcase(), self.lobby[:-1]
        self.kitchen = stage.draw.one("kitchen", *others)
        self._clients: dict[str, ScenarioClient] = {}

    async def open(self) -> None:
        """Let the first three come, in one order or another."""
        rooms = {"ada": self.lobby, "bob": self.lobby, "eve": self.kitchen}
        for name in self.stage.draw.order(list(rooms)):
            await self.enter(name, rooms[name])

    async def enter(self, name: str, room: str) -> None:
        """Let a client come into a room."""
        url = f"/ws/chat/{room}/"
        self._clients[name] = await self.stage.connect(url, name)

    async def leave(self, name: str) -> None:
        """Let a client go."""
        self.stage.values |= {"client": name, "room": self.room(name)}
        await self.stage.close(self._clients.pop(name))

    def room(self, name: str) -> str:
        """Return the room that a client is in."""
        return str(self._clients[name].scope["path"]).split("/")[3]

    def members(self, name: str) -> list[str]:
        """Return who is in the room of a client, itself too."""
        mine = self.room(name)
        return [other for other in self._clients if self.room(other) == mine]

    # What they say

    def words(self, example: str) -> str:
        """Return what somebody may say."""
        return self.stage.draw.text(example, *_WORDS)

    async def say(self, name: str, words: str) -> Heard:
        """Let a client say something; return what all heard."""
        said = self._written(words)
        self.stage.values |= {
            "client": name,
            "room": self.room(name),
            "message": frame(said),
        }
        before = self._heard()
        await self.stage.send(self._clients[name], said)
        return self._since(before)

    async def cross(self, said: Mapping[str, str], *, itself: bool) -> None:
        """Let several speak at the same moment, and be heard.

        Args:
            said: what each of them says.
            itself: whether they hear themselves, too.
        """
        before = self._heard()
        frames = [(self._clients[n], self._written(said[n])) for n in said]
        await self.stage.send_at_once(*frames)
        for name, got in self._since(before).items():
            room = [n for n in self.members(name) if itself or n != name]
            wanted = [{"message": said[n]} for n in said if n in room]
            right = _sorted(map(parsed, got)) == _sorted(wanted)
            shown = " and ".join(map(frame, got)) or "nothing"
            self.stage.require(right, "crossed", listener=name, got=shown)

    def _written(self, words: str) -> str:
        """Return words as Python puts them into JSON, or as a browser does."""
        separators = self.stage.draw.one(None, (",", ":"), None)
        message = {"message": words}
        return json.dumps(message, ensure_ascii=False, separators=separators)

    def _heard(self) -> dict[str, int]:
        return {name: len(c.heard) for name, c in self._clients.items()}

    def _since(self, before: Mapping[str, int]) -> Heard:
        return {n: c.heard[before[n] :] for n, c in self._clients.items()}

    # What holds to each of the rules

    def require_sent(self, heard: Heard) -> Event:
        """Require that what was said went to a group with members."""
        stage, speaker = self.stage, self.stage.values["client"]
        sends, mails = stage.lately("group_send"), stage.lately("channel_send")
        told = stage.lately("send", client=speaker)[-1:]
        others = any(heard[name] for name in heard if name != speaker)
        stage.require(sends or not others, "no group", *mails[-1:] or told)
        stage.require(sends or not heard[speaker], "only ada", *told)
        stage.require(sends or not mails, "one channel", *mails[-1:])
        stage.require(sends, "not sent")
        last = sends[-1]
        stage.require(last.status != "refused", "hidden", last)
        if not last.members:
            for join in stage.of("join", client=speaker):
                names = {"joined": join.group, "told": last.group}
                same = join.group == last.group
                stage.require(same, "another group", last, **names)
            self.require_stayed(last)
            stage.miss("nobody joined", last)
        return last

    def require_stayed(self, sent: Event) -> None:
        """Require that nobody who is connected has left a group again."""
        stage, gone = self.stage, list[str]()
        for name in self._clients:
            moves = [
                move
                for kind in ("join", "leave")
                for move in stage.of(kind, client=name, group=sent.group)
            ]
            last = max(moves, key=lambda move: move.arrival, default=None)
            if last is not None and last.kind == "leave":
                gone.append(name)
        values = {"left": listed(gone), "told": sent.group}
        stage.require(not gone, "left again", sent, **values)

    def require_carried(self, heard: Heard, sent: Event) -> None:
        """Require that what was heard came through the layer."""
        stage = self.stage
        handed = stage.of("receive") + stage.of("deliver") + stage.of("read")
        of_whom = {event.seq: event.client for event in handed}
        for name in filter(heard.get, heard):
            arrived = stage.lately("deliver", client=name, status="delivered")
            told = stage.lately("send", client=name)[-1]
            own = arrived and of_whom.get(told.cause or 0, name) == name
            stage.require(own, "past the group", sent, listener=name)


def _sorted(messages: Iterable[Any]) -> list[str]:
    """Return messages in an order that does not depend on who was first."""
    return sorted(json.dumps(message) for message in messages)
