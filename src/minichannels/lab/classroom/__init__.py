"""The live classroom of the last lesson: room, trial, and what must hold."""

from minichannels.lab.classroom.elsewhere import on_channels
from minichannels.lab.classroom.invariants import INVARIANTS, counted, heard
from minichannels.lab.classroom.room import Room
from minichannels.lab.classroom.story import Story
from minichannels.lab.classroom.trial import trial

__all__ = [
    "INVARIANTS",
    "Room",
    "Story",
    "counted",
    "heard",
    "on_channels",
    "trial",
]
