"""A disk that is full: no file of this process may grow beyond a size."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

full_disk = pytest.mark.skipif(
    sys.platform == "win32", reason="files have no limit there"
)


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """Have the system refuse to write more into a file."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
