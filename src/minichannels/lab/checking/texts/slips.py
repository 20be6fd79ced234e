"""What is said of a slip that can happen in every exercise.

A field that is not empty takes the place of the exercise's own; ``did`` is
added to it, with ``should`` goes ``why``, and ``first`` is the next step where
the exercise knows none.
"""

from collections.abc import Mapping

from minichannels.lab.checking.texts.error_slips import ERRORS
from minichannels.lab.checking.texts.line_slips import LINES
from minichannels.lab.checking.texts.lost_slips import LOST
from minichannels.lab.checking.texts.shared_slips import SHARED
from minichannels.lab.checking.texts.texts import Text

ADVICE: Mapping[str, Text] = {**LINES, **LOST, **SHARED, **ERRORS}
"""The texts, by the key of the slip."""
