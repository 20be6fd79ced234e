import pickle

import pytest

from minichannels import exceptions
from minichannels.exceptions import ChannelFull


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("RequestAborted", Exception),
        ("RequestTimeout", exceptions.RequestAborted),
        ("InvalidChannelLayerError", ValueError),
        ("AcceptConnection", Exception),
        ("DenyConnection", Exception),
        ("ChannelFull", Exception),
        ("MessageTooLarge", Exception),
        ("StopConsumer", Exception),
        ("ProtocolError", RuntimeError),
    ],
)
def test_exception_derives_from_what_the_docstring_says(
    name: str, base: type[Exception]
) -> None:
    exception = getattr(exceptions, name)

    assert exception.__bases__ == (base,)
    assert exceptions.__doc__ is not None
    assert name in exceptions.__doc__


def test_channel_full_keeps_channel_and_capacity() -> None:
    error = ChannelFull("full", channel="a", capacity=3)

    assert (str(error), error.channel, error.capacity) == ("full", "a", 3)


def test_channel_full_may_be_raised_as_channels_does() -> None:
    error = ChannelFull("a")

    assert (str(error), error.channel, error.capacity) == ("a", None, None)


def test_channel_full_needs_no_argument() -> None:
    assert str(ChannelFull()) == ""


def test_channel_full_survives_a_process_boundary() -> None:
    error = ChannelFull("full", channel="a", capacity=3)

    arrived = pickle.loads(pickle.dumps(error))

    assert (str(arrived), arrived.channel, arrived.capacity) == (
        "full",
        "a",
        3,
    )
