"""Each defence has a test that fails without it."""

import pytest

from support import defences
from support.defences import TABLE


@pytest.mark.parametrize(
    "number", defences.chosen([]), ids=lambda n: TABLE[n].attack[:40]
)
def test_defence_is_missed_when_it_is_gone(number: int) -> None:
    assert defences.takes(number)
