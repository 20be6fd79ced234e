import pytest

from support.scenes import SCENES, Seen, seen_on


@pytest.fixture(params=SCENES)
async def both(request: pytest.FixtureRequest) -> tuple[Seen, Seen]:
    """What is seen in one scene: over sockets, and in memory."""
    scene = SCENES[request.param]
    return await seen_on("socket", scene), await seen_on("memory", scene)


async def test_both_wires_look_the_same(both: tuple[Seen, Seen]) -> None:
    over_sockets, in_memory = both

    assert over_sockets.by_application
    assert over_sockets.in_flow
    assert in_memory.by_clients == over_sockets.by_clients
    assert in_memory.by_application == over_sockets.by_application
    assert in_memory.in_flow == over_sockets.in_flow
