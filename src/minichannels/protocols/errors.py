"""What goes wrong between bytes and values."""


class WireError(ValueError):
    """Bytes that say nothing in their protocol, or what it has no bytes for."""
