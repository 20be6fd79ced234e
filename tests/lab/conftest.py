from collections.abc import Iterator

import pytest

from minichannels.lab.registry import stop_all
from support.layers import fresh_layer


@pytest.fixture(autouse=True)
def bench() -> Iterator[None]:
    """Begin with a layer of its own, and leave no server."""
    with fresh_layer():
        yield
        stop_all()
