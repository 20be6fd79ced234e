"""Who is at the other end of protocols beyond the web, in this kernel."""
