"""Which names a secret has, and where a text has one behind such a name."""
