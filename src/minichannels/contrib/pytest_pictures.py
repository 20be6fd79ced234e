"""Where ``pytest --flow`` keeps the pictures of flows.

How it works: a folder is made when the first picture is saved. The name of a
file says which test it is of, for people; and it is no other test's, not on a
disk for which A is a, nor where the names of two differ in a sign that no file
can have: a number that is worked out from the test's whole name tells them
apart. So the next run writes the same files, and the folder does not grow.
"""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest

from minichannels.flow import Flow

LONGEST_NAME = 100
"""How many bytes of a test's name stand in a file's name: the last ones."""


class Pictures:
    """Saves pictures.

    Args:
        config: says in which folder.

    Raises:
        pytest.UsageError: the folder that was named is none.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._make = _cache_of(config)
        self._folder: Path | None = None
        if named := config.getoption("flow_dir"):
            self._folder = _folder_named(named)

    def save(self, flow: Flow, test: str, number: int) -> str:
        """Save a picture of a flow; return a sentence that says where.

        Args:
            flow: the flow.
            test: the name of the test, as pytest writes it.
            number: tells several flows of one test apart.
        """
        try:
            if self._folder is None:
                self._folder = self._make()
            path = self._folder / f"{_name_of(test)}-{number}.svg"
            flow.lanes().save(path)
        except OSError as error:
            return f"The picture could not be saved: {error}"
        return f"The picture is {path}"


def _name_of(test: str) -> str:
    """Return a file's name for a test, one that no other test has."""
    plain = re.sub(r"[^\w.-]+", "-", test).encode()[-LONGEST_NAME:]
    number = crc32(test.encode(errors="backslashreplace"))
    return f"{plain.decode(errors='ignore')}-{number:08x}"


def _folder_named(name: str) -> Path:
    folder = Path(name).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise pytest.UsageError(
            f"--flow-dir {name!r} is no folder, and none can be made there:"
            f" {error.strerror}"
        ) from None
    return folder


def _cache_of(config: pytest.Config) -> Callable[[], Path]:
    """Return what makes a folder: in pytest's cache, if there is one."""

    def make() -> Path:
        cache = getattr(config, "cache", None)
        try:
            if cache is not None:  # it is not switched off
                made: Path = cache.mkdir("flow")
                return made
        except OSError:  # a folder in which nobody may write
            pass
        return Path(tempfile.mkdtemp(prefix="flow-"))

    return make
