"""Consumers beside Django: its settings, sessions, users and databases.

How it works: the library has defaults for what Django would know better. A
project that names ``minichannels`` in ``INSTALLED_APPS`` has them replaced,
when Django starts, by what is here. Nothing else of the library knows Django.
"""

try:
    import django as django  # the name that the rest of this package needs
except ImportError as error:
    raise ImportError(
        'the bridge to Django needs Django; pip install "minichannels[django]"'
    ) from error
