"""What an exception says to the person whose code raised it.

A traceback of a handler runs through the server, the routers and the
consumer's own loop. The learner wrote one line of it; this finds that line.
"""

import linecache
import sysconfig
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from minichannels.flow.snapshots import words

# Whatever lies in one of these was not written by the learner.
_PATHS = sysconfig.get_paths()
_OTHERS = tuple(
    {
        *(_PATHS[name] for name in ("stdlib", "platstdlib")),
        *(_PATHS[name] for name in ("purelib", "platlib")),
        str(Path(__file__).parents[1]),
        "<frozen ",
    }
)


def describe(error: BaseException) -> Mapping[str, Any]:
    """Return an exception as the payload of an event.

    Returns:
        The exception's ``text`` and, if a frame of the learner's own code is
        in its traceback, that function's name (``where``), the number of the
        ``line`` and the ``code`` that stands there.
    """
    described: dict[str, Any] = {"text": words(error)}
    # A cause was raised further inside, and stands for the whole.
    chain = [error, *([error.__cause__] if error.__cause__ else [])]
    frames = [
        frame
        for link in chain
        for frame in traceback.walk_tb(link.__traceback__)
    ]
    for frame, line in reversed(frames):
        code = frame.f_code
        if not code.co_filename.startswith(_OTHERS):
            described["where"] = code.co_name
            described["line"] = line
            described["code"] = linecache.getline(
                code.co_filename, line, frame.f_globals
            ).strip()
            break
    return described
