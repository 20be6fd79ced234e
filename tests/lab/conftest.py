from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from minichannels.lab.checking.sandbox import fair_time
from minichannels.lab.serving.serve import stop_all
from minichannels.lab.transport.memory import all_ended
from support.layers import fresh_layer


@pytest.fixture(autouse=True)
def bench() -> Iterator[None]:
    """Begin with a layer of its own, and leave no server."""
    with fresh_layer():
        yield
        stop_all()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the lab keep what it keeps in an empty folder."""
    monkeypatch.setenv("MINICHANNELS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def longest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a check find its code too slow however busy the machine is.

    A tenth of a processor is little, and tests that run side by side may have
    less: to learners it would be said that the machine is busy.
    """
    monkeypatch.setattr(fair_time, "LONGEST", 60)


@pytest.fixture(params=["socket", "memory"])
async def wire(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    """Choose the wire for serve(): the test is run on each."""
    monkeypatch.setenv("MINICHANNELS_WIRE", request.param)
    yield request.param
    stop_all()
    await all_ended()  # while there is an event loop
