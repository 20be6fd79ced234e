"""Rooms are small, lead one way, and each class has a name of its own."""

import ast
from collections import Counter
from pathlib import Path

from support import ROOT
from support.rooms import (
    OURS,
    SOURCE,
    arrows,
    circle,
    inside,
    modules,
    packages,
    plant,
    short,
)

MOST = 12  # modules of one package, those of the packages in it not counted

# One file is one exercise, and its name is its number: there one looks up.
CATALOGUES = {"minichannels.lab.exercises"}

# Folders of tests that look at all of it from outside.
NAMES = {"management", "management/commands"}  # Channels', of other modules
WHOLE = {
    "benchmarks",
    "browser",
    "compat",
    "lessons",
    "servers",
    "soak",
    "wild",
    "wild/packages",
}


def circles(source: Path) -> list[str]:
    """List those that import each other, in each package.

    No circle of modules escapes: somewhere above them is a package in which
    they stand in different parts, and there the parts make a circle.
    """
    files = modules(source)
    known = arrows(files)
    return [
        f"{name or 'the face'} is in a circle of {short(package)}"
        for package in packages(files)
        for name in circle(inside(package, known))
    ]


def crowded(source: Path) -> list[str]:
    """List the packages in which nobody finds anything."""
    files = modules(source)
    rooms = packages(files)
    count = dict.fromkeys(rooms, 0)
    for name in files.keys() - set(rooms):
        count[name.rpartition(".")[0]] += 1
    return [
        f"{short(room)} has more than {MOST} modules"
        for room in rooms
        if count[room] > MOST and room not in CATALOGUES
    ]


def namesakes(source: Path) -> list[str]:
    """List the names that more than one class has."""
    count = Counter(
        node.name
        for path in modules(source).values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    return [
        f"{times} classes are called {name}"
        for name, times in count.items()
        if times > 1
    ]


def test_rooms_are_small_lead_one_way_and_no_class_has_a_namesake() -> None:
    found = circles(SOURCE) + crowded(SOURCE) + namesakes(SOURCE)

    assert found == []


def test_each_room_has_its_folder_of_tests_and_others_test_the_whole() -> None:
    rooms = {short(name).replace(".", "/") for name in packages(modules())}
    rooms.remove(OURS)  # its own modules are tested at the top
    rooms -= NAMES
    tests = ROOT / "tests"
    folders = {path.parent for path in tests.glob("**/test_*.py")} - {tests}

    named = {folder.relative_to(tests).as_posix() for folder in folders}

    assert named ^ rooms == WHOLE


def test_circles_finds_those_that_a_function_or_a_type_closes(
    tmp_path: Path,
) -> None:
    plant(
        tmp_path,
        {
            "a/one.py": "from minichannels.b import two",
            "a/three.py": "",
            "b/two.py": "def f():\n  import minichannels.a.three",
            "b/four.py": "if TYPE_CHECKING:\n  import minichannels.b.two",
        },
    )

    assert circles(tmp_path) == [
        "a is in a circle of minichannels",
        "b is in a circle of minichannels",
    ]


def test_circles_finds_who_imports_the_face_of_their_own_package(
    tmp_path: Path,
) -> None:
    face = "minichannels.a"
    plant(tmp_path, {"a/one.py": f"import {face}"})
    (tmp_path / OURS / "a/__init__.py").write_text(f"import {face}.one")

    assert circles(tmp_path) == [
        "the face is in a circle of a",
        "one is in a circle of a",
    ]


def test_crowded_finds_a_package_with_more_than_twelve(tmp_path: Path) -> None:
    files = [
        f"{letter}/m{number}.py" for letter in "ab" for number in range(12)
    ]
    plant(tmp_path, dict.fromkeys([*files, "b/c/d.py", "a/m13.py"], ""))

    assert crowded(tmp_path) == ["a has more than 12 modules"]


def test_namesakes_finds_a_class_in_a_function_too(tmp_path: Path) -> None:
    plant(
        tmp_path,
        {"a.py": "class A: pass", "b.py": "def f():\n  class A: pass"},
    )

    assert namesakes(tmp_path) == ["2 classes are called A"]
