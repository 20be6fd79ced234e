"""The onion says what an application holds, and nothing else."""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

from minichannels.flow import onion
from minichannels.generic.websocket import WebsocketConsumer
from minichannels.middleware import BaseMiddleware
from minichannels.routing import (
    ChannelNameRouter,
    ProtocolTypeRouter,
    URLRouter,
    path,
    re_path,
)
from minichannels.security.websocket import OriginValidator
from minichannels.types import Receive, Scope, Send

SVG = "{http://www.w3.org/2000/svg}"


class Room(WebsocketConsumer):
    """A consumer."""


class UserMiddleware(BaseMiddleware):
    """A middleware."""


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    """Do nothing."""


def house() -> ProtocolTypeRouter:
    rooms = URLRouter([path("<int:number>/", Room.as_asgi()), path("", page)])
    inside = URLRouter([path("room/", rooms), re_path("^a$", Room.as_asgi())])
    return ProtocolTypeRouter(
        {
            "http": page,
            "websocket": OriginValidator(UserMiddleware(inside), ["*"]),
            "channel": ChannelNameRouter({"thumbnails": Room.as_asgi()}),
        }
    )


WORDS = """\
Onion: who calls whom

ProtocolTypeRouter, by scope["type"]
  "http": page
  "websocket": OriginValidator
    UserMiddleware
      URLRouter, by scope["path"]
        "room/": URLRouter, by scope["path"]
          "<int:number>/": Room
          "": page
        "^a$": Room
  "channel": ChannelNameRouter, by scope["channel"]
    "thumbnails": Room"""


def test_words_name_each_application_inside_of_who_calls_it() -> None:
    assert onion(house()).text == WORDS


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    """Return the left, top, right and bottom of the boxes."""
    found = re.findall(
        r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"'
        r' fill="#FFFFFF" stroke="#76818C"',
        svg,
    )
    numbers = (map(float, box) for box in found)
    return [(x, y, x + wide, y + high) for x, y, wide, high in numbers]


def depths(svg: str) -> Iterator[int]:
    """Give for each box how many are around it."""
    for box in boxes(svg):
        x, y, right, bottom = box
        around = [
            other
            for other in boxes(svg)
            if other[0] < x
            and other[1] < y
            and other[2] > right
            and other[3] > bottom
        ]
        apart = [
            other for other in boxes(svg) if other[1] >= bottom or other[3] <= y
        ]
        within = [
            other
            for other in boxes(svg)
            if other[0] > x
            and other[1] > y
            and other[2] < right
            and other[3] < bottom
        ]
        assert len(around + apart + within) == len(boxes(svg)) - 1
        yield len(around)


def test_each_box_lies_in_the_box_of_who_calls_it() -> None:
    lines = WORDS.splitlines()[2:]
    indents = [(len(line) - len(line.lstrip())) // 2 for line in lines]

    assert list(depths(onion(house()).svg)) == indents


def test_picture_names_each_application_and_each_value() -> None:
    figure = ElementTree.fromstring(onion(house()).svg)
    written = ["".join(text.itertext()) for text in figure.iter(f"{SVG}text")]

    for line in WORDS.splitlines()[2:]:
        value, _, name = line.strip().rpartition(": ")
        assert name in written
        assert value in written
    assert "11 applications" in written


def test_no_words_reach_out_of_their_box() -> None:
    svg = onion(house()).svg
    names = re.findall(
        r'<text x="([\d.]+)" y="([\d.]+)" font-size="10.5"><tspan[^>]*>([^<]+)'
        r"</tspan><tspan[^>]*>([^<]*)<",
        svg,
    )

    assert len(names) == len(boxes(svg))
    for (x, y, right, bottom), (left, base, *name) in zip(
        boxes(svg), names, strict=True
    ):
        wide = 0.62 * 10.5 * len("".join(name).replace("&quot;", '"'))
        assert x < float(left) < float(left) + wide < right
        assert y < float(base) < bottom


def test_table_says_by_whom_and_for_what_it_is_called() -> None:
    html = onion(house()).html

    row = (
        '<tr><th scope="row">Room</th><td>ChannelNameRouter</td>'
        "<td>&quot;thumbnails&quot;</td></tr>"
    )
    assert row in html
    assert '<th scope="row">UserMiddleware</th><td>OriginValidator</td>' in html
    assert 'alt="Onion: ProtocolTypeRouter, 11 applications in all.' in html


class Holder:
    """An application that is an object."""

    def __init__(self, **parts: Any) -> None:
        vars(self).update(parts)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("application", "inside"),
    [
        (Room.as_asgi(), []),
        (page, []),
        (Holder(), []),
        (Holder(app=page), ["page"]),
        (Holder(inner=None, application="text", app=page), ["page"]),
        (Holder(routes=["a route of another library"], app=page), ["page"]),
        (Holder(routes="none"), []),
        (URLRouter([]), []),
        (UserMiddleware(lambda *event: page(*event)), ["<lambda>"]),
    ],
)
def test_what_others_call_what_they_hold_is_known(
    application: Any, inside: list[str]
) -> None:
    lines = onion(application).text.splitlines()[3:]

    assert [line.strip() for line in lines] == inside


def test_a_circle_has_an_end() -> None:
    outer, inner = UserMiddleware(page), UserMiddleware(page)
    outer.inner, inner.inner = inner, outer

    figure = onion(outer)

    assert figure.text.endswith(
        "UserMiddleware\n  UserMiddleware\n    UserMiddleware again"
    )
    assert list(depths(figure.svg)) == [0, 1, 2]


def test_names_that_nobody_can_read_are_cut_and_escaped() -> None:
    router = ProtocolTypeRouter({"a" * 200: page, "\x1b<&": page})

    figure = onion(router)

    assert f'"{"a" * 39}…": page' in figure.text
    assert '"\\x1b<&": page' in figure.text
    ElementTree.fromstring(figure.svg)


def test_what_is_no_application_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"use Room\.as_asgi\(\)"):
        onion(Room)
