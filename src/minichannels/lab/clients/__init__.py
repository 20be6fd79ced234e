"""Clients in a cell: WebSockets and HTTP, each wait with a limit."""
