import pytest

from support.contract import KINDS, Kind


@pytest.fixture
def kind() -> Kind:
    return KINDS["nats"]
