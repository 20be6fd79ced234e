"""What is said where no more file can be opened, in place of which one."""

import contextlib
import errno
import os
from collections.abc import Iterator

from minichannels.flow.web.listening import TOO_MANY


@contextlib.contextmanager
def room_for_files() -> Iterator[None]:
    """Say of a file that cannot be opened, as too many are open, what helps.

    Raises:
        OSError: too many files are open; says what to do.
    """
    try:
        # Asked first: who looks into a folder may take it for an empty one.
        open(os.devnull, "rb", buffering=0).close()
        yield
    except OSError as error:
        if error.errno not in {errno.EMFILE, errno.ENFILE}:
            raise
        raise OSError(error.errno, TOO_MANY) from error
