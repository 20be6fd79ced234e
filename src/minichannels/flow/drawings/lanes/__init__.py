"""Who sent what to whom, in order: one column for each."""
