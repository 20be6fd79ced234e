"""Where a learner's code is played: a thread and what it prints."""
