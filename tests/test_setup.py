"""What a newcomer and a packager meet: files that must agree."""

import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import minichannels
from soak.test_extras import ALONE, extras
from support import ROOT, later

TOP_LEVEL = {
    ".ci",
    ".gitattributes",
    ".github",
    ".gitignore",
    ".pre-commit-config.yaml",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "docs",
    "environment.yml",
    "notebooks",
    "pyproject.toml",
    "src",
    "tests",
}

# What a source archive needs not: how the repository is looked after.
LEFT_OUT = {".ci", ".gitattributes", ".github", ".pre-commit-config.yaml"}
# hatchling takes these by itself.
ALWAYS = {".gitignore", "LICENSE", "pyproject.toml"}

# In pieces, or this file would be the first to name them.
FORBIDDEN = [
    "/" + "work/",
    "/" + "tmp/",
    "/" + "root/",
    "/" + "opt/",
    "pypi" + ".org",
    "python" + "hosted",
    "npm" + "js.",
    "conda" + ".anaconda",
    "clau" + "de",
    "anthro" + "pic",
]

ENVIRONMENT_NAMES = {
    "asgiref",
    "jupyterlab",
    "nbval",
    "nest-asyncio",
    "pytest",
    "websockets",
}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def requirements() -> dict[str, Requirement]:
    """Map the name of each that the extras lab and test require to it."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    lines = list(project["dependencies"])
    for extra in ("lab", "test"):
        lines += project["optional-dependencies"][extra]
    parsed = [Requirement(line) for line in lines]
    return {requirement.name: requirement for requirement in parsed}


def conda_lines() -> list[str]:
    """List the entries below "dependencies:" in environment.yml."""
    below = read("environment.yml").partition("dependencies:\n")[2]
    return re.findall(r"^ +- (.*)$", below, re.MULTILINE)


def files_of_the_project() -> list[str]:
    """List what is in the repository, or would be with the next commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no checkout of a git repository")
    return [name for name in done.stdout.splitlines() if (ROOT / name).exists()]


def missing_targets(text: str, makefile: str) -> list[str]:
    """List the targets that a text names and the Makefile lacks."""
    named = re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE)
    targets = re.findall(r"^([a-z]+):", makefile, re.MULTILINE)
    return [target for target in named if target not in targets]


def test_environment_asks_for_the_same_as_pyproject() -> None:
    known = requirements()
    lines = [
        line
        for line in conda_lines()
        if line != "pip" and not line.startswith(("python=", "pip:", "-e "))
    ]

    named = {requirement.name for requirement in map(Requirement, lines)}

    assert named == ENVIRONMENT_NAMES
    for requirement in map(Requirement, lines):
        assert requirement.specifier == known[requirement.name].specifier


def test_environment_installs_both_extras_with_a_python_that_is_enough() -> (
    None
):
    lines = conda_lines()
    project = tomllib.loads(read("pyproject.toml"))["project"]
    (python,) = [line for line in lines if line.startswith("python=")]

    assert lines[-2:] == ["pip:", "-e .[lab,test]"]
    assert python.partition("=")[2] in SpecifierSet(project["requires-python"])


def test_changelog_begins_with_the_version_of_the_library() -> None:
    versions = re.findall(r"^## \[([\d.]+)\]", read("CHANGELOG.md"), re.M)

    assert versions[0] == minichannels.__version__


def test_makefile_has_what_it_should_and_all_that_the_documents_name() -> None:
    makefile = read("Makefile")
    documents = read("README.md") + "\n" + read("CONTRIBUTING.md")
    usual = [
        "lab",
        "test",
        "quick",
        "soak",
        "lessons",
        "bench",
        "wild",
        "style",
    ]

    promised = documents + "".join(f"\nmake {target}" for target in usual)

    assert missing_targets(promised, makefile) == []


def test_quick_leaves_out_what_contributing_says_and_test_nothing() -> None:
    makefile = read("Makefile")
    text = " ".join(read("CONTRIBUTING.md").split())
    said = re.findall(r"`make quick` leaves out (.*?)\. It", text)[0]

    assert re.findall(r"`([^`]+)`", said) == later()
    assert all((ROOT / "tests" / place).exists() for place in later())
    assert makefile.count("LATER:") == makefile.count("--ignore") == 1


def test_every_command_that_opens_a_lesson_asks_nobody_about_news() -> None:
    settings = "--LabApp.app_settings_dir=notebooks/.jupyterlab"
    makefile = read("Makefile").replace("$(SETTINGS)", settings)
    documents = [makefile, read("README.md"), read("notebooks/instructor.md")]
    lines = "\n".join(documents).replace("\\", "/").splitlines()

    opening = [line for line in lines if " jupyterlab " in line]

    assert len(opening) == 3
    assert [line for line in opening if settings not in line] == []
    assert f"SETTINGS = {settings}\n" in read("Makefile")
    (defaults,) = json.loads(
        read("notebooks/.jupyterlab/overrides.json")
    ).values()
    assert defaults == {"checkForUpdates": False, "fetchNews": "false"}


def test_missing_targets_finds_one_in_a_sentence_and_one_in_a_block() -> None:
    text = "run `make tea`\n```\nmake coffee\nmake test\n```\nto make sure"

    assert missing_targets(text, "test: style\n") == ["tea", "coffee"]


def test_project_has_no_other_entries_at_its_top() -> None:
    tops = {Path(name).parts[0] for name in files_of_the_project()}

    assert tops - TOP_LEVEL == set()


def test_files_name_no_machine_and_no_registry() -> None:
    found = []
    for name in files_of_the_project():
        text = (ROOT / name).read_text(encoding="utf-8", errors="ignore")
        found += [
            f"{name}: {word}" for word in FORBIDDEN if word in text.lower()
        ]

    assert found == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bit")
def test_ci_script_can_be_executed() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & stat.S_IXUSR


def make_with_a_python_where(tmp_path: Path, **modules: str) -> str:
    """Run make with a Python that has other modules, and return its words.

    Args:
        tmp_path: an empty folder.
        modules: the source of each module that is different.
    """
    if os.name == "nt" or shutil.which("make") is None:
        pytest.skip("there is no make here")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    different = tmp_path / "different"
    different.mkdir()
    for name, source in modules.items():
        (different / f"{name}.py").write_text(source, encoding="utf-8")
    done = subprocess.run(
        ["make", "style", f"PYTHON={sys.executable}"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(different)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert not (tmp_path / ".venv").exists()
    return done.stdout + done.stderr


def test_make_names_the_package_that_a_python_without_venv_lacks(
    tmp_path: Path,
) -> None:
    words = make_with_a_python_where(tmp_path, ensurepip="raise ImportError")

    version = "{}.{}".format(*sys.version_info)
    assert f"sudo apt install python{version}-venv" in words


def test_make_refuses_a_python_that_is_too_old(tmp_path: Path) -> None:
    old = "import sys\nsys.version_info = (3, 9, 2, 'final', 0)"

    words = make_with_a_python_where(tmp_path, sitecustomize=old)

    assert "needs Python 3.11 or newer, this is 3.9" in words


def test_hooks_before_a_commit_run_what_make_style_runs() -> None:
    hooks = re.findall(
        r"^ +entry: (.+)$", read(".pre-commit-config.yaml"), re.M
    )
    style = re.search(r"^style:.*\n\t(.+)$", read("Makefile"), re.M)
    assert style is not None

    run = re.search(r"^RUN := (.+)$", read("Makefile"), re.M)
    assert run is not None
    commands = [c.replace("$(RUN)", run[1]) for c in style[1].split(" && ")]

    assert hooks == commands
    for command in commands:
        assert importlib.util.find_spec(command.split()[2]) is not None


def test_hooks_before_a_commit_fetch_nothing() -> None:
    repos = re.findall(r"repo: (\w+)", read(".pre-commit-config.yaml"))

    assert repos == ["local"]


def test_source_archive_has_what_the_project_has_at_its_top() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    included = project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]

    tops = {Path(name).parts[0] for name in files_of_the_project()}

    assert {
        top
        for top in tops
        if not any(fnmatch(f"/{top}", pattern) for pattern in included)
    } == LEFT_OUT | ALWAYS


TEMPLATES = sorted((ROOT / ".github").rglob("*.md"))
DOCUMENTS = [*TEMPLATES, *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document_names_commands_that_there_are(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    modules = set(re.findall(r"python3? -m ([a-z_.]*[a-z])", text))

    assert missing_targets(text, read("Makefile")) == []
    for module in modules:
        assert importlib.util.find_spec(module) is not None, module


def test_templates_are_for_bugs_lessons_and_changes() -> None:
    names = [template.stem for template in TEMPLATES]

    assert names == ["bug", "lesson", "pull_request_template"]


def test_each_extra_is_known_to_a_test_and_its_tests_are_there() -> None:
    named = [each for tests in ALONE.values() for each in tests.split()]

    assert sorted(ALONE) == extras()
    assert [n for n in named if not (ROOT / "tests" / n).exists()] == []
