import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from minichannels.lab.checking.stage import layers
from minichannels.lab.checking.stage.layers import alone


def interrupting(times: int) -> Callable[[FrameType, str, Any], Any]:
    """Return what traces code, and interrupts it at one of its steps."""
    left = times

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename == layers.__file__:
            left -= 1
            if not left:
                raise KeyboardInterrupt
        return trace

    return trace


def play() -> None:
    with alone():
        pass


@pytest.mark.parametrize("times", range(1, 6))
def test_alone_is_free_again_after_an_interrupt_at_any_step(
    times: int,
) -> None:
    former = sys.gettrace()
    sys.settrace(interrupting(times))
    try:
        play()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(former)

    with alone(), pytest.raises(RuntimeError, match="another check"):
        play()
