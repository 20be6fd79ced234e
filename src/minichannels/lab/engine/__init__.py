"""An embedded Valkey: a server that several kernels share, and its end."""
