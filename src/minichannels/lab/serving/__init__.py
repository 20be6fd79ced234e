"""A server in this kernel, replaced when its cell runs again."""
