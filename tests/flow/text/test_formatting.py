import pytest

from minichannels.flow.text.formatting import cells, told_apart


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ada", "ada"),
        ("browser#12", "browser#12"),
        ("browser#112", "brows…#112"),
        ("student-from-york", "stud…-york"),
        ("student-from-bath", "stud…-bath"),
        ("#" * 30, "########…#"),
        ("room#" + "9" * 30, "room…99999"),
    ],
)
def test_of_a_long_name_both_ends_are_shown(name: str, shown: str) -> None:
    assert told_apart(name, 10) == shown
    assert cells(shown) <= 10
