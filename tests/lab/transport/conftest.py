from collections.abc import AsyncIterator

import pytest

from minichannels.lab.serving.serve import stop_all
from minichannels.lab.transport.memory import all_ended


@pytest.fixture
def in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINICHANNELS_WIRE", "memory")


@pytest.fixture
async def put_away() -> AsyncIterator[None]:
    yield
    stop_all()
    await all_ended()
