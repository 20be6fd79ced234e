import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

# Busy until its standard input closes: it ends with the tests, however
# they end.
BUSY = """
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0))).start()
while True:
    pass
"""


@pytest.fixture(scope="module")
def load() -> Iterator[None]:
    """Keep every core busy."""
    with ExitStack() as stack:
        for _ in range(os.cpu_count() or 1):
            command = [sys.executable, "-c", BUSY]
            process = subprocess.Popen(command, stdin=subprocess.PIPE)
            stack.enter_context(process)  # closes stdin and waits
        yield
