"""Charts of what stands still: a scope's states, an application's parts."""
