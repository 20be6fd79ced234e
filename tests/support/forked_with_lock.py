"""A process that is forked while another thread has a lock, as a program.

Its argument says whose lock that is. It ends with the status of the child,
which uses what has the lock; if that hangs, a signal ends it.
"""

import asyncio
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from minichannels.consumer.threads import _pool, run_in_thread
from minichannels.flow import Journal
from minichannels.flow.live.feed import Feed
from minichannels.flow.live.throttle import Throttle
from minichannels.flow.processes.writing import JournalFile
from minichannels.flow.recording.clients.visitors import Visitors
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.flow.recording.layer.registries import recorded_layers
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.layers.redis import RedisChannelLayer
from minichannels.sessions import MemoryStore
from support.limit import LIMIT

memory, remote = InMemoryChannelLayer(), RedisChannelLayer()
store = MemoryStore()
journal = Journal()
recorded = RecordedLayer(InMemoryChannelLayer(), "default", lambda: (journal,))
written = Journal()
folder = tempfile.TemporaryDirectory()
file = JournalFile(written, Path(folder.name, "flow.jsonl"))
visitors = Visitors(lambda: "browser")
feed, throttle = Feed([]), Throttle(lambda: None)


def _in_pool() -> None:
    asyncio.run(run_in_thread(lambda: None, one_thread=False))


def _send() -> None:
    asyncio.run(memory.send("a", {"type": "t"}))


def _send_recorded() -> None:
    asyncio.run(recorded.send("a", {"type": "t"}))


def _record() -> None:
    recorded_layers.start(journal)
    recorded_layers.stop(journal)


def _visit() -> None:
    visitors.comes(
        {"type": "http"},
        {
            b"user-agent": b"Mozilla/5.0",
            b"cookie": b"sessionid=0123456789abcdef0123",
        },
    )


def _follow() -> None:
    journal.watch(_send)
    journal.unwatch(_send)


# What is done with each, and its lock.
USES: dict[str, tuple[Callable[[], object], Any]] = {
    "pool": (_in_pool, _pool()._lock),
    "memory": (_send, memory._minichannels.lock),
    "registry": (
        lambda: channel_layers["default"],
        channel_layers._minichannels_lock,
    ),
    "remote": (
        lambda: remote._minichannels.message_lost("a", {}, "undelivered"),
        remote._minichannels.lock,
    ),
    "store": (lambda: store.create("{}", 60), store._minichannels.lock),
    "sessions": (
        lambda: asyncio.run(remote.close()),
        remote._minichannels.sessions._lock,
    ),
    "recorded": (_send_recorded, recorded._minichannels_mail._lock),
    "journal": (_send_recorded, journal._lock),
    "followed": (_follow, journal._watching),
    "written": (file.look, file._lock),
    "visitors": (_visit, visitors._lock),
    "feed": (feed.state, feed._lock),
    "throttle": (throttle._tick, throttle._lock),
    "recording": (_record, recorded_layers._lock),
}


def main(whose: str) -> int:
    """Fork while the lock is held; return how the child has ended."""
    use, lock = USES[whose]
    use()  # as in a process that has served somebody
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            over.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    child = os.fork()
    if not child:
        signal.alarm(LIMIT)
        use()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    over.set()
    holder.join()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
