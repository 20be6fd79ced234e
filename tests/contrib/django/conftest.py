from collections.abc import Iterator

import pytest

from support import django_settings
from support.bridge import bridged

django_settings.set_up()


@pytest.fixture(autouse=True)
def bridge() -> Iterator[None]:
    """Each test here runs as in a project that names minichannels."""
    with bridged():
        yield
