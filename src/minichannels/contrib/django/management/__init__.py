"""What ``manage.py`` finds in a project that names minichannels."""
