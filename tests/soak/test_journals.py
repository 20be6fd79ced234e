"""A process that is killed, again and again, loses no event but the last."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from minichannels.flow import Flow
from support import ROOT

WRITES = """
import sys
from pathlib import Path
from minichannels.flow.journal.events import Entry
from minichannels.flow.journal.journal import Journal
from minichannels.flow.processes.writing import JournalFile

journal = Journal()
JournalFile(journal, Path(sys.argv[1]), "web-1")
lane = journal.open_lane("ada", "Chat#1")
number = 0
while True:
    number += 1
    entry = Entry("receive", lane, "websocket.receive", {"n": number}, lane)
    journal.add(entry)
    print(number, flush=True)
"""


def test_a_kill_loses_no_whole_event(tmp_path: Path) -> None:
    draw = random.Random(7)
    for _ in range(20):
        folder = tmp_path / str(draw.random())
        with subprocess.Popen(
            [sys.executable, "-c", WRITES, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "1\n"
            time.sleep(draw.random() / 20)
            writer.kill()
            said = writer.stdout.read().split()

        kept = [event.payload["n"] for event in Flow.merge(folder)]
        # What it has said was written before; one more may have been.
        last = int(said[-1]) if said else 1
        assert kept[-1] in (last, last + 1)
        assert kept == list(range(kept[0], kept[-1] + 1))
