"""The live classroom of the last lesson: room, trial, and what must hold."""

from minichannels.lab.classroom.invariants import INVARIANTS
from minichannels.lab.classroom.room import Room
from minichannels.lab.classroom.story import Story
from minichannels.lab.classroom.trial import trial

__all__ = ["INVARIANTS", "Room", "Story", "trial"]
