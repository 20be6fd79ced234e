"""The second seam: the channel layer between consumers."""
