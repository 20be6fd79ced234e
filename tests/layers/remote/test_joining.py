import pytest

from minichannels.layers.remote.joining import Joining

WHO = ("chat", "specific.ada!1")


@pytest.fixture
def joining() -> Joining:
    return Joining()


def test_one_call_that_succeeds_is_enough(joining: Joining) -> None:
    first = joining.begin(*WHO, is_new=True)
    second = joining.begin(*WHO, is_new=False)

    joining.succeed(*WHO, first)

    assert not joining.fail(*WHO, second)


def test_membership_ends_when_the_last_call_has_failed(
    joining: Joining,
) -> None:
    first = joining.begin(*WHO, is_new=True)
    second = joining.begin(*WHO, is_new=False)

    assert not joining.fail(*WHO, second)
    assert joining.fail(*WHO, first)


def test_membership_that_was_there_before_does_not_end(
    joining: Joining,
) -> None:
    renewed = joining.begin(*WHO, is_new=False)

    assert not joining.fail(*WHO, renewed)


def test_membership_that_was_ended_and_made_anew_is_another_one(
    joining: Joining,
) -> None:
    before = joining.begin(*WHO, is_new=True)
    anew = joining.begin(*WHO, is_new=True)

    assert not joining.fail(*WHO, before)
    joining.succeed(*WHO, before)
    assert joining.fail(*WHO, anew)


@pytest.mark.parametrize("succeeds", [True, False])
def test_what_is_decided_is_remembered_by_nobody(
    joining: Joining, succeeds: bool
) -> None:
    attempt = joining.begin(*WHO, is_new=True)

    (joining.succeed if succeeds else joining.fail)(*WHO, attempt)

    assert not joining._attempts
