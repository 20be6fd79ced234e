from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

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


@pytest.fixture(params=["socket", "memory"])
async def wire(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    """Choose the wire for serve(): the test is run on each."""
    monkeypatch.setenv("MINICHANNELS_WIRE", request.param)
    yield request.param
    stop_all()
    await all_ended()  # while there is an event loop
