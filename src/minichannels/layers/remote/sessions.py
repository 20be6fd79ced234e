"""The sessions of one layer: what it has on each event loop that uses it.

How it works: a layer may be used from several event loops, each in a thread of
its own. The first use on a loop begins a session there. A mailbox's name holds
the id of its session (``remote.names``), so that whoever reads or changes it,
on any loop, finds it.

A session ends with its event loop. ``asyncio.run()`` cancels what still runs on
it before it closes it; scripts that call ``loop.close()`` alone do not. So that
runs the loop once more, until the connections have ended.

Scripts call ``async_to_sync()`` for one thing after the other, and each runs on
a loop of its own. So the mailboxes of one that has ended are *left*: they get
what this process sends, on whatever loop, and nothing of others.

A process that was forked has a copy of all that its parent had: event loops
that do not run in it, and messages that the parent reads. It begins anew.
"""

import asyncio
import contextlib
import os
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.forking import new_lock
from minichannels.layers.remote.mailboxes import LocalMailboxes
from minichannels.layers.remote.names import session_of
from minichannels.layers.remote.session import Session

Loop = asyncio.AbstractEventLoop

# Of how many loops that have ended the mailboxes are left: a script uses few.
_MOST_LEFT = 20


class Sessions:
    """The sessions of a layer, by their ids.

    Args:
        begin: makes a session for the running event loop.

    Attributes:
        by_id: all of them. Never changed, but replaced: so all threads may
            look at it.
        left: the mailboxes of those whose loops have ended, by their ids. Not
            changed either.
        takes: what takes a message out of the mailboxes of each.
    """

    def __init__(self, begin: Callable[[], Session]) -> None:
        self.by_id: Mapping[str, Session] = {}
        self.left: Mapping[str, LocalMailboxes] = {}
        self.takes: tuple[Callable[[str], dict[str, Any] | None], ...] = ()
        self._begin = begin
        self._lock = new_lock()
        self._of_parent: Mapping[str, Session] = {}
        with _lock:
            _all.add(self)

    def here(self) -> Session:
        """Return the session of the running event loop; begin it if new."""
        loop = asyncio.get_running_loop()
        for session in self.by_id.values():
            if session.loop is loop:
                return session
        session = self._begin()
        with self._lock:
            known = [*self.by_id.values(), session]
            self._know(each for each in known if not each.loop.is_closed())
        _watch(loop)
        return session

    async def end_all_of(self, loop: Loop) -> None:
        """End the connections that there are on a loop."""
        with self._lock:
            known = self.by_id.values()
            ending = [each for each in known if each.loop is loop]
            self._know([each for each in known if each not in ending])
        for session in ending:
            with contextlib.suppress(LayerUnavailable):
                await session.close()
            if session.named:
                self._leave(session)

    def _leave(self, session: Session) -> None:
        """Keep the mailboxes of a session that has ended."""
        with self._lock:
            known = [*self.left.items(), (session.id, session.mailboxes)]
            self.left = dict(known[-_MOST_LEFT:])
            self._know(self.by_id.values())

    def _know(self, sessions: Iterable[Session]) -> None:
        self.by_id = {each.id: each for each in sessions}
        self.takes = tuple(each.take for each in self.mailboxes())

    def of(self, channel: str) -> Session | None:
        """Return the session whose mailbox a channel is; None if not here."""
        return self.by_id.get(session_of(channel))

    def mailboxes(self) -> list[LocalMailboxes]:
        """Return those of all event loops, also of those that have ended."""
        known = self.by_id.values()
        return [*(each.mailboxes for each in known), *self.left.values()]

    def left_of(self, channel: str) -> LocalMailboxes | None:
        """Return where a channel is whose event loop has ended; None if not."""
        return self.left.get(session_of(channel))

    def owner(self, channel: str) -> Session:
        """Return the session whose mailbox a channel is.

        Raises:
            ValueError: it is none of this process.
        """
        owner = self.of(channel)
        if owner is None:
            raise ValueError(
                f"channel {channel!r} is not read here: a channel with a '!'"
                " is read by the process whose new_channel() made it, as long"
                " as its event loop runs; then it gets only what that process"
                " sends, and there is nothing"
            )
        return owner

    def leave_to_parent(self) -> None:
        """Know of none any more, in a process that was forked."""
        # Kept, and never looked at: to tidy them up is not this process's.
        self._of_parent, self.by_id, self.takes = self.by_id, {}, ()
        self.left = {}

    def take_idle(self) -> Iterable[Session]:
        """Return that of the running loop, and know it no more, if it is idle.

        It is not if it hears what is for mailboxes.
        """
        loop = asyncio.get_running_loop()
        with self._lock:
            known = self.by_id.values()
            idle = [s for s in known if s.loop is loop and not s.listens]
            self._know([s for s in known if s not in idle])
        return idle

    def take_all(self) -> Iterable[Session]:
        """Return them all, and know none any more."""
        with self._lock:
            taken, self.left = self.by_id.values(), {}
            self._know(())
        return taken


def _watch(loop: Loop) -> None:
    """Have a loop end all connections when it is closed, before it is.

    Once, however many layers are used on it and forgotten.
    """
    with _lock:
        if loop in _watched:
            return
        _watched.add(loop)
    close, process = loop.close, os.getpid()

    def end_and_close() -> None:
        try:
            # In a fork it would read what its parent's connections get.
            if os.getpid() == process and _can_run(loop):
                loop.run_until_complete(_end_all_of(loop))
        finally:
            close()

    # A loop written in another language may have no place for it.
    with contextlib.suppress(AttributeError):
        setattr(loop, "close", end_and_close)  # noqa: B010  # a method, to mypy


async def _end_all_of(loop: Loop) -> None:
    with _lock:
        known = list(_all)
    async with contextlib.AsyncExitStack() as ends:  # whatever one raises
        for sessions in known:
            ends.push_async_callback(sessions.end_all_of, loop)


def _can_run(loop: Loop) -> bool:
    """Return whether a loop that is to be closed can run before."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return not loop.is_closed() and not loop.is_running()
    return False  # no two of one thread run at once


_all: weakref.WeakSet[Sessions] = weakref.WeakSet()
_watched: weakref.WeakSet[Loop] = weakref.WeakSet()
_lock = new_lock()  # guards both


def _leave_all_to_parent() -> None:
    for sessions in _all:
        sessions.leave_to_parent()
    for loop in _watched:
        # A loop written in another language has other names for it.
        with contextlib.suppress(AttributeError):
            _leave_files_to_parent(loop)


def _leave_files_to_parent(loop: Any) -> None:
    """Have a loop's parent go on waiting for what it waits for.

    Linux keeps one list of that for both processes. So whatever is closed in
    this one, be it by who collects garbage, would be off the parent's, too.
    """
    known = loop._selector._fd_to_key
    of_parent, remove = set(known), loop._remove_reader

    def remove_own(file: Any) -> bool:
        number = file if isinstance(file, int) else file.fileno()
        if number not in of_parent:
            return bool(remove(number))
        of_parent.remove(number)  # another file may be given it
        known.pop(number, None)
        return False

    loop._remove_reader = remove_own


with contextlib.suppress(AttributeError):  # Windows has no fork
    os.register_at_fork(after_in_child=_leave_all_to_parent)
