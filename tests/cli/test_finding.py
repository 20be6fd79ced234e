import importlib
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minichannels.cli import CommandError
from minichannels.cli.finding import find_application, with_static_files
from minichannels.flow.recording.endpoints.scopes import called
from minichannels.types import Receive, Scope, Send
from support import django_settings

Write = Callable[[str], None]

APPLICATION = "async def application(scope, receive, send): pass\n"


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("their_module", "names no application; write module:attribute"),
        (":application", "names no application; write module:attribute"),
        ("their_module:", "names no application; write module:attribute"),
        ("mysite/asgi.py:application", "no module's name; write it with dots"),
        (".asgi:application", "no module's name"),
        ("their_absent.asgi:application", "there is no module 'their_absent';"),
        (
            "their_absent.py:application",
            "no module 'their_absent' (write 'their_absent', without '.py');",
        ),
        ("json.nothing:application", "there is no module 'json.nothing';"),
    ],
)
def test_find_application_says_which_part_of_a_name_is_wrong(
    tmp_path: Path, name: str, problem: str
) -> None:
    with pytest.raises(CommandError) as caught:
        find_application(name, tmp_path)

    assert problem in str(caught.value)
    assert caught.value.status == 2
    assert caught.value.__cause__ is None


def test_find_application_says_that_there_is_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "absent"

    with pytest.raises(CommandError, match=r"there is no folder '.*absent'"):
        find_application("their_module:app", folder)


@pytest.mark.parametrize(
    ("source", "attribute", "problem"),
    [
        (APPLICATION, "app", "has no attribute 'app'; did you mean 'applicat"),
        ("_x = 1", "app", "'their_module' has no attribute 'app'"),
        (APPLICATION, "application.x", "has no attribute 'application.x'"),
        ("app = 5", "app", "their_module:app: the served application is 5;"),
        (
            "def app(environ, start_response): pass",
            "app",
            "app(environ, start_response) is not an ASGI application; it is"
            " called with three arguments: scope, receive, send",
        ),
    ],
)
def test_find_application_says_what_is_wrong_with_an_attribute(
    project: Write, tmp_path: Path, source: str, attribute: str, problem: str
) -> None:
    project(source)

    with pytest.raises(CommandError) as caught:
        find_application(f"their_module:{attribute}", tmp_path)

    assert problem in str(caught.value)
    assert caught.value.status == 2


def test_find_application_imports_from_the_folder(
    project: Write, tmp_path: Path
) -> None:
    project(f"{APPLICATION}class Site: inner = application\n")

    found = find_application("their_module:Site.inner", tmp_path)

    assert found is sys.modules["their_module"].application
    assert sys.path[0] == str(tmp_path)
    find_application("their_module:application", tmp_path)
    assert sys.path.count(str(tmp_path)) == 1


def test_find_application_calls_a_factory(
    project: Write, tmp_path: Path
) -> None:
    project(f"{APPLICATION}def make(): return application\n")

    found = find_application("their_module:make", tmp_path, factory=True)

    assert found is sys.modules["their_module"].application


@pytest.mark.parametrize(
    "arguments", ["", "debug=False", "a=1, b=2, c=3", "*, settings=None"]
)
def test_find_application_suggests_what_a_function_that_makes_one_needs(
    project: Write, tmp_path: Path, arguments: str
) -> None:
    project(f"{APPLICATION}def make({arguments}): return application\n")

    with pytest.raises(CommandError, match=r"make is a .* add --factory"):
        find_application("their_module:make", tmp_path)


@pytest.mark.parametrize(
    "head",
    [
        "async def app(scope=1, receive=2, send=3)",
        "def app(*arguments)",
        "def app(scope, receive, send)",
        "def app(*arguments, **options)",
    ],
)
def test_find_application_takes_a_function_that_may_be_one(
    project: Write, tmp_path: Path, head: str
) -> None:
    project(f"{head}: pass\n")

    found = find_application("their_module:app", tmp_path)

    assert found is sys.modules["their_module"].app


def test_find_application_needs_a_factory_that_is_no_coroutine_function(
    project: Write, tmp_path: Path
) -> None:
    project("async def make(): pass")

    with pytest.raises(CommandError, match="makes the application is a plain"):
        find_application("their_module:make", tmp_path, factory=True)


def test_find_application_needs_a_function_as_factory(
    project: Write, tmp_path: Path
) -> None:
    project("make = 5")

    with pytest.raises(CommandError, match="make is 5, not a function to call"):
        find_application("their_module:make", tmp_path, factory=True)


@pytest.mark.parametrize(
    ("source", "problem", "line"),
    [
        (
            "x = 1\ny = x / 0",
            "ZeroDivisionError: division by zero",
            "y = x / 0",
        ),
        (
            "import their_absent_part",
            "ModuleNotFoundError: No module named 'their_absent_part'",
            "import their_absent_part",
        ),
        ("import sys\nsys.exit('no')", "SystemExit: no", "sys.exit('no')"),
        ("raise KeyError", "their_module raised KeyError", "raise KeyError"),
        ("def f(:", "SyntaxError: invalid syntax", "def f(:"),
        (
            "import pytest\npytest.skip('no', allow_module_level=True)",
            "their_module raised Skipped: no",
            "allow_module_level=True",
        ),
        (
            "class Bad(Exception):\n    __str__ = None\nraise Bad",
            "their_module raised Bad: what it says cannot be told",
            "raise Bad",
        ),
        (
            "def __getattr__(name):\n    if name == 'app': raise OSError(name)",
            "their_module:app raised OSError: app",
            "raise OSError(name)",
        ),
    ],
)
def test_find_application_tells_where_a_module_failed(
    project: Write, tmp_path: Path, source: str, problem: str, line: str
) -> None:
    project(source)

    with pytest.raises(CommandError) as caught:
        find_application("their_module:app", tmp_path)

    assert problem in str(caught.value)
    assert caught.value.status == 1
    cause = caught.value.__cause__
    assert cause is not None
    shown = "".join(traceback.format_exception(cause))
    assert line in shown
    assert "finding.py" not in shown
    assert "importlib" not in shown


def test_find_application_can_be_interrupted(
    project: Write, tmp_path: Path
) -> None:
    project("raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        find_application("their_module:app", tmp_path)


def test_find_application_tells_where_a_factory_failed(
    project: Write, tmp_path: Path
) -> None:
    project("def make(): raise ValueError('no database')")

    with pytest.raises(CommandError) as caught:
        find_application("their_module:make", tmp_path, factory=True)

    assert "their_module:make() raised ValueError: no database" in str(
        caught.value
    )
    assert caught.value.status == 1


def test_static_files_are_nobodys_where_django_is_not_set_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        pass

    conf = importlib.import_module("django.conf")
    monkeypatch.setattr(conf, "settings", conf.LazySettings())

    assert with_static_files(application) is application


def test_static_files_are_served_as_runserver_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        pass

    django_settings.set_up()
    use: Any = importlib.import_module("django.test").override_settings
    static = "django.contrib.staticfiles"

    assert with_static_files(application) is application  # DEBUG is off
    with use(DEBUG=True):
        assert with_static_files(application) is application
    with use(DEBUG=True, INSTALLED_APPS=[static], STATIC_URL="/static/"):
        handler: Any = with_static_files(application)
        assert called(handler) == called(application)
    monkeypatch.delitem(sys.modules, "django.conf")
    assert with_static_files(application) is application

    assert type(handler).__name__ == "ASGIStaticFilesHandler"
    assert handler.application is application
