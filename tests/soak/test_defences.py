"""Each defence has a test that fails without it."""

from support import defences


def test_each_defence_is_missed_when_it_is_gone() -> None:
    assert [
        defences.TABLE[number].attack
        for number in defences.chosen([])
        if not defences.takes(number)
    ] == []
