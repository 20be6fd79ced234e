"""Short ways of what is as most are: frames, answers, whole requests."""
