"""What follows from events: who lives, belongs and waits, and when."""
