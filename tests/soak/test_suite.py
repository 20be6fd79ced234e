"""What passes once passes every time, also on a busy machine."""

from collections.abc import Callable

import pytest

from support import later
from support.repeating import repeated

ROUNDS = 10
TOGETHER = ["-n", "auto", "--dist", "loadgroup"]
# What make quick runs, and the browser tests: what changes lean on.
LATER = [f"--ignore=tests/{name}" for name in later() if name != "browser"]
# Servers that are killed, stand still or cut a reply in two.
FAULTS = [
    "tests/layers/remote/test_faults.py",
    "tests/layers/redis/test_faults.py",
    "tests/layers/redis/test_link.py",
    "tests/layers/nats/test_wire.py",
]
# Brokers, chat servers and modems of others.
JUDGES = [
    "tests/protocols/mqtt/test_client.py",
    "tests/protocols/test_bot.py",
    "tests/protocols/radio",
    "tests/browser/test_beyond_the_web.py",
]


@pytest.mark.timeout(0)  # each test has a limit of its own
@pytest.mark.usefixtures("load")
@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        ("suite", [*TOGETHER, "-m", "not kernel or browser", *LATER]),
        ("faults", [*TOGETHER, *FAULTS]),
        ("judges", [*TOGETHER, *JUDGES]),
    ],
)
def test_passes_every_time_under_load(
    what: str,
    arguments: list[str],
    record_property: Callable[[str, object], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = repeated(what, arguments, ROUNDS, capsys)

    record_property("measured", result.measured)
    assert result.failures == []
