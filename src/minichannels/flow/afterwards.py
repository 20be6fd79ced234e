"""What puts something back after a block, also if Ctrl-C comes just then.

How it works: an interrupt is raised between any two steps of Python's own code.
So it may come when a ``finally`` has just called what puts something back, and
that has done nothing yet, or half of it. Then it is called once more. Where the
interrupt comes before there is a block, or when that is just over, Python ends
the generator as soon as nobody holds it, and so puts back all the same.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def afterwards(undo: Callable[[], object]) -> Iterator[None]:
    """Have something put back what a block changes, however that ends.

    Args:
        undo: called after the block; again, if it is interrupted. The block
            may have changed nothing so far.
    """
    try:
        yield
    finally:
        try:
            undo()
        except BaseException:
            undo()
            raise
