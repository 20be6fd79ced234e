from collections.abc import Iterator

import pytest

from minichannels.lab.engine.valkey import let_go


@pytest.fixture(autouse=True)
def used_no_more() -> Iterator[None]:
    """Leave no server."""
    yield
    let_go()
