import pytest

from minichannels.flow.processes.naming import require_process_name


@pytest.mark.parametrize("name", ["web-1", "a", "A.b_c-9", "x" * 20])
def test_a_name_may_be_a_part_of_others(name: str) -> None:
    assert require_process_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "a/b", "..", "-x", "web 1", "ä", "a@b", "x" * 21, "a\n", 7]
)
def test_what_is_no_name_is_said(name: object) -> None:
    with pytest.raises(ValueError, match="a process cannot be called"):
        require_process_name(name)
