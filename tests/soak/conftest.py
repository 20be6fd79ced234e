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
    """Keep every core busy: with one process a core, however many test."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    with ExitStack() as stack:
        for _ in range(number, os.cpu_count() or 1, workers):
            command = [sys.executable, "-c", BUSY]
            process = subprocess.Popen(command, stdin=subprocess.PIPE)
            stack.enter_context(process)  # closes stdin and waits
        yield
