"""What a process that is recorded may be called."""

import re

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")


def require_process_name(name: object) -> str:
    """Return a name of a process: a part of other names, and of a file's.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"a process cannot be called {repr(name)[:40]}; use up to 20"
            " letters, digits, '-', '_' and '.', as in web-1"
        )
    return name
