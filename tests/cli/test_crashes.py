import logging

import pytest

from minichannels.cli.crashes import told

log = logging.getLogger("minichannels.worker")


def test_what_is_no_crash_is_said_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with told():
        log.error("no type in %s", "{}")
    log.error("nobody says this")

    said = capsys.readouterr().err
    assert said == "python -m minichannels: no type in {}\n"


def test_a_crash_shows_what_led_to_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with told():
        try:
            try:
                raise KeyError("id")
            except KeyError as error:
                raise LookupError("no picture") from error
        except LookupError:
            log.exception("application of channel 'a' failed")

    said = capsys.readouterr().err
    assert said.index("KeyError: 'id'") < said.index("LookupError: no picture")
    assert "goes on with the next\n" in said
