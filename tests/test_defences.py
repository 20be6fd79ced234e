"""Each attack has a defence, and each defence a test that would miss it."""

import re

import pytest

from support import ROOT, defences
from support.defences import PAGE, TABLE, Defence, main, owner_of, page, takes

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), defences.COMMAND


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.attack[:30])
def test_row_names_a_defence_and_tests_that_there_are(row: Defence) -> None:
    if row.without is None:
        assert row.tests == []
        return
    owner, name = owner_of(row.where)
    assert hasattr(owner, name)
    for test in row.tests:
        file, _, function = test.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {function}\(", text, re.M), test


def test_no_attack_is_there_twice() -> None:
    assert len({row.attack for row in TABLE}) == len(TABLE)


def test_command_notices_a_defence_without_a_test(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [row for row in TABLE if row.attack.startswith("`;` or a line")]
    useless = found[0]._replace(attack="no use", without=lambda same: same)
    monkeypatch.setattr(defences, "TABLE", (*found, useless))
    monkeypatch.setattr(defences, "takes", lambda number: number == 0)

    assert main([]) == 1
    assert main(["`;`"]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == [
        f"fails              {found[0].attack}",
        "PASSES WITHOUT IT  no use",
        "1 of 2 tests notice.",
    ]


def test_taking_out_a_defence_lets_its_test_fail() -> None:
    (number,) = defences.chosen(["in a subprotocol"])

    assert takes(number)
