"""What ``python -m minichannels`` does, a module for each part of it."""

PROGRAM = "python -m minichannels"


class CommandError(Exception):
    """Something that the command cannot do; the text says what to do instead.

    Args:
        text: the line to print.
        status: the exit status: 2 for a mistake in the command line, 1 for
            one elsewhere.
    """

    def __init__(self, text: str, status: int = 2) -> None:
        super().__init__(text)
        self.status = status
