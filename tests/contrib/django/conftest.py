from collections.abc import Iterator

import pytest
from django.test import override_settings

from support import django_settings
from support.bridge import bridged

django_settings.set_up()
# Those that compare have Channels' own; here nothing of Channels is needed.
OURS = {"default": {"BACKEND": "minichannels.layers.InMemoryChannelLayer"}}


@pytest.fixture(autouse=True)
def bridge() -> Iterator[None]:
    """Each test here runs as in a project that names minichannels."""
    with override_settings(CHANNEL_LAYERS=OURS), bridged():
        yield
