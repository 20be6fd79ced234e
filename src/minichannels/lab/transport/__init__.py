"""The ways to a server: real sockets, or the memory of this process."""
