"""A Django project in this process: here it is one beside that of the tests."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minichannels.lab.project import Project, django_project, project
from support import django_settings

django_settings.set_up()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("site"))


@pytest.fixture
def other_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have Django be as before it was set up, as far as a project can tell."""
    conf: Any = importlib.import_module("django.conf")
    known = {name for name in sys.modules if name.startswith("mysite")}
    monkeypatch.setattr(conf, "settings", conf.LazySettings())
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "none.yet")
    yield
    for name in [n for n in sys.modules if n.startswith("mysite")]:
        if name not in known:
            del sys.modules[name]


def test_project_is_what_django_admin_makes(started: Project) -> None:
    assert repr(started) == "<the Django project 'mysite'>"
    assert started.files[:3] == [
        "manage.py",
        "mysite/__init__.py",
        "mysite/asgi.py",
    ]


def test_append_adds_once(started: Project) -> None:
    for _ in range(2):
        started.append("mysite/wsgi.py", "\nadded = 1\n")

    assert started.read("mysite/wsgi.py").count("added") == 1


def test_write_makes_the_folder_of_a_file(started: Project) -> None:
    started.write("shop/pages/basket.html", "empty")

    assert started.read("shop/pages/basket.html") == "empty"


def test_second_project_of_a_process_is_refused(started: Project) -> None:
    with pytest.raises(RuntimeError, match="Kernel, Restart"):
        started.set_up()


@pytest.mark.usefixtures("other_settings")
def test_application_is_as_the_files_are_now(tmp_path: Path) -> None:
    site = Project(tmp_path)
    site.write("mysite/chat.py", "words = 'hi'\n")
    site.write("mysite/asgi.py", "from mysite.chat import words as application")
    site.set_up()
    site.set_up()  # again: nobody is a user any more
    first = site.application()

    site.write("mysite/chat.py", "words = 'good morning'\n")

    found: list[object] = [first, site.application()]
    assert found == ["hi", "good morning"]
    settings = site.read("mysite/settings.py")
    site.write("mysite/settings.py", settings)
    with pytest.raises(RuntimeError, match="has read its settings already"):
        site.append("mysite/settings.py", "DEBUG = False\n")


def test_kernel_has_one_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "_folders", [])
    monkeypatch.setattr(project, "Project", Path)

    assert django_project() is django_project()


def test_missing_django_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "django", None)

    with pytest.raises(ImportError, match=r'"minichannels\[lab,django\]"'):
        django_project()


def test_what_fails_in_the_thread_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        project._in_thread(lambda: 1 / 0)  # type: ignore[arg-type]
