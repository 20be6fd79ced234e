"""The users of a scenario, in the database of the tests' project."""

import asyncio
import os
import sys
from typing import Any

import pytest

from minichannels.lab.checking.sandbox.threads import Crew
from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.exercises.people import people
from support.exercises import have_project

UNSAFE = "DJANGO_ALLOW_ASYNC_UNSAFE"


@pytest.fixture
async def stage() -> Stage:
    await asyncio.to_thread(have_project)
    return Stage(Crew())


async def names() -> list[Any]:
    from django.contrib.auth.models import User

    found = [user.username async for user in User.objects.order_by("pk")]
    await asyncio.to_thread(have_project)  # closes what was opened
    return found


async def test_users_are_other_ones_than_those_who_are_there(
    stage: Stage,
) -> None:
    async with people(stage) as first:
        ada = await first.add("ada")
        async with people(stage) as second:
            other = await second.add("ada")

            assert (ada.pk, ada.username) == (501, "ada")
            assert (other.pk, other.username) == (502, "ada2")
        assert "ada2" not in await names()
    assert "ada" not in await names()


@pytest.mark.parametrize("value", ["true", None])
async def test_loop_may_not_ask_though_somebody_permitted_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv(UNSAFE, raising=False)
    if value is not None:
        monkeypatch.setenv(UNSAFE, value)

    async with people(stage):
        assert UNSAFE not in os.environ
        os.environ[UNSAFE] = "by an answer"

    assert os.environ.get(UNSAFE) == value


@pytest.mark.parametrize("what", ["project", "Django"])
async def test_missing_project_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    from django.apps import apps

    monkeypatch.setattr(apps, "ready", False)
    if what == "Django":
        monkeypatch.setitem(sys.modules, "django.apps", None)

    with pytest.raises(Unsolved, match="no project"):
        async with people(stage):
            pass
