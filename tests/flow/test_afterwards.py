import contextlib
import sys

import pytest

from minichannels.flow import afterwards as module
from minichannels.flow.afterwards import afterwards
from support.interrupts import interrupts


def test_what_a_block_changes_is_put_back_whenever_it_is_interrupted() -> None:
    changed: set[int] = set()

    def put_back() -> None:
        changed.discard(1)
        changed.discard(2)

    def act() -> None:
        with afterwards(put_back):
            changed.add(1)
            changed.add(2)

    for _ in interrupts(act, module, contextlib, sys.modules[__name__]):
        assert changed == set()


def test_what_is_interrupted_when_it_puts_back_is_called_again() -> None:
    left = [KeyboardInterrupt(), None]

    def undo() -> None:
        if error := left.pop(0):
            raise error

    with pytest.raises(KeyboardInterrupt), afterwards(undo):
        pass
    assert left == []


def test_what_undoing_raises_is_told() -> None:
    def undo() -> None:
        raise OSError("cannot be undone")

    with pytest.raises(OSError, match="cannot be undone"), afterwards(undo):
        pass
