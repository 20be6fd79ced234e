import pytest

from support.contract import ENGINES, KINDS, Kind


@pytest.fixture(params=ENGINES)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]
