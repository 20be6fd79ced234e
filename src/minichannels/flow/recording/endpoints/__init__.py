"""How frameworks tell which endpoint they have found for a request."""
