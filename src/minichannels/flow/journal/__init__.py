"""What happened: events, their order, and how they are stored."""
