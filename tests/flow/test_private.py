import stat
from pathlib import Path

import pytest

from minichannels.flow import Flow
from minichannels.flow.private import write_text
from support.story import GOLDEN


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("there", [False, True])
def test_what_is_written_is_for_its_owner_alone(
    tmp_path: Path, there: bool
) -> None:
    path = tmp_path / "flow.txt"
    if there:
        path.touch()
        path.chmod(0o644)

    write_text(path, "hi \u2713")

    assert path.read_text(encoding="utf-8") == "hi \u2713"
    assert mode(path) == 0o600


def test_whatever_is_saved_of_a_flow_is_private(tmp_path: Path) -> None:
    flow = Flow.from_json((GOLDEN / "flow.json").read_bytes())

    for suffix in ("svg", "json", "txt", "har"):
        flow.save(tmp_path / f"flow.{suffix}")
    flow.topology().save(tmp_path / "topology.svg")

    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}
