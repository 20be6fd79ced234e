"""Learner's code as a notebook has it: cells whose lines Python knows."""

import asyncio
import itertools
import linecache
import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

from minichannels.lab.checking.check import judged, told
from minichannels.lab.checking.diagnosis.answers import MISSING
from minichannels.lab.checking.diagnosis.cells import Cell, Cells, cells_of
from minichannels.lab.checking.report.compose import Result
from minichannels.lab.checking.report.placing import Calling
from minichannels.lab.checking.report.tries import Tries
from minichannels.lab.checking.report.verdict import Verdict
from minichannels.lab.checking.sandbox.runner import LIMIT
from minichannels.lab.checking.stage.exercise import find
from minichannels.lab.checking.texts.texts import say

IMPORTS = """
import asyncio, json, time
from random import Random
from asgiref.sync import async_to_sync, sync_to_async
from minichannels.auth import get_user
from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.db import database_sync_to_async
from minichannels.exceptions import ChannelFull, StopConsumer
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer, AsyncWebsocketConsumer, WebsocketConsumer,
)
from minichannels.flow import record
from minichannels.layers import get_channel_layer
from minichannels.middleware import BaseMiddleware
from minichannels.routing import URLRouter, path
from minichannels.testing import WebsocketCommunicator
"""

HEAD = 20
"""So much of an error's words is shown, if not all."""

_numbers = itertools.count(1)


def define(
    code: str, imports: str = IMPORTS, given: str = ""
) -> dict[str, Any]:
    """Run code as a cell of its own, after the imports; return its names.

    Args:
        code: the cell.
        imports: what is there already.
        given: what another cell defines before.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(imports, names)
    for cell in filter(None, (given, code)):
        names["__file__"] = name = f"<cell {next(_numbers)}>"
        lines = cell.splitlines(keepends=True)
        linecache.cache[name] = len(cell), None, lines, name
        exec(compile(cell, name, "exec"), names)
    return names


def ran(*sources: str) -> tuple[dict[str, Any], Cells]:
    """Run cells, as IPython does; return their names, and the cells.

    One that awaits something is not run, and one that ends with a NameError
    has defined what stands above.
    """
    names: dict[str, Any] = {"__name__": "__main__", "In": [""]}
    exec(IMPORTS, names)
    for source in sources:
        # A file name of its own, which is the same for the same cell.
        linecache.cache[source] = (
            len(source), None, source.splitlines(keepends=True), source
        )  # fmt: skip
        names["In"].append(source)
        if not source.startswith("await "):
            with suppress(NameError, SyntaxError):
                exec(compile(source, source, "exec"), names)
    return names, cells_of(names, sources[-1])


def have_project() -> None:
    """Have a Django project with tables, as the cells of lesson 13 do."""
    from support import django_settings

    django_settings.set_up()
    from django.db import connections  # these need the settings

    from support.bridge import make_tables

    make_tables()
    connections.close_all()


def patience(key: str = "") -> float:
    """Return how many seconds an answer may take that is told so in the end.

    One that is not late has many: in tests each line is counted besides, and
    the machine is busy.
    """
    return LIMIT if key == "late" else 4 * LIMIT


async def result_of(
    number: str,
    code: str,
    limit: float = LIMIT,
    seed: int | None = None,
    tries: Tries | None = None,
) -> Result:
    """Check a cell of code, as ``check`` does at its end."""
    _, result = await judged_and_told(number, code, limit, seed, tries)
    return result


async def judged_and_told(
    number: str,
    code: str,
    limit: float = LIMIT,
    seed: int | None = None,
    tries: Tries | None = None,
) -> tuple[Verdict, Result]:
    """Check a cell of code; return what came of it, and the message.

    Args:
        number: the exercise's.
        code: the cell.
        limit: how many seconds it may take.
        seed: decides what is drawn.
        tries: those before; by default nothing is held back any more.
    """
    exercise = find(number)
    if exercise.lesson == "13":
        await asyncio.to_thread(have_project)  # Django wants no loop there
    names = define(code, given=exercise.given)
    file = names["__file__"]
    verdict = await judged(exercise, MISSING, names, limit, seed, file)
    calling = Calling([Cell(1, code)])
    if tries is not None:
        calling = replace(calling, tries=tries)
    return verdict, await told(verdict, limit, calling)


def without_inputs(verdict: Verdict, result: Result) -> list[str]:
    """Return what a message says, but for what was drawn.

    What was done is all drawn, and so are names, values, and how many things
    happened. Which line is named is not.
    """
    told = [s for s in result.sections if s.title != say("I did")]
    said = [result.headline, *(section.words for section in told)]
    clients = {e.client for e in verdict.events() if e.client}
    # In "events" there is no eve.
    drawn = {rf"(?<!\w){re.escape(name)}(?!\w)" for name in clients}
    for event in result.flow:
        if event.kind == "crash":  # in Python's own words, perhaps cut
            text = event.payload["text"]
            drawn |= {re.escape(text), re.escape(text[:HEAD]) + "[^…]*…"}
    longest_first = sorted(drawn, key=len, reverse=True)
    one = "|".join(["`[^`]*`", *longest_first, r"(?<!line )\b\d[\d.]*\b"])
    several = "…(?:(?: times:)?,? …)*(?: and …)?"
    same = [
        re.sub(several, "…", re.sub(one, "…", w)).replace("events …", "event …")
        for w in said
    ]
    # The same happened to each of those who were there.
    return [re.sub(r"([^.]+\. )\1+", r"\1", words) for words in same]
