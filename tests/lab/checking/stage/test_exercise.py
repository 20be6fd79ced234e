import pytest

from minichannels.lab.checking.stage.exercise import edit

CODE = "a = 1\nb = 2\n"


def test_edit_replaces_pieces_in_pairs() -> None:
    assert edit(CODE, "1", "3", "b", "c") == "a = 3\nc = 2\n"
    assert edit(CODE, "a = 1\n", "") == "b = 2\n"


@pytest.mark.parametrize(("old", "times"), [("c", 0), (" = ", 2)])
def test_edit_refuses_a_piece_that_does_not_occur_once(
    old: str, times: int
) -> None:
    with pytest.raises(ValueError, match=f"{old!r} occurs {times} times"):
        edit(CODE, old, "")


def test_edit_refuses_a_piece_without_its_pair() -> None:
    with pytest.raises(ValueError, match="shorter"):
        edit(CODE, "a", "b", "c")
