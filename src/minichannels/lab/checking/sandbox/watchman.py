"""A process beside the kernel: it reads where the threads are, and says so.

It is run as a file, by ``sandbox.watchdog``, and imports nothing of ours, so
that it is there at once. Its input ends with the process that it watches.
"""

import re
import sys
from collections.abc import Iterable, Iterator

_FRAME = re.compile(r'  File "(.*)", line (\d+) in (.*)')


def told(
    lines: Iterable[str], crew: str, others: tuple[str, ...]
) -> Iterator[str]:
    """Give a sentence for each dump of ``faulthandler``.

    Args:
        lines: what it wrote: for each thread its frames, the innermost first.
        crew: the file whose frames the threads of a check begin with.
        others: how the files begin that are not the learner's.
    """
    own = ""
    for line in lines:
        frame = _FRAME.match(line)
        if frame is None:  # the next thread
            own = ""
        elif frame[1] == crew and own:
            yield (
                f"The check hangs at {own}: a call written in C holds up all of"
                " Python there, and nothing can interrupt it. Restart the"
                " kernel, and take that call out."
            )
            own = ""
        elif not own and not frame[1].startswith((crew, *others)):
            own = f"line {frame[2]}, in {frame[3]}"


if __name__ == "__main__":
    for sentence in told(sys.stdin, sys.argv[1], tuple(sys.argv[2:])):
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()
