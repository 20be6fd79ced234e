"""Who is at the other end: names, browsers, cells, and what they show."""
