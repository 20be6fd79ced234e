"""What a classroom has to remember, whoever comes and goes."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Room:
    """What all consumers of one classroom share; in memory, so in one process.

    Attributes:
        said: what was said so far, in order.
        present: a name for each connection that is open.
        done: for each exercise, who has solved it.
    """

    said: list[dict[str, Any]] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    done: dict[str, set[str]] = field(default_factory=dict)
