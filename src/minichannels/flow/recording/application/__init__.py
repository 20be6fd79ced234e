"""The first seam: an application's receive and send."""
