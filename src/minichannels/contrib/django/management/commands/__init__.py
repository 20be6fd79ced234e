"""The commands of ``manage.py``, a module for each."""
