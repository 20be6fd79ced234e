"""The command that writes what the notebooks and the READMEs say of the course.

A lesson's title, question and minutes, what it builds on and what comes next
stand in one file, ``lab/notebook/course.toml``; so do the paths. This command
puts them where a reader meets them. It runs no cell.

    python -m minichannels.lab.building.course          write them
    python -m minichannels.lab.building.course --check  write nothing, compare
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from minichannels.flow.private import rewrite
from minichannels.lab.notebook.course import (
    CourseLesson,
    following,
    lessons,
    paths,
)

NOTEBOOKS = Path("notebooks")
PAGES = {Path("README.md"): "notebooks/", NOTEBOOKS / "README.md": ""}
"""The pages that list the lessons, and where the notebooks are from there."""

BEGIN = "<!-- {}: python -m minichannels.lab.building.course writes this -->"
END = "<!-- end -->"

MINUTES_OF_PRACTICE = 14


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the course into notebooks and pages, a line for each change.

    Args:
        arguments: those of the command line, unless given.

    Returns:
        The exit status: 1 if, with ``--check``, something would change.
    """
    parser = argparse.ArgumentParser(
        prog="python -m minichannels.lab.building.course",
        description="Write what notebooks and READMEs say of the course.",
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args(arguments).check
    changed = 0
    for path, text in written():
        if text != path.read_text(encoding="utf-8"):
            print(f"{path}: {'would change' if check else 'rewritten'}")
            changed += 1
            if not check:
                rewrite(path, text.encode())
    return 1 if check and changed else 0


def written() -> Iterator[tuple[Path, str]]:
    """Give each file that the course stands in, and the text it should have."""
    for lesson in lessons().values():
        path = NOTEBOOKS / f"{lesson.file}.ipynb"
        yield path, _notebook(lesson, path.read_text(encoding="utf-8"))
    for path, folder in PAGES.items():
        yield path, _page(path.read_text(encoding="utf-8"), folder)


def _notebook(lesson: CourseLesson, text: str) -> str:
    """Return a notebook with the head and the end that it should have."""
    notebook = json.loads(text)
    first = notebook["cells"][0]
    last = [c for c in notebook["cells"] if c["cell_type"] == "markdown"][-1]
    first["source"] = _lines(headed("".join(first["source"]), lesson))
    last["source"] = _lines(ended("".join(last["source"]), lesson))
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def headed(text: str, lesson: CourseLesson) -> str:
    """Return the first cell of a lesson with the course's words in it."""
    for pattern, line in (
        (r"# .*", f"# {lesson.name}"),
        (r"\*\*The question:\*\* .*", f"**The question:** {lesson.question}"),
        (r"\*\d+ minutes.*\*", f"*{_time(lesson)}. {_needs(lesson)}*"),
    ):
        literally = line.replace("\\", r"\\")
        text = re.sub(f"^{pattern}$", literally, text, count=1, flags=re.M)
    return text


def _time(lesson: CourseLesson) -> str:
    count = len(lesson.more_practice)
    if not count:
        return f"{lesson.minutes} minutes"
    these = "exercise that is" if count == 1 else "exercises that are"
    return (
        f"{lesson.minutes} minutes, and {more_minutes(lesson)} more for the"
        f' {these} marked "more practice"'
    )


def more_minutes(lesson: CourseLesson) -> int:
    """Return how many minutes more practice takes, in steps of five."""
    return -(-len(lesson.more_practice) * MINUTES_OF_PRACTICE // 5) * 5


def _needs(lesson: CourseLesson) -> str:
    if not lesson.builds_on:
        return (
            "You need nothing but Python: no Django, no Redis, no Docker, no"
            " second terminal."
        )
    links = [lessons()[number].link() for number in lesson.builds_on]
    *others, last = links
    named = f"{', '.join(others)} and {last}" if others else last
    return f"It builds on {named}."


NEXT = "**Next:** "


def ended(text: str, lesson: CourseLesson) -> str:
    """Return the last words of a lesson with those that say what comes next."""
    kept = text.partition(f"\n\n{NEXT}")[0]
    links = [
        _on(paths) + follower.link()
        for paths, follower in following(lesson.number)
    ]
    return f"{kept}\n\n{NEXT}{'; '.join(links)}." if links else kept


def _on(paths: list[str]) -> str:
    named = " and ".join(f"*{path}*" for path in paths)
    noun = "path" if len(paths) == 1 else "paths"
    return f"on the {noun} {named} " if paths else ""


def _page(text: str, folder: str) -> str:
    """Return a page with the tables that it should have."""
    for name, rows in (("lessons", _lessons(folder)), ("paths", _paths())):
        begin = BEGIN.format(name)
        if begin in text:
            before, _, rest = text.partition(begin)
            after = rest.partition(END)[2]
            table = "\n".join(rows)
            text = f"{before}{begin}\n{table}\n{END}{after}"
    return text


def _lessons(folder: str) -> Iterator[str]:
    yield "| lesson | the question it answers | minutes |"
    yield "|---|---|---|"
    for lesson in lessons().values():
        link = lesson.link(folder)
        yield f"| {link} | {lesson.question} | {lesson.minutes} |"


def _paths() -> Iterator[str]:
    yield "| path | lessons, and their minutes | what to leave out |"
    yield "|---|---|---|"
    for path in paths():
        whole = [lessons()[number].minutes for number in path.lessons]
        minutes = path.minutes or whole
        pairs = zip(path.lessons, minutes, strict=True)
        steps = ", ".join(f"{number} ({time})" for number, time in pairs)
        yield (
            f"| {path.name} | {steps}: {sum(minutes)} in all | {path.without} |"
        )


if __name__ == "__main__":
    sys.exit(main())
