"""What channel layers across processes share, whatever their server is.

Each kind of server has a package of its own: ``layers.redis``.
"""
