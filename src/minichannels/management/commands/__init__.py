"""The name of ``channels.management.commands``."""
