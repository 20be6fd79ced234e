import re

from minichannels.lab.checking.texts.misconceptions import (
    as_markdown,
    explained,
    register,
)


def test_register_is_numbered_without_gaps() -> None:
    assert list(register()) == [
        f"M{number:02}" for number in range(1, len(register()) + 1)
    ]
    for entry in register().values():
        assert re.fullmatch(r"\d\d", entry.lesson)
        assert entry.believed.endswith(".")
        assert entry.true.rstrip(")").endswith(".")


def test_explained_says_what_is_believed_and_what_is_true() -> None:
    assert explained("M13").startswith(
        'Often believed: "`self.send` reaches everybody." In fact:'
        " `self.send()` reaches only"
    )


def test_explained_says_at_first_what_holds_alone() -> None:
    assert explained("M08", coy=True) == (
        'Often believed: "The class is the application." In fact: A server'
        " calls an application once for each connection."
    )
    assert explained("M12", coy=True).endswith("`chat_message`.")


def test_as_markdown_is_a_table_with_a_row_for_each() -> None:
    lines = as_markdown().splitlines()

    assert len(lines) == 2 + len(register())
    assert lines[2].startswith("| M01 | 01 | The application returns")
    assert lines[2].endswith("| 1.1 returned it |")
    assert any(line.endswith("| any |") for line in lines)
