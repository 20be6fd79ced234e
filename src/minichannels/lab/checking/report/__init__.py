"""How a check is told: verdict, message, picture, progress."""
