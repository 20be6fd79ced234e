"""The users of a Django project, for the scenarios of an exercise.

How it works: the project is that of the kernel, with its database, so what an
answer asks of Django is answered by Django. A scenario's users have names that
nobody else has, and are gone when it ends. What runs in a check has a thread
of its own each time, and a connection to the database belongs to its thread:
so those that were opened meanwhile are closed at the end.
"""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async

from minichannels.lab.checking.stage.draw import Draw
from minichannels.lab.checking.stage.exercise import Stage, Text

NO_PROJECT = Text(
    headline="there is no Django project in this kernel yet.",
    did="I looked for one, to make users in it, and did not run your code.",
    should="The lesson's cells have made the project, and its tables.",
    first="run the cells of the lesson from the top, then this one again.",
)


_UNSAFE = "DJANGO_ALLOW_ASYNC_UNSAFE"  # with it Django refuses nothing


class People:
    """Users, by name; they are in the database.

    Args:
        draw: where their keys come from: those of the example are the same
            each time, for a message may show them.

    Attributes:
        opened_on_loop: whether code that runs on the event loop has connected
            to the database.
        pause: how many seconds a question to the database takes besides, in
            a thread.
    """

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self.opened_on_loop = False
        self.pause = 0.0
        self._users: list[Any] = []
        self._opened: list[Any] = []

    async def add(self, name: str) -> Any:
        """Return a new user whose name begins so."""
        from django.contrib.auth import get_user_model

        users: Any = get_user_model().objects
        pk = self._draw.number(501 + len(self._users), 1001, 999_999)
        username, numbers = name, itertools.count(2)
        while await users.filter(username=username).aexists():
            username = f"{name}{next(numbers)}"
        while await users.filter(pk=pk).aexists():
            pk += 1
        user = await users.acreate(pk=pk, username=username)
        self._users.append(user)
        return user

    def note(self, connection: Any, **_: Any) -> None:
        """Note a connection that was opened, in the thread that did so."""
        self._opened.append(connection)
        connection.execute_wrappers.append(self._execute)
        self.opened_on_loop |= asyncio._get_running_loop() is not None

    def _execute(self, execute: Any, *question: Any) -> Any:
        """Have a question answered, after the pause."""
        if self.pause and asyncio._get_running_loop() is None:
            time.sleep(self.pause)
        return execute(*question)

    def leave(self) -> None:
        """Take the users out of the database, and close what was opened."""
        for user in self._users:
            user.groups.clear()
            # Nobody is told of it: the sockets of these users have ended.
            found = type(user).objects.filter(pk=user.pk)
            found._raw_delete(found.db)
        for connection in self._opened:
            connection.inc_thread_sharing()  # this may be another thread
            connection.close()


@asynccontextmanager
async def people(stage: Stage) -> AsyncIterator[People]:
    """Have users for a scenario.

    Raises:
        Unsolved: there is no project.
    """
    stage.require(_is_set_up(), "no project")
    from django.db.backends.signals import connection_created

    found = People(stage.draw)
    connection_created.connect(found.note)
    unsafe = os.environ.pop(_UNSAFE, None)
    try:
        yield found
    finally:
        os.environ.pop(_UNSAFE, None)
        os.environ.update({_UNSAFE: unsafe} if unsafe else {})
        await sync_to_async(found.leave)()
        connection_created.disconnect(found.note)


def _is_set_up() -> bool:
    try:
        from django.apps import apps
    except ImportError:
        return False
    return apps.ready and apps.is_installed("django.contrib.auth")


def nobody() -> Any:
    """Return who has not logged in; a message shows it by its class."""
    from django.contrib.auth.models import AnonymousUser

    named = {"__repr__": lambda self: "AnonymousUser"}
    return type("AnonymousUser", (AnonymousUser,), named)()
