from collections.abc import Iterator
from pathlib import Path

import pytest

from minichannels.lab import hint
from minichannels.lab.checking.texts import texts
from minichannels.lab.exercises import e4_1
from support.exercises import result_of

GERMAN = """
[frame]
unsolved = "noch nicht gelöst"

["4.1".untouched]
headline = "bob soll adas Tee zahlen."
unknown = "nothing"

["4.1"]
"hint 1" = "Wie oft läuft die Zeile?"

[misconceptions]
M10 = "Was in der Klasse steht, gehört allen."
"""


@pytest.fixture(autouse=True)
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "de.toml").write_text(GERMAN, "utf-8")
    monkeypatch.setattr(texts, "TRANSLATIONS", tmp_path)
    monkeypatch.setenv("MINICHANNELS_LANGUAGE", "de")
    texts._all_of.cache_clear()
    yield
    texts._all_of.cache_clear()


async def test_translation_takes_the_place_of_what_it_has() -> None:
    shown = str(await result_of("4.1", e4_1.EXERCISE.stub))

    assert "4.1 noch nicht gelöst: bob soll adas Tee zahlen." in shown
    assert "What I did" in shown
    shared = str(await result_of("4.1", e4_1.EXERCISE.wrong["shared"]))
    assert "Was in der Klasse steht, gehört allen." in shared
    assert repr(hint("4.1", 1)) == "Hint 1 of 3: Wie oft läuft die Zeile?"


def test_language_that_is_not_there_stays_english(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MINICHANNELS_LANGUAGE", "../secrets")

    assert texts.say("solved") == "solved"


def test_filled_leaves_what_has_no_value() -> None:
    assert texts.filled("$a costs $5, $b", {"a": "tea"}) == "tea costs $5, $b"
