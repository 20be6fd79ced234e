"""A Django project in this kernel, and on Django Channels beside it."""

from minichannels.lab.project.on_channels import beside_channels
from minichannels.lab.project.project import Project, django_project

__all__ = ["Project", "beside_channels", "django_project"]
