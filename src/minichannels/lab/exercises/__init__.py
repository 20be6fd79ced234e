"""The exercises, one file for each, and the register of misconceptions.

A file ``e4_1.py`` holds exercise 4.1 and nothing else: its scenario, what is
said when it is missed, its hints, two solutions, and the wrong answers that
people give. That the file is there is all that the engine needs to know.
"""
