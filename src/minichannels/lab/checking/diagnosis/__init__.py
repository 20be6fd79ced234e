"""What a learner's code did, and why it went wrong."""
