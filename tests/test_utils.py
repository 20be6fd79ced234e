import functools

import pytest

from minichannels.utils import name_that_thing


def knock() -> None: ...


class Room:
    def enter(self) -> None: ...


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (Room, f"{__name__}.Room"),
        (Room(), f"{__name__}.Room"),
        (Room.enter, f"{__name__}.Room.enter"),
        (Room().enter, f"{__name__}.Room.enter"),
        (knock, f"{__name__}.knock"),
        (functools.partial(knock), "functools.partial"),
        (len, "builtins.len"),
        (1, "builtins.int"),
    ],
)
def test_name_that_thing_is_a_dotted_name(thing: object, name: str) -> None:
    assert name_that_thing(thing) == name
