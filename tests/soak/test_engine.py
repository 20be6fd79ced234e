"""Many kernels come and go at once, and leave no server."""

import os
import random
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.engines import kernel, servers_in, wait_until_none_in

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Valkey is not for Windows"
)


@pytest.mark.parametrize("seed", range(10))
def test_kernels_that_come_at_once_share_a_server_and_end_it(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINICHANNELS_HOME", str(tmp_path))
    draw = random.Random(seed)
    with ExitStack() as stack:
        kernels = [stack.enter_context(kernel()) for _ in range(4)]
        places = set()
        for each in kernels:
            assert each.stdout is not None
            places.add(each.stdout.readline().strip())
        (place,) = places
        assert len(servers_in(place)) == 1
        draw.shuffle(kernels)
        for each in kernels:
            if draw.random() < 0.5:
                each.kill()
                each.wait()
            else:
                each.communicate("\n")

    wait_until_none_in(place)
    assert not os.path.exists(place)
