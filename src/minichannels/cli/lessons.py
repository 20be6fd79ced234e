"""``lessons``: what there is to learn, and what no lesson shows."""

import argparse
from pathlib import Path

from minichannels.cli import CommandError
from minichannels.cli.saying import answer


def lessons(options: argparse.Namespace) -> int:
    """List the lessons, or the lines of the core that none of them shows.

    Returns:
        The exit status: 1 if lines are shown nowhere.

    Raises:
        CommandError: the lab is not installed, or there are no lessons in the
            folder, or one is damaged.
    """
    try:  # not before it is asked for: the other commands need none of it
        from minichannels.lab.building.unshown import titles, unshown
    except ImportError as error:
        raise CommandError(str(error)) from None
    folder: Path = options.folder
    if not any(folder.glob("*.ipynb")):
        raise CommandError(f"there are no lessons in {str(folder)!r}")
    try:
        lines = list(unshown(folder) if options.unshown else titles(folder))
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"a lesson cannot be read: {error}", 1) from None
    for line in lines:
        answer(line)
    return int(options.unshown and bool(lines))
