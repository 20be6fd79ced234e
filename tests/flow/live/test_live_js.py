"""The functions of the live view's module, run by node."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from minichannels.flow.live.feed import Feed
from support.journals import Later, Talk

TESTS = Path(__file__).with_name("live.test.mjs")


def told() -> dict[str, Any]:
    """Return what a feed tells while much happens, and what it knows then."""
    talk, later = Talk(), Later()
    ada = talk.join("ada")  # so the layer has its column
    feed = Feed(talk.journal, later)
    before, updates = feed.state(), []
    feed.subscribe(lambda update: updates.append(json.dumps(update)))
    bob = talk.join("bob")
    later.pass_time()
    entry = talk.says(ada, "hi")
    waits = talk.broadcast(ada, [ada, bob], "waiting")[1]
    later.pass_time()
    entry.handler = "receive"
    talk.broadcast(ada, [ada, bob], "dropped")
    talk.after("read", waits)
    later.pass_time()
    talk.ends(bob)
    talk.ghost(bob)
    later.pass_time()
    return {
        "before": before,
        "updates": [json.loads(update) for update in updates],
        "after": feed.state(),
    }


def test_functions_of_the_module_pass_under_node(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node: the browser tests still drive the whole view")
    case = tmp_path / "told.json"
    case.write_text(json.dumps(told()), encoding="utf-8")

    done = subprocess.run(
        [node, "--test", str(TESTS)],
        env=os.environ | {"TOLD": str(case)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
