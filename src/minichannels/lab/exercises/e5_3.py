"""5.3: a room for those who are logged in, and still are."""

from typing import Any

from minichannels.exceptions import ProtocolError
from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised, Unsolved
from minichannels.lab.checking.stage.steps import ScenarioStep, frame


async def play(stage: Stage) -> None:
    """Let in who is logged in, turn away who is not, and log one out."""
    draw = stage.draw
    user = draw.text("ada", "{a}", "{A} {B}", "None")
    session = {"user": user}
    ada = await _enter(stage, "ada", user, session)
    await _speak(stage, ada, user)
    await _turn_away(stage)
    # The same user once more, by another session: at another computer.
    twin = draw.one(draw.text("eve"), user)
    eve = await _enter(stage, "eve", twin, {"user": twin})
    for client, name in draw.order([(ada, user), (eve, twin)]):
        await _speak(stage, client, name)
    session.clear()
    stage.steps.add(ScenarioStep("logged out", "ada"))
    await _speak(stage, eve, twin)
    await _be_found_out(stage, ada)
    await _speak(stage, eve, twin)
    await stage.close(eve)


async def _enter(
    stage: Stage, name: str, user: str, session: dict[str, Any]
) -> ScenarioClient:
    stage.values["name"] = name
    with stage.meaning(
        _KNOWN, refused="members too", closed_at_once="members too"
    ):
        return await stage.connect("/", name, user=user, session=session)


async def _turn_away(stage: Stage) -> None:
    """Let one come who is not logged in."""
    stage.values["name"] = "bob"
    try:
        with stage.meaning(_KNOWN | _SENT_MORE):
            bob = await stage.knock("/", "bob", user=None, session={})
    except Unsolved as miss:
        accepts = [e for e in stage.events if e.type == "websocket.accept"]
        twice = miss.key == "refused before" and accepts[-1].client == "bob"
        miss.key = "accepted twice" if twice else miss.key
        raise
    stage.require(bob.accepted or not bob.closed, "refused before")
    stage.require(bob.accepted, "not accepted", name="bob")
    stage.require(bob.closed or not bob.heard, "a message")
    stage.require(bob.closed, "let in")
    _require_code(stage, bob)


async def _speak(stage: Stage, client: ScenarioClient, user: str) -> None:
    """Let a member say something, and look at the answer."""
    before, words = len(client.heard), stage.draw.text("hello")
    wanted = f"{user}: {words}"
    stage.values |= {"name": client.name, "wanted": frame(wanted)}
    with stage.meaning(_KNOWN):
        await stage.send(client, words)
    stage.require(not client.closed, "members too")
    heard = client.heard[before:]
    got = " and ".join(map(frame, heard)) or "nothing"
    stage.require(heard == [wanted], "other", got=got)


async def _be_found_out(stage: Stage, client: ScenarioClient) -> None:
    """Let one speak who has logged out."""
    before = len(client.heard)
    stage.values |= {"name": client.name, "wanted": frame("")}
    with stage.meaning(_KNOWN | _SENT_MORE):
        await stage.send(client, stage.draw.text("still here?"))
    answered = client.heard[before:]
    got = " and ".join(map(frame, answered))
    stage.require(client.closed or not answered, "once", got=got)
    stage.require(client.closed, "left standing")
    stage.require(not answered, "answered", got=got)
    _require_code(stage, client)


def _require_code(stage: Stage, client: ScenarioClient) -> None:
    closes = [e for e in client.sent if e["type"] == "websocket.close"]
    code = closes[0].get("code", 1000) if closes else 1006
    stage.require(code == 4401, "other code", code=frame(code))


_KNOWN = {"KeyError: 'user'": "no key"}
_SENT_MORE = {
    Raised(ProtocolError, event_type=kind): "goes on after"
    for kind in ("websocket.send", "websocket.close")
}
_SENT_MORE[Raised(ProtocolError, event_type="websocket.accept")] = (
    "refused before"
)

_CONNECT = """\
class MemberRoom(WebsocketConsumer):
    def connect(self):
        self.accept()
        if self.scope["user"] is None:
            self.close(code=4401)

"""
_SOLUTION = (
    _CONNECT
    + """\
    def receive(self, text_data):
        user = self.scope["session"].get("user")
        if user is None:
            self.close(code=4401)
        else:
            self.send(text_data=f"{user}: {text_data}")
"""
)
_ANSWER = """\
    def receive(self, text_data):
        self.send(text_data=f"{self.scope['user']}: {text_data}")
"""
_STUB = """\
class MemberRoom(WebsocketConsumer):
    def connect(self):
        # Nobody is logged in? Accept, and close with the code 4401.
        self.accept()

    def receive(self, text_data):
        # Logged out in the meantime? Close with 4401, and do not answer.
        self.send(text_data=f"{self.scope['user']}: {text_data}")
"""

EXERCISE = Exercise(
    number="5.3",
    name="MemberRoom",
    play=play,
    texts={
        "solved": Text(
            headline="who is not logged in is out, whenever that is.",
            should="`user` is what was found out when the connection began."
            " What has to hold now is asked for now: in the session.",
        ),
        "untouched": Text(
            headline="`MemberRoom` lets everybody in.",
            should="bob is not logged in: he is accepted, and then closed with"
            " the code `4401`. ada is closed with it when she speaks after she"
            " has logged out.",
            first="begin with bob: what stands in `self.scope['user']` when he"
            " connects?",
        ),
        "let in": Text(
            headline="bob is not logged in, and is still connected.",
            should="bob is accepted, and then closed with the code `4401`.",
            missing="websocket.close",
            whose="bob",
        ),
        "refused before": Text(
            headline="bob was refused, and does not learn why.",
            did="It closed before it had accepted bob: a browser tells its"
            " script 1006, whatever the code.",
            should="bob is accepted, and then closed with the code `4401`.",
            next="call `self.accept()` first, for everybody.",
        ),
        "accepted twice": Text(
            headline="bob was accepted, closed, and then accepted again.",
            did="$application raised $error: $text",
            should="bob is accepted once, and then closed with the code"
            " `4401`. After the close nothing more is sent.",
            next="accept everybody once; then ask who is to be closed.",
            why="M07",
        ),
        "members too": Text(
            headline="$name is logged in, and was turned away.",
            should="Only who is not logged in is closed: whose session has no"
            " user.",
            next="close only where the user of this very session is None.",
        ),
        "a message": Text(
            headline="bob was told, and is still connected.",
            should="The connection is closed, and its code is `4401`.",
            next="`self.close(code=4401)`",
            missing="websocket.close",
            whose="bob",
        ),
        "once": Text(
            headline="ada has logged out, and is answered all the same.",
            did="ada received $got.",
            should="ada's session is empty. `self.scope['user']` still says who"
            " she was when she connected. Her connection is closed with the"
            " code `4401`.",
            next='in `receive`, ask `self.scope["session"].get("user")`.',
            why="M27",
        ),
        "left standing": Text(
            headline="ada has logged out, and is left without a word.",
            should="Her connection is closed with the code `4401`.",
            next="call `self.close(code=4401)` in `receive`.",
            missing="websocket.close",
            whose="ada",
        ),
        "answered": Text(
            headline="ada has logged out, and is answered before the close.",
            did="ada received $got.",
            should="Whether she is logged in is asked first. If she is not,"
            " there is no answer.",
            next="put the question before the answer, and send nothing before"
            " the close.",
        ),
        "goes on after": Text(
            headline="something is sent after the close.",
            did="$application raised $error: $text",
            should="After `self.close()` nothing is sent any more.",
            next="write `return` after the close, or `else:` before the"
            " answer.",
            why="M07",
        ),
        "no key": Text(
            headline="an empty session has no key `user`.",
            did="$application raised $error: $text",
            should="Who is not logged in has a session, too: an empty one. To"
            " look for a user in it must be no error.",
            next='write `self.scope["session"].get("user")`.',
        ),
        "other code": Text(
            headline="the connection of $name was closed with the code $code.",
            should="The code is `4401`: it tells $name's page to show the"
            " log-in.",
            next="`self.close(code=4401)`",
        ),
        "other": Text(
            headline="$name is logged in, and is answered otherwise.",
            did="$name received $got.",
            should="$name receives $wanted, as in the cell that you began"
            " with.",
        ),
    },
    hints=(
        "Two questions at two times: is anybody logged in when a client"
        " connects, and is he still when he speaks?",
        '`self.scope["user"]` answers the first one. The second one only the'
        ' session can answer: `self.scope["session"].get("user")`.',
        "In `connect`, after the accept, and in `receive` before the answer:"
        ' `if self.scope["session"].get("user") is None:` and then'
        " `self.close(code=4401)`; in `receive` also `return`.",
    ),
    stub=_STUB,
    solution=_SOLUTION,
    second="""\
class MemberRoom(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        await self.is_member()

    async def is_member(self):
        if "user" in self.scope["session"]:
            return True
        await self.close(4401)
        return False

    async def receive(self, text_data):
        if await self.is_member():
            await self.send(f"{self.scope['user']}: {text_data}")
""",
    wrong={
        "let in": edit(
            _SOLUTION,
            "            self.close(code=4401)\n\n",
            "            return\n\n",
        ),
        "refused before": edit(
            _SOLUTION,
            "        self.accept()\n        if",
            "        if",
            "            self.close(code=4401)\n\n",
            "            self.close(code=4401)\n        else:\n"
            "            self.accept()\n\n",
        ),
        "accepted twice": edit(
            _SOLUTION,
            "        self.accept()\n        if",
            "        if",
            "            self.close(code=4401)\n\n",
            "            self.accept()\n            self.close(code=4401)\n"
            "        self.accept()\n\n",
        ),
        "members too": edit(_SOLUTION, '["user"] is None', '["user"] != "ada"'),
        "a message": edit(
            _SOLUTION,
            "self.close(code=4401)\n\n",
            'self.send(text_data="log in first")\n\n',
        ),
        "once": _CONNECT + _ANSWER,
        "left standing": edit(
            _SOLUTION,
            "        if user is None:\n            self.close(code=4401)\n"
            "        else:\n",
            "        if user is not None:\n",
        ),
        "answered": _CONNECT
        + _ANSWER
        + """\
        if not self.scope["session"]:
            self.close(code=4401)
""",
        "goes on after": edit(
            _SOLUTION,
            "        else:\n            self.send",
            "        self.send",
        ),
        "no key": edit(_SOLUTION, '.get("user")', '["user"]'),
        "other code": _SOLUTION.replace("code=4401", "code=4403"),
        "other": edit(_SOLUTION, "{user}: {text_data}", "{text_data}"),
    },
)
