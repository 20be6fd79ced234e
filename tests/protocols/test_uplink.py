import logging

import pytest

from minichannels.protocols.uplink import log


def test_log_says_what_went_wrong_and_where(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log(ConnectionError("gone"), "IrcBot")

    assert caplog.record_tuples == [
        ("minichannels", logging.WARNING, "IrcBot: ConnectionError: gone")
    ]
