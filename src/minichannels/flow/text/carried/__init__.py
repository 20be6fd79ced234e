"""What an event carried, as text: JSON, frames, forms, bodies."""
