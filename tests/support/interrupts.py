"""Ctrl-C at each step of a piece of code at which Python may raise it.

Python looks for signals when a function of its own begins or goes on, after a
call, and when a loop goes round; nowhere else.
"""

import dis
import functools
import gc
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType, ModuleType
from typing import Any

LOOKS = {"RESUME", "CALL", "CALL_FUNCTION_EX", "CALL_KW", "JUMP_BACKWARD"}
"""The instructions after which Python looks."""

NOT_IN = {"_Lock.__enter__", "_Lock.__exit__"}
"""What takes the lock of ``warnings``, from Python 3.14 on: an interrupt there
leaves it held for ever, and nobody but Python can mend that."""

FEW = 3


def interrupts(
    act: Callable[[], object], *modules: ModuleType
) -> Iterator[int]:
    """Do something again and again, interrupted at one step after the other.

    Args:
        act: what to do.
        modules: in whose code it is interrupted.

    Yields:
        The number of the step, when all that was held there is let go.
    """
    files = {str(module.__file__) for module in modules}
    step = 1
    while _is_interrupted(act, files, step):
        yield step
        step += 1
    assert step > FEW, "nothing of it was interrupted"


def _is_interrupted(
    act: Callable[[], object], files: set[str], step: int
) -> bool:
    """Do something; return whether it came to a step, and was interrupted."""
    left = step

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal left
        code = frame.f_code
        if code.co_filename not in files or code.co_qualname in NOT_IN:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and frame.f_lasti in _steps(code):
            left -= 1
            if not left:
                raise KeyboardInterrupt
        return trace

    former = sys.gettrace()
    gc.disable()  # what another test has left would end here, interrupted
    # Python 3.12 looks for one that wants them as tracing begins, not later.
    sys._getframe().f_trace_opcodes = True
    sys.settrace(trace)
    try:
        act()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(former)
        gc.enable()
    return left <= 0


@functools.cache
def _steps(code: CodeType) -> set[int]:
    """Return where it is raised: before which instructions."""
    found, looks = set(), False
    for each in dis.get_instructions(code):
        if looks:
            found.add(each.offset)
        if each.opname == "JUMP_BACKWARD":
            found.add(int(each.argval))
        looks = each.opname in LOOKS - {"JUMP_BACKWARD"}
    return found
