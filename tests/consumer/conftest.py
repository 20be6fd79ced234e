from collections.abc import Iterator

import pytest

from minichannels.layers import InMemoryChannelLayer
from support.layers import fresh_layer


@pytest.fixture
def layer() -> Iterator[InMemoryChannelLayer]:
    with fresh_layer() as layer:
        yield layer
