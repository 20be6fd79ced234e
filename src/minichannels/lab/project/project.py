"""A Django project in a temporary folder, for the cells of a lesson.

How it works: ``django-admin startproject`` makes it, and this kernel becomes
its process. Django has one project in each process, so there is one here, too:
who asks for another gets the same, as empty as a new one.
"""

import atexit
import importlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from minichannels.types import ASGIApp

NAME = "mysite"

_MISSING = (
    "this needs Django: run pip install"
    ' "minichannels[lab,django]", restart the kernel, and run the cells again'
)
_ONE = (
    "a kernel holds one Django project, and it has read its settings already:"
    " Kernel, Restart, then run the cells from the top"
)


class Project:
    """A project; made by ``django_project()``.

    Args:
        folder: an empty folder.

    Attributes:
        folder: where its ``manage.py`` is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._is_set_up = False
        start = ["-m", "django", "startproject", NAME, str(folder)]
        subprocess.run([sys.executable, *start], check=True)

    def __repr__(self) -> str:
        return f"<the Django project {NAME!r}>"

    @property
    def files(self) -> list[str]:
        """The names of its files in Python, in order."""
        found = self.folder.rglob("*.py")
        return sorted(f.relative_to(self.folder).as_posix() for f in found)

    def read(self, file: str) -> str:
        """Return the text of one of its files."""
        return (self.folder / file).read_text(encoding="utf-8")

    def write(self, file: str, text: str) -> None:
        """Write one of its files, such as ``mysite/chat.py``, and its folder.

        Raises:
            RuntimeError: Django has read its settings, and they change.
        """
        path = self.folder / file
        former = self.read(file) if path.exists() else None
        is_read = self._is_set_up and file.endswith("settings.py")
        if is_read and former != text:
            raise RuntimeError(_ONE)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def append(self, file: str, text: str) -> None:
        """Write something at the end of one of its files, once.

        Raises:
            RuntimeError: Django has read its settings, and they change.
        """
        before = self.read(file)
        if not before.endswith(text):
            self.write(file, before + text)

    def set_up(self) -> None:
        """Make Django's own tables, or empty them: nobody is a user yet.

        Raises:
            RuntimeError: this kernel is the process of another project.
        """
        from django.conf import settings

        if settings.configured and not self._is_set_up:
            raise RuntimeError(_ONE)
        if not self._is_set_up:
            os.environ["DJANGO_SETTINGS_MODULE"] = f"{NAME}.settings"
            sys.path.insert(0, str(self.folder))
            importlib.import_module("django").setup()
            self._is_set_up = True
        _in_thread(self._make_tables)

    def _make_tables(self) -> None:
        from django.db import connections

        _command("migrate", verbosity=0)
        _command("flush", interactive=False, verbosity=0)
        connections.close_all()

    def application(self) -> ASGIApp:
        """Return what ``mysite/asgi.py`` defines, as its files are now."""
        from django.urls import clear_url_caches

        for name in list(sys.modules):
            if name.startswith(f"{NAME}.") and not name.endswith(".settings"):
                del sys.modules[name]
        importlib.invalidate_caches()
        clear_url_caches()
        module: Any = importlib.import_module(f"{NAME}.asgi")
        application: ASGIApp = module.application
        return application


_folders: list[Project] = []


def django_project() -> Project:
    """Return the Django project of this kernel, made when it is first called.

    Raises:
        ImportError: Django is not installed; says what to install.
    """
    try:
        importlib.import_module("django")
    except ImportError as error:
        raise ImportError(_MISSING) from error
    if not _folders:
        folder = TemporaryDirectory(ignore_cleanup_errors=True)
        atexit.register(folder.cleanup)
        _folders.append(Project(Path(folder.name)))
    return _folders[0]


def _command(name: str, *args: str, **options: Any) -> None:
    from django.core.management import call_command

    call_command(name, *args, **options)


def _in_thread(work: Callable[[], None]) -> None:
    """Do something where no event loop runs: Django's databases refuse one."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
