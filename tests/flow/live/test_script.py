"""The one file of the live view is made of its modules."""

import re
import runpy
from pathlib import Path

import pytest

from minichannels.flow.live import script

SOURCES = {path.stem: path for path in script.MODULES.glob("*.js")}


def imports(source: str) -> list[tuple[str, set[str]]]:
    found = re.findall(r'^import \{([^}]*)\} from "\./(\w+)', source, re.M)
    return [(other, set(re.findall(r"\w+", names))) for names, other in found]


def exports(source: str) -> set[str]:
    kinds = "const|class|function|async function"
    return set(re.findall(rf"^export (?:{kinds}) (\w+)", source, re.MULTILINE))


def test_the_file_is_as_the_modules_are() -> None:
    stored = script.SCRIPT.read_text(encoding="utf-8")

    assert stored == script.script(), f"run {script._COMMAND}"


def test_command_writes_the_file_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: dict[str, str] = {}

    def write(path: Path, text: str, **options: str) -> None:
        written[path.name] = text

    monkeypatch.setattr(Path, "write_text", write)
    runpy.run_path(script.__file__, run_name="__main__")

    assert written == {"live.js": script.script()}


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_module_is_small_and_part_of_the_file(name: str) -> None:
    source = SOURCES[name].read_text(encoding="utf-8")

    assert len(source.splitlines()) <= 200
    assert script._IMPORT.sub("", source) in script.script()


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_module_imports_what_others_export_and_uses_it(name: str) -> None:
    source = SOURCES[name].read_text(encoding="utf-8")

    for other, words in imports(source):
        theirs = SOURCES[other].read_text(encoding="utf-8")
        assert words <= exports(theirs), other
        for word in words:
            assert len(re.findall(rf"\b{word}\b", source)) > 1, word


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_module_calls_nothing_of_others_without_import(name: str) -> None:
    source = SOURCES[name].read_text(encoding="utf-8")
    others = [p for stem, p in SOURCES.items() if stem != name]
    theirs = {w for p in others for w in exports(p.read_text("utf-8"))}
    code = re.sub(r"//.*|/\*.*?\*/", "", source)

    called = set(re.findall(r"(?<![.\w])(\w+)(?=\()", code))

    own = set(re.findall(r"^(?:function |  )(\w+)\(.*\{$", source, re.M))
    imported = {w for _, words in imports(source) for w in words}
    assert (called & theirs) - own <= imported


def test_no_two_modules_give_a_name_to_something() -> None:
    kinds = "const|let|class|function|async function"
    names = [
        name
        for source in SOURCES.values()
        for name in re.findall(
            rf"^(?:export )?(?:{kinds}) (\w+)",
            source.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    ]

    assert [name for name in set(names) if names.count(name) > 1] == []


def test_modules_stand_behind_what_they_import(tmp_path: Path) -> None:
    sources = {
        "live": 'import { a } from "./a.js";\nimport { b } from "./b.js";\nL',
        "a": 'import { b } from "./b.js";\nA',
        "b": "B",
    }
    for name, source in sources.items():
        (tmp_path / f"{name}.js").write_text(f"{source}\n", encoding="utf-8")

    made = script.script(tmp_path)

    assert made == f"{script._HEAD}\nB\n\nA\n\nL\n"


@pytest.mark.parametrize(
    "words",
    ['import a from "./a.js";', 'import * as a from "./a.js";', "import './a'"],
)
def test_import_of_another_kind_is_refused(tmp_path: Path, words: str) -> None:
    (tmp_path / "live.js").write_text(f"{words}\n", encoding="utf-8")

    with pytest.raises(ValueError, match=r"live\.js imports in a way"):
        script.script(tmp_path)
