"""``manage.py runworker``: serves channels with the project's application.

It is ``python -m minichannels worker`` with the names that Channels has.

Source: Channels, "Worker and Background Tasks".
"""

from argparse import Namespace
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser

from minichannels import DEFAULT_CHANNEL_LAYER, cli
from minichannels.cli.worker import serve_channels
from minichannels.contrib.django.applications import get_default_application
from minichannels.worker import Worker


class LayerAway(CommandError, ConnectionError):
    """The server of the layer is away: to a program that calls this, too."""


class Command(BaseCommand):
    """Listens on channels until a signal comes."""

    help = "Serves channels of a layer with the ASGI_APPLICATION."
    leave_locale_alone = True
    worker_class = Worker

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what the command takes."""
        super().add_arguments(parser)
        parser.add_argument(
            "--layer",
            default=DEFAULT_CHANNEL_LAYER,
            help="the alias of the channel layer, if not the default one",
        )
        parser.add_argument("channels", nargs="+", help="what to listen on")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve.

        Raises:
            CommandError: there is no such layer, or it fails; a LayerAway if
                it has raised a ConnectionError.
        """
        application = get_default_application()
        chosen = Namespace(**options, application=settings.ASGI_APPLICATION)
        try:
            serve_channels(application, chosen, self.worker_class)
        except cli.CommandError as error:
            away = isinstance(error.__context__, ConnectionError)
            kind = LayerAway if away else CommandError
            raise kind(str(error)) from error
