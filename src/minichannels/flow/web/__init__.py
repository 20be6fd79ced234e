"""A page of its own for the flow of a recorded application."""
