"""Applications that refuse what they should not serve."""
