"""What stands in an object: found as Python finds it, and nothing is run."""

import inspect
from typing import Any

import pytest

from minichannels.flow.recording.endpoints.attributes import attributes, kept


class Meta(type):
    def __getattribute__(cls, name: str) -> Any:
        raise RuntimeError(f"a class was asked for {name}")

    def asked(cls) -> None:
        """Be found in classes of this one, and not in their objects."""


class Slots:
    __slots__ = ("empty", "full")

    def __init__(self) -> None:
        self.full = "in a slot"


class Base:
    below = "of a base"


class Thing(Base):
    above = "of the class"

    def __init__(self) -> None:
        self.own = "its own"
        self.above = "over the class"

    @property
    def worked_out(self) -> str:
        raise RuntimeError("a property was asked")

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"it was asked for {name}")


class Strict(metaclass=Meta):
    here = "of a class that answers nobody"


class Lazy:
    """Say that it is something else, as a lazy object does."""

    __class__ = property(lambda self: 1 / 0)


THINGS: list[tuple[Any, str, Any]] = [
    (Thing(), "own", "its own"),
    (Thing(), "above", "over the class"),
    (Thing(), "below", "of a base"),
    (Thing(), "worked_out", vars(Thing)["worked_out"]),
    (Thing(), "nowhere", None),
    (Thing, "above", "of the class"),
    (Thing, "below", "of a base"),
    (Thing, "own", None),
    (Slots(), "full", "in a slot"),
    (Slots(), "empty", None),
    (Slots, "full", vars(Slots)["full"]),
    (3, "real", vars(int)["real"]),
    (None, "own", None),
]

# Of these Python's own function does ask something.
TOUCHY: list[tuple[Any, str, Any]] = [
    (Strict(), "here", "of a class that answers nobody"),
    (Strict, "here", "of a class that answers nobody"),
    (Lazy(), "own", None),
]


# By number: pytest would ask what it is given for a name.
@pytest.mark.parametrize("number", range(len(THINGS + TOUCHY)))
def test_an_attribute_is_found_and_nothing_is_run(number: int) -> None:
    thing, name, value = (THINGS + TOUCHY)[number]

    assert kept(thing, name) is value


@pytest.mark.parametrize("number", range(len(THINGS)))
def test_what_python_finds_without_running_code_is_the_same(
    number: int,
) -> None:
    thing, name, _ = THINGS[number]

    known = inspect.getattr_static(thing, name, None)
    in_slot = isinstance(thing, Slots)  # Python says where it stands

    assert in_slot or kept(thing, name) is known


def test_what_stands_in_an_object_itself_is_given_without_its_class() -> None:
    assert dict(attributes(Thing())) == {
        "own": "its own",
        "above": "over the class",
    }
    assert dict(attributes(Slots())) == {}
