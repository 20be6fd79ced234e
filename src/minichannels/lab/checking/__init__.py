"""Exercises: how a learner's code is run, judged and answered.

How it goes: ``check("4.1")`` finds the learner's code by its name, plays the
exercise's scenario to it on a thread of its own (``sandbox.runner``), with a
recorder in between (``checking.stage``), and answers with a message that is
made of the texts of the exercise's file (``report.message``). The exercises
stand in ``minichannels.lab.exercises``, one file for each.
"""
