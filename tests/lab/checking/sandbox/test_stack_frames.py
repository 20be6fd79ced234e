"""Where the learner's code is."""

import gc
import weakref

from minichannels.lab.checking.sandbox.stack_frames import here


class Kept:
    """Something that a variable holds."""


def test_asking_for_a_line_keeps_nothing_of_those_who_called() -> None:
    def asks() -> weakref.ref[Kept]:
        kept = Kept()
        here()
        return weakref.ref(kept)

    gc.disable()  # what is in no circle is gone without it
    try:
        assert asks()() is None
    finally:
        gc.enable()


def test_no_line_of_a_learner_leads_to_a_call_of_a_test() -> None:
    assert here(lambda file: False) is None
