"""A recorder that is not used: no code of it runs."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from minichannels import flow
from minichannels.layers import InMemoryChannelLayer
from support import ROOT, contestants
from support.echoes import echoes
from support.layers import fresh_layer

FLOW = str(Path(flow.__file__).parent)

CHAT = """
import asyncio, sys
from support.contestants import chat
from support.echoes import echoes
asyncio.run(echoes(chat, 2))
print([name for name in sys.modules if "flow" in name])
"""


def test_without_a_recorder_its_code_is_not_even_imported() -> None:
    paths = [str(ROOT / "src"), str(ROOT / "tests")]
    done = subprocess.run(
        [sys.executable, "-c", CHAT],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout == "[]\n"


def calls(app: Any) -> set[str]:
    """Return the functions of the recorder that an echo and a group call."""
    called = set()

    def note(frame: FrameType, event: str, arg: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(FLOW):
            called.add(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        asyncio.run(echoes(app, 3))
    finally:
        sys.setprofile(None)
    return called


def test_a_recorder_that_is_not_used_runs_no_code() -> None:
    with fresh_layer():
        assert calls(contestants.chat) == set()


def test_after_a_recording_none_of_its_code_runs() -> None:
    with fresh_layer() as layer:
        with flow.record(contestants.chat, layer) as recorded:
            while_recorded = calls(recorded.app)
        assert calls(contestants.chat) == set()

    assert while_recorded >= {"group_send", "handler_started", "add"}
    assert isinstance(layer, InMemoryChannelLayer)
    assert layer._minichannels.observer is None
