"""5.1: a route for each number."""

from minichannels.lab.checking.stage.exercise import edit, find

_SOLUTION = find("5.1").solution

_CONSUMERS = """\
class Room(WebsocketConsumer):
    def connect(self):
        number = self.scope["url_route"]["kwargs"]["number"]
        self.accept()
        self.send(text_data=f"room {number}, and next door is {…}")


class Garden(WebsocketConsumer):
    def connect(self):
        self.accept()
        self.send(text_data="the garden")


"""
_PLAIN = _CONSUMERS.replace("…", "number + 1")
_MADE = _CONSUMERS.replace("…", "int(number) + 1")


def _routes(*rooms: str, before: str = "") -> str:
    garden = 'path("room/garden/", Garden.as_asgi())'
    lines = ",\n    ".join(filter(None, [before, garden, *rooms]))
    return f"hotel = URLRouter([\n    {lines},\n])\n"


def _room(pattern: str, kind: str = "path") -> str:
    return f'{kind}(r"{pattern}", Room.as_asgi())'


def _reading(lines: str) -> str:
    """Return an answer whose room has some lines in front of its greeting."""
    return _MADE.replace(
        "        self.accept()\n        self.send(text_data=f",
        f"{lines}        self.accept()\n        self.send(text_data=f",
        1,
    )


_RE_PATH = "from minichannels.routing import re_path\n\n\n"
_DIGITS = r"^room/(?P<number>[0-9]+)/$"

RIGHT = (
    _RE_PATH + _MADE + _routes(_room(_DIGITS, "re_path")),
    _PLAIN
    + """\
NUMBERS = URLRouter([path("<int:number>/", Room.as_asgi())])
GARDEN = URLRouter([path("", Garden.as_asgi())])
hotel = URLRouter([path("room/", NUMBERS), path("room/garden/", GARDEN)])
""",
    """\
import re


async def tell(receive, send, text):
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": text})
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def hotel(scope, receive, send):
    path = scope["path"]
    if path == "/room/garden/":
        await tell(receive, send, "the garden")
    elif found := re.fullmatch(r"/room/(\\d+)/", path):
        number = int(found[1])
        text = f"room {number}, and next door is {number + 1}"
        await tell(receive, send, text)
    else:
        await send({"type": "websocket.close"})
""",
    """\
class Place(AsyncWebsocketConsumer):
    async def connect(self):
        words = self.words(**self.scope["url_route"]["kwargs"])
        await self.accept()
        await self.send(text_data=words)


class Room(Place):
    def words(self, here):
        return "room %d, and next door is %d" % (here, here + 1)


class Garden(Place):
    def words(self):
        return "the garden"


routes = {"room/<int:here>/": Room, "room/garden/": Garden}
hotel = URLRouter(path(url, made.as_asgi()) for url, made in routes.items())
""",
    """\
class Anywhere(WebsocketConsumer):
    def connect(self):
        _, _, place, _ = self.scope["path"].split("/")
        if place == "garden":
            words = "the garden"
        elif place.isdigit():
            words = f"room {place}, and next door is {int(place) + 1}"
        else:
            return self.close()
        self.accept()
        self.send(words)


hotel = URLRouter([path("room/<slug:place>/", Anywhere.as_asgi())])
""",
)

_LET_IN = """\
        try:
            int(number)
        except ValueError:
            number = 0
"""

CHEATS = {
    "no route": (
        _PLAIN
        + 'hotel = URLRouter([path("room/<int:number>/", Room.as_asgi())])\n',
        _PLAIN
        + _routes(
            *(
                f'path("room/{n}/", Room.as_asgi(), {{"number": {n}}})'
                for n in (7, 12, 40)
            )
        ),
        _PLAIN
        + "hotel = URLRouter([path('room/garden/', Garden.as_asgi())] + [\n"
        "    path(f'room/{n}/', Room.as_asgi(), {'number': n})"
        " for n in range(100)\n])\n",
        _RE_PATH
        + _MADE
        + _routes(_room(r"^room/(?P<number>\d\d?)/$", "re_path")),
        _RE_PATH
        + _MADE
        + _routes(_room(r"^room/(?P<number>7|12|40)/$", "re_path")),
    ),
    "other": (
        _CONSUMERS.replace(
            "…", "13 if number == 12 else 8 if number == 7 else 41"
        )
        + _routes(_room("room/<int:number>/")),
        _CONSUMERS.replace("…", "number + 1 if number < 1000 else 13")
        + _routes(_room("room/<int:number>/")),
        _PLAIN.replace("        number = self", "        number = 12 or self")
        + _routes(_room("room/<int:number>/")),
        _PLAIN.replace("class Room", "seen = []\n\n\nclass Room").replace(
            "        self.accept()\n        self.send(text_data=f",
            "        seen.append(number)\n        number = seen[0]\n"
            "        self.accept()\n        self.send(text_data=f",
            1,
        )
        + _routes(_room("room/<int:number>/")),
        _PLAIN.replace('"the garden"', '"room garden"')
        + _routes(_room("room/<int:number>/")),
    ),
    "let in": (
        edit(
            _SOLUTION,
            'path("room/garden/", Garden.as_asgi()),',
            'path("<anything>/garden/", Garden.as_asgi()),',
        ),
        _reading(_LET_IN) + _routes(_room("room/<number>/")),
        _PLAIN
        + _routes(
            _room("room/<int:number>/"), 'path("<path:rest>", Garden.as_asgi())'
        ),
        _MADE.replace(
            "        number", "        self.accept()\n        number", 1
        ).replace(
            "        self.accept()\n        self.send(text_data=f",
            "        self.send(text_data=f",
            1,
        )
        + _routes(_room("room/<number>/")),
    ),
    "garden": (
        _MADE + _routes(before=_room("room/<str:number>/")),
        _reading(_LET_IN) + _routes(before=_room("room/<slug:number>/")),
    ),
    "always seven": (
        _PLAIN.replace("        number = self", "        number = 7 or self")
        + _routes(_room("room/<int:number>/")),
    ),
}
