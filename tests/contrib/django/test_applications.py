import importlib

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from minichannels import routing

PROJECT = "support.django_project"


def test_setting_names_the_application() -> None:
    with override_settings(ASGI_APPLICATION=f"{PROJECT}.application"):
        found = routing.get_default_application()

    assert found is importlib.import_module(PROJECT).application


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (None, "ASGI_APPLICATION is None; it names what to serve"),
        ("application", "doesn't look like a module path"),
        (f"{PROJECT}.app", 'does not define a "app"'),
        ("no_such_module.application", "No module named 'no_such_module'"),
    ],
)
def test_setting_that_names_none_is_an_error(name: object, why: str) -> None:
    with (
        override_settings(ASGI_APPLICATION=name),
        pytest.raises(ImproperlyConfigured, match=why),
    ):
        routing.get_default_application()


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match="routing' has no attribute 'x'"):
        _ = routing.x
