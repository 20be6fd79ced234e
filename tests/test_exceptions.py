import pickle
import ssl
from typing import Self

import pytest

from minichannels import exceptions
from minichannels.exceptions import ChannelFull, type_name


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
        ("SessionError", Exception),
        ("SessionGone", exceptions.SessionError),
        ("SessionTooLarge", exceptions.SessionError),
        ("SessionUnavailable", exceptions.SessionError),
        ("StopConsumer", Exception),
        ("ProtocolError", RuntimeError),
        ("Explained", Exception),
    ],
)
def test_exception_derives_from_what_the_docstring_says(
    name: str, base: type[Exception]
) -> None:
    exception = getattr(exceptions, name)

    assert exception.__bases__ == (base,)
    assert exceptions.__doc__ is not None
    assert name in exceptions.__doc__


EXPLAINED = [
    exceptions.NoTypeError("said"),
    exceptions.NoHandlerError("said", event_type="a.b", handler="a_b"),
    exceptions.UndecidedError("said"),
    exceptions.ParametersError("said", method="a", wanted="def a(self)"),
    exceptions.MethodKindError("said", is_async=True),
    exceptions.ArgumentTypeError("said", argument="a", given=dict),
    exceptions.NotADictError("said"),
    exceptions.UnserializableError("said", path=("a", 0)),
    exceptions.InvalidNameError("said", kind="group", name="a b"),
]


@pytest.mark.parametrize("error", EXPLAINED, ids=repr)
def test_explained_error_has_the_type_that_channels_raises(
    error: exceptions.Explained,
) -> None:
    name = type(error).__name__
    row = f"── {name:<31}{type_name(error)}: "

    assert type(error).__bases__[0] is exceptions.Explained
    assert type_name(error) == type(error).__bases__[1].__name__
    assert exceptions.__doc__ is not None
    assert row in exceptions.__doc__


@pytest.mark.parametrize("error", EXPLAINED, ids=repr)
def test_explained_error_survives_a_process_boundary(
    error: exceptions.Explained,
) -> None:
    arrived = pickle.loads(pickle.dumps(error))

    assert type(arrived) is type(error)
    assert str(arrived) == arrived.text == "said"
    assert vars(arrived) == vars(error)


def test_explained_errors_are_all_here() -> None:
    assert {type(error) for error in EXPLAINED} == {
        kind
        for kind in vars(exceptions).values()
        if isinstance(kind, type)
        and issubclass(kind, exceptions.Explained)
        and kind is not exceptions.Explained
    }


def test_other_errors_are_called_by_their_own_name() -> None:
    assert type_name(ChannelFull()) == "ChannelFull"
    assert type_name(KeyError("a")) == "KeyError"


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


@pytest.mark.parametrize(
    "error", [ssl.SSLError(1, "shut down"), BlockingIOError(11, "later", 3)]
)
def test_client_that_left_is_told_on_in_the_same_words(error: OSError) -> None:
    told = exceptions.ClientGone.told_by(error)

    assert isinstance(told, type(error))
    assert str(told) == str(exceptions.ClientGone())


def test_client_that_left_is_told_on_with_the_servers_error() -> None:
    class Reset(OSError):
        """A server's own."""

        def __new__(cls, number: int, text: str) -> Self:
            return super().__new__(cls, number, text)

    told = exceptions.ClientGone.told_by(Reset(104, "reset by peer"))
    again = exceptions.ClientGone.told_by(told)

    assert type(again) is type(told)
    assert isinstance(again, Reset)
    assert isinstance(again, exceptions.StopConsumer)
    assert (again.errno, str(again)) == (104, str(exceptions.ClientGone()))
