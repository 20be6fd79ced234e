"""What a lesson's cells need beside servers and clients."""
