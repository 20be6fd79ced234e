"""What explains the project names what there is, and leads somewhere."""

import functools
import re
from pathlib import Path
from typing import Any

import pytest

from support import ROOT
from support.prose import exists, names_in, stale
from support.rooms import BEGIN, COMMAND, END, PAGE, modules, plant, written

DOCUMENTS = [
    ROOT / "ARCHITECTURE.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
WORDS = re.findall(r"^\| ([\w-]+) \| (.+) \| `(.+)` \|$", GLOSSARY, re.M)

# Names of others, and the exercise that CONTRIBUTING makes up.
FOREIGN = {"async_to_sync", "e4_6", "to_thread"}


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def without_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


@functools.cache
def known() -> set[str]:
    """Return all words of the source, and of the tests' support."""
    files = [*modules().values(), *(ROOT / "tests" / "support").glob("*.py")]
    return {word for path in files for word in re.findall(r"\w+", read(path))}


def test_map_of_the_rooms_is_up_to_date() -> None:
    assert written(read(PAGE)) == read(PAGE), f"run: {COMMAND}"


def test_map_has_a_line_for_each_room_below_those_that_it_imports(
    tmp_path: Path,
) -> None:
    plant(
        tmp_path,
        {
            "a.py": '"""An A."""\nimport minichannels.b.c',
            "b/c.py": "from minichannels import z",
            "z.py": '"""A Z.\n\nMore of it."""',
        },
    )

    page = written(f"before {BEGIN}\nold\n{END} after", tmp_path)

    assert page.removeprefix("before ").removesuffix(" after").split("\n") == [
        BEGIN,
        "| room | what it is | imports |",
        "|---|---|---|",
        "| `z` | A Z. |  |",
        "| `b` |  | `z` |",
        "| `a` | An A. | `b` |",
        END,
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document_names_what_there_is(document: Path) -> None:
    assert stale(without_code(read(document)), known() | FOREIGN) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_of_a_document_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)]+)\)", without_code(read(document)))
    near = [target for target in targets if "://" not in target]

    for target in near:
        path, _, part = target.partition("#")
        found = document.parent / path if path else document
        assert found.exists(), target
        heads = re.findall(r"^#+ (.+)$", read(found), re.M) if part else []
        assert not part or part in [h.lower().replace(" ", "-") for h in heads]


def test_architecture_is_one_page_with_a_way_of_twelve_lines() -> None:
    text = read(PAGE)
    way = text.partition("## The way")[2].partition("## Where")[0]

    own = text.partition(BEGIN)[0] + text.partition(END)[2]

    assert re.findall(r"^(\d+)\. ", way, re.M) == [str(n) for n in range(1, 13)]
    assert own.count("\n") <= 50


def test_glossary_has_the_words_that_newcomers_ask_about() -> None:
    asked = "act band row step piece part span lane entry note ghost"

    assert {word for word, _, _ in WORDS} >= set(asked.split())


@pytest.mark.parametrize(("word", "meaning", "where"), WORDS)
def test_glossary_names_a_room_that_speaks_of_the_word(
    word: str, meaning: str, where: str
) -> None:
    files = [
        read(path)
        for name, path in modules().items()
        if f".{name}.".find(f".{where}.") >= 0
    ]

    assert exists(where)
    assert re.search(rf"(?i)\b{word}", "\n".join(files)), where
    assert meaning


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.name)
def test_decision_says_why_what_it_costs_and_what_would_change_it(
    decision: Path,
) -> None:
    text = read(decision)

    assert re.findall(r"^\*\*(.+?)\.\*\*", text, re.M)[0] == "Context"
    for part in ("Decision", "What it costs", "What would change our mind"):
        assert f"\n**{part}.** " in text
    assert text.count("\n") <= 13
    assert f"]({decision.name})" in read(decision.parent / "README.md")
    assert list(names_in(text))


DEBUGGING = read(ROOT / "docs" / "debugging.md")


def test_debugging_shows_what_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {}

    for example in re.findall(r"```python\n(.*?)```", DEBUGGING, re.DOTALL):
        exec(example, names)

    shown = capsys.readouterr().out
    assert "12 deliver 1 11 0\nFlow: 3 events." in shown
    assert "12 [[36], [37], [38, 39, 40], [41]]" in shown
    assert f'"no": {names["event"].seq}' in shown


def test_debugging_names_tests_that_there_are() -> None:
    commands = re.findall(r"pytest (\S+) -k (\S+|\".+?\")$", DEBUGGING, re.M)

    for path, words in commands:
        lessons = " ".join(p.name for p in (ROOT / "notebooks").iterdir())
        for word in words.strip('"').split(" and "):
            assert word in read(ROOT / path) + lessons
    assert len(commands) == 3
