"""``asyncio.run()`` in a cell, for scripts pasted from elsewhere.

A kernel runs each cell on an event loop, and asyncio refuses to run a second
one inside of it. ``nest-asyncio2`` changes asyncio such that it does not; it
goes on where ``nest-asyncio`` was left, whose last version makes a kernel hang
when several cells are run at once. The lessons need neither: a cell may use
``await`` at its top level.
"""

import importlib
import warnings


def allow_nested() -> None:
    """Make ``asyncio.run()`` work in a cell, from now on.

    Raises:
        ImportError: neither of the two packages is installed.
    """
    for package in ("nest_asyncio2", "nest_asyncio"):
        try:
            module = importlib.import_module(package)
        except ImportError:
            continue
        if package == "nest_asyncio":
            warnings.warn(
                "with nest-asyncio a kernel may hang when several cells are"
                " run at once; better: pip install nest-asyncio2",
                stacklevel=2,
            )
        module.apply()
        return
    raise ImportError(
        "allow_nested() needs nest-asyncio2; run"
        ' pip install "minichannels[lab]"'
    )
