import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from minichannels.cli.leaving import SIGNALS

Write = Callable[[str], None]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Have signals do what they do by default; put back what they did."""
    former = [(number, signal.getsignal(number)) for number in SIGNALS]
    for number in SIGNALS:  # under nohup, one is ignored
        if number != signal.SIGINT:
            signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in former:
        signal.signal(number, handler)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Write]:
    """Write the project's module; it is forgotten after the test."""
    before, path = set(sys.modules), list(sys.path)
    module = tmp_path / "their_module.py"

    def write(text: str) -> None:
        # At once: whoever looks for changes never finds a part of it.
        draft = module.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(module)

    yield write
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if name.startswith("their_"):
            del sys.modules[name]
