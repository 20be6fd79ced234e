"""What people really write does the same on Channels and on minichannels.

Each file of ``shapes`` is an application, a play, and what each client is to
hear. A play is performed by the communicators of both libraries, recorded and
not, and by clients of real servers.
"""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest

from support.both import PACKAGES, fresh_layers
from support.wild import (
    SHAPES,
    as_heard,
    in_communicators,
    recorded,
    shape,
    under_the_lab,
    under_uvicorn,
)

NAMES = sorted(file.stem for file in SHAPES.glob("*.py"))


@pytest.fixture(autouse=True)
def layers() -> Iterator[None]:
    with fresh_layers():
        yield


def on_both(*, over_a_wire: bool) -> list[Any]:
    """Return each shape with each library; DIFFERS says what is not so yet."""
    chosen = []
    for name in NAMES:
        ours = vars(shape("minichannels", name))
        if over_a_wire and not ours.get("SERVED", True):
            continue
        differs = ours.get("DIFFERS")
        for package in PACKAGES:
            marks = []
            if differs and package == "minichannels":
                marks = [pytest.mark.xfail(strict=True, reason=differs)]
            chosen.append(pytest.param(name, package, marks=marks))
    return chosen


each_shape = pytest.mark.parametrize(
    ("name", "package"), on_both(over_a_wire=False)
)
each_served = pytest.mark.parametrize(
    ("name", "package"), on_both(over_a_wire=True)
)


def test_there_are_shapes() -> None:
    assert len(NAMES) >= 10


STAGES: dict[str, Callable[[Any, Any], Awaitable[Any]]] = {
    **{p: partial(in_communicators, package=p) for p in PACKAGES},
    "recorded": recorded,
}
WIRES = {"uvicorn": under_uvicorn, "lab": under_the_lab}


@each_shape
@pytest.mark.parametrize("stage", STAGES)
async def test_a_shape_sends_the_same_to_communicators(
    name: str, package: str, stage: str
) -> None:
    played = shape(package, name)
    heard = await STAGES[stage](played.APP, played.PLAY)
    assert heard == played.HEARD
    assert getattr(played, "NOTES", []) == getattr(played, "NOTED", [])


@each_served
@pytest.mark.parametrize("wire", WIRES)
async def test_clients_of_a_served_shape_hear_the_same(
    name: str, package: str, wire: str
) -> None:
    played = shape(package, name)
    heard = await WIRES[wire](played.APP, played.PLAY)
    assert heard == {n: as_heard(events) for n, events in played.HEARD.items()}
