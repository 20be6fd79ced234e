"""5.3: a room for those who are logged in, and still are."""

from typing import Any

from minichannels.auth import SESSION_KEY, AnonymousUser, get_user
from minichannels.auth.logins import AUTH
from minichannels.auth.sockets import UserSocket
from minichannels.exceptions import ProtocolError
from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised, Unsolved
from minichannels.lab.checking.stage.steps import ScenarioStep, frame
from minichannels.sessions import MemoryStore, SessionDict


async def play(stage: Stage) -> None:
    """Let in who is logged in, turn away who is not, and strike one off."""
    draw, list_ = stage.draw, _Users()
    names = [draw.text("ada", *_NAMES), draw.text("eve")]
    ada = await _enter(stage, list_, "ada", names[0])
    await _speak(stage, ada, names[0])
    await _turn_away(stage, list_)
    eve = await _enter(stage, list_, "eve", names[1])
    for client, name in draw.order([(ada, names[0]), (eve, names[1])]):
        await _speak(stage, client, name)
    del list_[names[0]]
    stage.steps.add(ScenarioStep("struck off", "ada"))
    await _speak(stage, eve, names[1])
    await _be_found_out(stage, list_, ada, names[0])
    await _speak(stage, eve, names[1])
    await stage.close(eve)


class _User:
    """A user, as the lesson has them and Django; a message shows the name."""

    is_authenticated = True
    is_anonymous = False

    def __init__(self, pk: str) -> None:
        self.pk = pk

    def __repr__(self) -> str:
        return self.pk


class _Users(dict[str, _User]):
    """The list of users, and where their sessions are kept.

    Attributes:
        asked: how often somebody was looked up.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self._store = MemoryStore()

    def find(self, name: str) -> _User | None:
        """Return the user of a name, as the library asks for one."""
        self.asked += 1
        return self.get(name)

    async def scope_of(self, name: str) -> dict[str, Any]:
        """Return what the library's middlewares add to a user's scope."""
        session = SessionDict(self._store)
        if name:
            self[name] = _User(name)
            session[SESSION_KEY] = name
            await session.asave()
        # It watches nothing: who is struck off is to be found out by asking.
        auth = UserSocket(self.find, get_user, None, _no_send, 3600)
        user = self[name] if name else AnonymousUser()
        return {"user": user, "session": session, AUTH: auth}


async def _no_send(message: Any) -> None:
    """Stand in for a server's."""


async def _enter(
    stage: Stage, users: _Users, name: str, user: str
) -> ScenarioClient:
    stage.values |= {"name": name, "user": frame(user)}
    added = await users.scope_of(user)
    with stage.meaning(
        _KNOWN, refused="members too", closed_at_once="members too"
    ):
        return await stage.connect("/", name, **added)


async def _turn_away(stage: Stage, users: _Users) -> None:
    """Let one come who is not logged in."""
    stage.values["name"] = "bob"
    try:
        with stage.meaning(_KNOWN | _SENT_MORE):
            bob = await stage.knock("/", "bob", **await users.scope_of(""))
    except Unsolved as miss:
        accepts = [e for e in stage.events if e.type == "websocket.accept"]
        twice = miss.key == "refused before" and accepts[-1].client == "bob"
        miss.key = "accepted twice" if twice else miss.key
        raise
    stage.require(bob.accepted or not bob.closed, "refused before")
    stage.require(bob.accepted, "not accepted", name="bob")
    stage.require(bob.closed or not bob.heard, "a message")
    stage.require(bob.closed or not bob.over, "ended")
    stage.require(bob.closed, "let in")
    _require_code(stage, bob)


async def _speak(stage: Stage, client: ScenarioClient, user: str) -> None:
    """Let a member say something, and look at the answer."""
    before, words = len(client.heard), stage.draw.text("hello")
    wanted = f"{user}: {words}"
    stage.values |= {"name": client.name, "wanted": frame(wanted)}
    stage.values["user"] = frame(user)
    with stage.meaning(_KNOWN):
        await stage.send(client, words)
    stage.require(not client.closed, "members too")
    heard = client.heard[before:]
    got = " and ".join(map(frame, heard)) or "nothing"
    stage.require(heard == [wanted], "other", got=got)


async def _be_found_out(
    stage: Stage, users: _Users, client: ScenarioClient, user: str
) -> None:
    """Let one speak who was struck off."""
    before, asked = len(client.heard), users.asked
    words = stage.draw.text("still here?")
    stage.values |= {"name": client.name, "wanted": frame("")}
    with stage.meaning(_KNOWN | _SENT_MORE):
        await stage.send(client, words)
    answered = client.heard[before:]
    got = " and ".join(map(frame, answered))
    key = "once" if users.asked == asked else "not heeded"
    stage.require(client.closed or not answered, key, got=got)
    stage.require(client.closed, "left standing")
    is_answer = f"{user}: {words}" in answered
    stage.require(not is_answer, "answered", got=got)
    stage.require(not answered, "told first", got=got)
    _require_code(stage, client)


def _require_code(stage: Stage, client: ScenarioClient) -> None:
    closes = [e for e in client.sent if e["type"] == "websocket.close"]
    code = closes[0].get("code", 1000) if closes else 1006
    stage.require(code == 4401, "other code", code=frame(code))


_KNOWN = {
    "KeyError: 'user'": "no key",
    "'bool' object is not callable": "no method",
    "argument of type": "no scope",
    "the scope has no session": "no scope",
}
_SENT_MORE = {
    Raised(ProtocolError, event_type=kind): "goes on after"
    for kind in ("websocket.send", "websocket.close")
}
_SENT_MORE[Raised(ProtocolError, event_type="websocket.accept")] = (
    "refused before"
)

_NAMES = ("{a}", "{A} {B}", "AnonymousUser")

_CONNECT = """\
class MemberRoom(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        if not self.scope["user"].is_authenticated:
            await self.close(code=4401)

"""
_SOLUTION = (
    _CONNECT
    + """\
    async def receive(self, text_data):
        user = await get_user(self.scope)
        if not user.is_authenticated:
            await self.close(code=4401)
        else:
            await self.send(text_data=f"{user}: {text_data}")
"""
)
_ANSWER = """\
    async def receive(self, text_data):
        await self.send(text_data=f"{self.scope['user']}: {text_data}")
"""
_STUB = """\
class MemberRoom(AsyncWebsocketConsumer):
    async def connect(self):
        # Nobody is logged in? Accept, and close with the code 4401.
        await self.accept()

    async def receive(self, text_data):
        # Not a user any more? Close with 4401, and do not answer.
        await self.send(text_data=f"{self.scope['user']}: {text_data}")
"""

EXERCISE = Exercise(
    number="5.3",
    name="MemberRoom",
    play=play,
    texts={
        "solved": Text(
            headline="who is not logged in is out, whenever that is.",
            should="`scope['user']` is what was found out when the connection"
            " began. What has to hold now is asked for now.",
        ),
        "untouched": Text(
            headline="`MemberRoom` lets everybody in.",
            should="bob is not logged in: he is accepted, and then closed with"
            " the code `4401`. ada is closed with it when she speaks after she"
            " was struck off the list of users.",
            first="begin with bob: what is `self.scope['user']` when he"
            " connects, and what does it say of itself?",
        ),
        "ended": Text(
            headline="bob is not logged in, and the consumer ended without a"
            " close.",
            did="To end without a close is to hang up: bob got no code.",
            should="bob is accepted, and then closed with the code `4401`.",
            next="`await self.close(code=4401)`",
            missing="websocket.close",
            whose="bob",
        ),
        "let in": Text(
            headline="bob is not logged in, and is still connected.",
            should="bob is accepted, and then closed with the code `4401`.",
            next="ask `is_authenticated` of the user in the scope: bob's is an"
            " `AnonymousUser`, and not None.",
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
            did="The user of $name is called $user. That is a name; its"
            " `is_authenticated` is True.",
            should="Only who is not logged in is closed. The check has a list"
            " of users of its own: whether $name is in it, `get_user` knows.",
            next="close only where `is_authenticated` is False.",
        ),
        "a message": Text(
            headline="bob was told, and is still connected.",
            should="The connection is closed, and its code is `4401`.",
            next="`await self.close(code=4401)`",
            missing="websocket.close",
            whose="bob",
        ),
        "once": Text(
            headline="ada is no user any more, and is answered all the same.",
            did="ada received $got.",
            should="`self.scope['user']` still says who ada was when she"
            " connected. That she was struck off, only somebody who asks again"
            " gets to know. Her connection is closed with the code `4401`.",
            next="in `receive`, write `user = await get_user(self.scope)`; in"
            " a plain `def`, `async_to_sync(get_user)(self.scope)`.",
            why="M27",
        ),
        "not heeded": Text(
            headline="your code asks who ada is now, and answers her all the"
            " same.",
            did="It asked who ada is now: an `AnonymousUser`. ada received"
            " $got.",
            should="Whoever is an `AnonymousUser` by now is closed with the"
            " code `4401`: that is no None, and its `is_authenticated` is"
            " False.",
            next="keep what `get_user` gives, and write `if not"
            " user.is_authenticated:` before the close.",
        ),
        "left standing": Text(
            headline="ada is no user any more, and is left without a word.",
            should="Her connection is closed with the code `4401`.",
            next="close it in `receive`, too.",
            missing="websocket.close",
            whose="ada",
        ),
        "answered": Text(
            headline="ada is no user any more, and is answered before the"
            " close.",
            did="ada received $got.",
            should="Who she is now is asked first. If she is no user, there is"
            " no answer.",
            next="put the question before the answer.",
        ),
        "told first": Text(
            headline="ada is no user any more, and is told something before"
            " the close.",
            did="ada received $got.",
            should="Her connection is closed with the code `4401`, and nothing"
            " else is sent: the code says why.",
            next="send nothing before the close.",
        ),
        "goes on after": Text(
            headline="something is sent after the close.",
            did="$application raised $error: $text",
            should="After the close nothing is sent any more.",
            next="write `return` after the close, or `else:` before the"
            " answer.",
            why="M07",
        ),
        "no key": Text(
            headline="there is no key `user` in the session.",
            did="$application raised $error: $text",
            should="What stands in a session is known to the library. Who its"
            " user is, `get_user` says.",
            next="ask `get_user`, and then `is_authenticated`.",
        ),
        "no method": Text(
            headline="`is_authenticated` is True or False, and no method.",
            did="$application raised $error: $text",
            should="It is read as any attribute is, without parentheses.",
            next="take the parentheses away.",
        ),
        "no scope": Text(
            headline="something else than the scope was asked for its user.",
            did="$application raised $error: $text",
            should="`get_user` is given the scope: in it is the session, and"
            " of that the user is found.",
            next="write `await get_user(self.scope)`.",
        ),
        "other code": Text(
            headline="the connection of $name was closed with the code $code.",
            should="The code is `4401`: it tells $name's page to show the"
            " log-in.",
            next="`await self.close(code=4401)`",
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
        " connects, and is this still a user when he speaks?",
        "`self.scope['user'].is_authenticated` answers the first one. For the"
        " second one, ask again: `await get_user(self.scope)`.",
        "In `connect`, after the accept: `if not"
        " self.scope['user'].is_authenticated:` and then `await"
        " self.close(code=4401)`. In `receive`, before the answer, the same of"
        " `await get_user(self.scope)`, and `return` after the close.",
    ),
    stub=_STUB,
    solution=_SOLUTION,
    second="""\
class MemberRoom(WebsocketConsumer):
    def connect(self):
        self.accept()
        self.user_now()

    def user_now(self):
        user = async_to_sync(get_user)(self.scope)
        if user.is_authenticated:
            return user
        self.close(4401)

    def receive(self, text_data):
        if user := self.user_now():
            self.send(f"{user}: {text_data}")
""",
    wrong={
        "ended": edit(
            _SOLUTION,
            "            await self.close(code=4401)\n\n",
            "            raise StopConsumer\n\n",
        ),
        "let in": edit(
            _SOLUTION,
            'not self.scope["user"].is_authenticated',
            'self.scope["user"] is None',
        ),
        "refused before": edit(
            _SOLUTION,
            "        await self.accept()\n        if",
            "        if",
            "            await self.close(code=4401)\n\n",
            "            await self.close(code=4401)\n        else:\n"
            "            await self.accept()\n\n",
        ),
        "accepted twice": edit(
            _SOLUTION,
            "        await self.accept()\n        if",
            "        if",
            "            await self.close(code=4401)\n\n",
            "            await self.accept()\n"
            "            await self.close(code=4401)\n"
            "        await self.accept()\n\n",
        ),
        "members too": edit(
            _SOLUTION,
            'not self.scope["user"].is_authenticated',
            'self.scope["user"].pk != "ada"',
        ),
        "a message": edit(
            _SOLUTION,
            "self.close(code=4401)\n\n",
            'self.send(text_data="log in first")\n\n',
        ),
        "once": _CONNECT + _ANSWER,
        "not heeded": edit(
            _SOLUTION, "if not user.is_authenticated:", "if user is None:"
        ),
        "left standing": edit(
            _SOLUTION,
            "if not user.is_authenticated:\n"
            "            await self.close(code=4401)\n"
            "        else:\n",
            "if user.is_authenticated:\n",
        ),
        "answered": _CONNECT
        + _ANSWER
        + """\
        user = await get_user(self.scope)
        if not user.is_authenticated:
            await self.close(code=4401)
""",
        "told first": edit(
            _SOLUTION,
            "user.is_authenticated:\n            await self.close(code=4401)\n"
            "        else",
            "user.is_authenticated:\n"
            '            await self.send("log in again")\n'
            "            await self.close(code=4401)\n        else",
        ),
        "goes on after": edit(
            _SOLUTION,
            "        else:\n            await self.send",
            "        await self.send",
        ),
        "no key": edit(
            _SOLUTION,
            "await get_user(self.scope)",
            'self.scope["session"]["user"]',
        ),
        "no method": edit(
            _SOLUTION, "user.is_authenticated", "user.is_authenticated()"
        ),
        "no scope": edit(_SOLUTION, "get_user(self.scope)", "get_user(self)"),
        "other code": _SOLUTION.replace("code=4401", "code=4403"),
        "other": edit(_SOLUTION, "{user}: {text_data}", "{text_data}"),
        "forgotten": edit(_SOLUTION, "user = await get", "user = get"),
    },
)
