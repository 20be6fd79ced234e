"""5.1: a route for each number, and what stands in the URL."""

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.checking.stage.steps import frame


async def play(stage: Stage) -> None:
    """Go to some rooms, to the garden, and to what is no room."""
    draw = stage.draw
    first = draw.number(12, 100, 9_999)
    await _enter(stage, "ada", first)
    await _enter(stage, "eve", 7)
    await _enter_garden(stage)
    await _enter(stage, "carl", draw.one(40, 0, 999_999, first + 1))
    outside = draw.one(
        "/room/attic/", "/room/b7/", "/attic/", "/cellar/garden/"
    )
    await _stay_outside(stage, outside)


async def _enter(stage: Stage, name: str, number: int) -> None:
    """Let a client into a room, and look at how it is greeted."""
    wanted = f"room {number}, and next door is {number + 1}"
    stage.values |= {
        "name": name,
        "path": frame(f"/room/{number}/"),
        "wanted": frame(wanted),
    }
    with stage.meaning(_KNOWN):
        client = await stage.connect(f"/room/{number}/", name)
    stage.require(client.heard, "silent")
    got = client.heard[0]
    shown = frame(got)
    stage.require(got == wanted or got != _SEVEN, "always seven", got=shown)
    begins = f"room {number}, and next door is {number}"
    glued = [f"{begins}{added}" for added in ("1", "+1", " + 1")]
    stage.require(got not in glued, "glued", got=shown)
    stage.require(client.heard == [wanted], "other", got=shown)


async def _enter_garden(stage: Stage) -> None:
    stage.values |= {
        "name": "bob",
        "path": frame("/room/garden/"),
        "wanted": frame("the garden"),
    }
    try:
        with stage.meaning(_KNOWN):
            bob = await stage.connect("/room/garden/", "bob")
    except Unsolved as miss:
        if _served(stage, "bob") == _served(stage, "ada"):
            miss.key = "garden"
        raise
    heard = " and ".join(map(frame, bob.heard)) or "nothing"
    in_room = _served(stage, "bob") == _served(stage, "ada")
    stage.require(bob.heard or in_room, "silent")
    key = "garden" if in_room else "other"
    stage.require(bob.heard == ["the garden"], key, got=heard)


def _served(stage: Stage, client: str) -> str:
    """Return which consumer a client came to."""
    came = stage.of("receive", client=client)
    return came[0].application.partition("#")[0] if came else ""


async def _stay_outside(stage: Stage, path: str) -> None:
    """Let a client come where no room is; the router may raise then."""
    stage.values |= {"name": "dora", "path": frame(path)}
    try:
        dora = await stage.knock(path, "dora")
    except Unsolved as miss:
        if miss.raised is None or stage.of("send", client="dora"):
            miss.key = "let in"
            raise
        if any(event.handler for event in stage.of("receive", client="dora")):
            miss.key = "crashed"
            raise
        return
    stage.require(not dora.accepted, "let in")


_SEVEN = "room 7, and next door is 8"
_KNOWN = {
    "No route found for path": "no route",
    'can only concatenate str (not "int") to str': "a text",
    "unsupported operand type(s) for +": "a text",
    "KeyError": "not in the scope",
    "'Room' object has no attribute": "not on self",
}

_ROOM = """\
class Room(WebsocketConsumer):
    def connect(self):
        number = self.scope["url_route"]["kwargs"]["number"]
        self.accept()
        self.send(text_data=f"room {number}, and next door is {number + 1}")


"""
_GARDEN = """\
class Garden(WebsocketConsumer):
    def connect(self):
        self.accept()
        self.send(text_data="the garden")


"""
_HOUSE = """\
hotel = URLRouter(
    [
        path("room/<int:number>/", Room.as_asgi()),
        path("room/garden/", Garden.as_asgi()),
    ]
)
"""
_STUB_ROOM = """\
class Room(WebsocketConsumer):
    def connect(self):
        self.accept()
        self.send(text_data="room 7, and next door is 8")


"""
_INT = "<int:number>"
_ANY = "<number>"
_SOLUTION = _ROOM + _GARDEN + _HOUSE
_SWAPPED = """\
hotel = URLRouter(
    [
        path("room/garden/", Garden.as_asgi()),
        path("room/<number>/", Room.as_asgi()),
    ]
)
"""

EXERCISE = Exercise(
    number="5.1",
    name="hotel",
    asks="application",
    play=play,
    texts={
        "solved": Text(
            headline="each number is a room, and nothing else is.",
            should="The route says which paths fit, and what becomes of the"
            " piece that it captures: `<int:…>` fits digits, and gives a"
            " number.",
        ),
        "untouched": Text(
            headline="`hotel` has a route for one room alone.",
            did="$application raised $error: $text",
            should="ada comes to `/room/12/` and receives `room 12, and next"
            " door is 13`.",
            first="begin with the route: what do you write in the place of"
            " `7`, so that any number fits?",
        ),
        "no route": Text(
            headline="there is no route to $path.",
            did="$application raised $error: $text",
            should="At $path, $name receives $wanted.",
            next="compare the path with the routes: each part of it has to"
            f" fit. `{_INT}` fits a number.",
        ),
        "always seven": Text(
            headline="$name came to $path, and is greeted in room 7.",
            did="$name received $got.",
            should="$name receives $wanted. What the route has captured, the"
            " consumer finds in its scope.",
            next='read `self.scope["url_route"]["kwargs"]["number"]` in'
            " `connect`, and put it into the text.",
        ),
        "a text": Text(
            headline="the number is still a text.",
            did="$application raised $error: $text",
            should=f"What `{_ANY}` captures is a text. `{_INT}` makes a number"
            " of it, and to a number one can add 1.",
            next=f"write `{_INT}` in the route.",
        ),
        "glued": Text(
            headline="`1` was put behind a text, not added to a number.",
            did="$name received $got.",
            should=f"$name receives $wanted. `{_INT}` in the route makes a"
            " number of what it captures.",
            next=f"write `{_INT}` in the route, and `number + 1`: in an"
            " f-string, inside of the braces.",
        ),
        "not in the scope": Text(
            headline="your code reads a key that is not there.",
            did="$application raised $error: $text",
            should='The scope has `"url_route"`, in it is `"kwargs"`, and in'
            " it each name that stands in the route.",
            next="use one name in the route and in `connect`:"
            f' `{_INT}` and `["kwargs"]["number"]`.',
        ),
        "not on self": Text(
            headline="your code does not find the number.",
            did="$application raised $error: $text",
            should="What the route has captured stands in the scope, under"
            ' `"url_route"`.',
            next='read `self.scope["url_route"]["kwargs"]["number"]`.',
        ),
        "silent": Text(
            headline="$name came to $path, and hears nothing.",
            should="$name receives $wanted.",
            missing="websocket.send",
            whose="$name",
        ),
        "garden": Text(
            headline="bob came to the garden, and `Garden` did not greet him.",
            should="bob is at `/room/garden/` and receives `the garden`.",
            next=f"use `{_INT}`, which does not fit the word `garden`; or move"
            " the route of the garden to the top.",
            why="M25",
        ),
        "let in": Text(
            headline="dora came to $path, and was let in.",
            should="Only a number is a room, and the garden is at"
            " `/room/garden/`. Anywhere else there is no route, and nobody is"
            " accepted.",
            next=f"use `{_INT}` in the route of the rooms: it fits digits"
            " alone. Leave the route of the garden as it is.",
        ),
        "crashed": Text(
            headline="dora came to $path, where no room is, and your consumer"
            " failed.",
            did="$application raised $error: $text",
            should="Only a number is a room. Anywhere else nobody is let in,"
            " and no consumer fails.",
            next=f"use `{_INT}` in the route of the rooms: it fits digits"
            " alone, and gives a number.",
        ),
        "other": Text(
            headline="the greeting reads differently.",
            did="$name received $got.",
            should="$name receives $wanted, and nothing else.",
            next="compare the two letter by letter.",
        ),
    },
    hints=(
        "Two places change: the route, so that it fits; and `connect`, which"
        " finds in the scope what the route has captured.",
        f'`"room/{_INT}/"` fits a path with a number. The number is then in'
        ' `self.scope["url_route"]["kwargs"]["number"]`.',
        'In `connect`: `number = self.scope["url_route"]["kwargs"]["number"]`,'
        ' then `self.send(text_data=f"room {number}, and next door is {number'
        ' + 1}")`',
    ),
    stub=_STUB_ROOM + _GARDEN + edit(_HOUSE, _INT, "7"),
    solution=_SOLUTION,
    second="""\
class Room(AsyncWebsocketConsumer):
    async def connect(self):
        number = self.scope["url_route"]["kwargs"]["room"]
        await self.accept()
        await self.send(f"room {number}, and next door is {number + 1}")


class Garden(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        await self.send("the garden")


rooms = URLRouter(
    [
        path("garden/", Garden.as_asgi()),
        path("<int:room>/", Room.as_asgi()),
    ]
)
hotel = URLRouter([path("room/", rooms)])
""",
    wrong={
        "no route": _ROOM + _GARDEN + edit(_HOUSE, _INT, "number"),
        "always seven": _STUB_ROOM + _GARDEN + _HOUSE,
        "a text": _ROOM + _GARDEN + edit(_SWAPPED, _ANY, "<str:number>"),
        "glued": edit(
            _ROOM, "{number}, and", "{number}, and", "{number + 1}", "{number}1"
        )
        + _GARDEN
        + _HOUSE,
        "not in the scope": edit(_ROOM, '["url_route"]["kwargs"]', "")
        + _GARDEN
        + _HOUSE,
        "garden": edit(
            _ROOM,
            "number =",
            "number = int(",
            '"]\n        self.acc',
            '"])\n        self.acc',
        )
        + _GARDEN
        + edit(_HOUSE, _INT, _ANY),
        "let in": edit(
            _ROOM,
            "        self.accept()\n",
            "        self.accept()\n        number = int(number)\n",
        )
        + _GARDEN
        + _SWAPPED,
        "crashed": edit(
            _ROOM,
            "number =",
            "number = int(",
            '"]\n        self.acc',
            '"])\n        self.acc',
        )
        + _GARDEN
        + _SWAPPED,
        "other": edit(
            _ROOM, "next door is {number + 1}", "next is {number + 1}"
        )
        + _GARDEN
        + _HOUSE,
        "not on self": edit(
            _ROOM, 'self.scope["url_route"]["kwargs"]["number"]', "self.number"
        )
        + _GARDEN
        + _HOUSE,
        "silent": edit(_ROOM, "self.send(text_data=", "print(")
        + _GARDEN
        + _HOUSE,
    },
)
