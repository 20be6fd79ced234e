"""Why an exercise is not solved: the key of a text, and what stands in it."""

from typing import Any

from minichannels.flow import Event
from minichannels.lab.checking.sandbox.stack_frames import SourceLine


class Unsolved(Exception):
    """The learner's code does not do yet what it should.

    Attributes:
        key: which text says so.
        values: what stands in it.
        at: the event to mark.
        raised: what the learner's code raised, if it did.
        where: the learner's line, if it is known.
    """

    def __init__(
        self,
        key: str,
        at: Event | None = None,
        *,
        raised: BaseException | None = None,
        where: SourceLine | None = None,
        **values: Any,
    ) -> None:
        super().__init__(key)
        self.key = key
        self.at = at
        self.raised = raised
        self.where = where
        self.values = values
