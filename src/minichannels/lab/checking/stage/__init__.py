"""The stage of an exercise: clients, layers, steps, a journal."""
