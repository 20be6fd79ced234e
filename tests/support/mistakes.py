"""What applications raise, and what their errors say."""

import pytest

from minichannels.testing import ApplicationCommunicator
from minichannels.types import Message
from support.limit import LIMIT


async def error_of(
    client: ApplicationCommunicator,
    event: Message,
    kind: type[BaseException],
    match: str | None = None,
) -> str:
    """Send an event to an application; return what its error says.

    Args:
        client: talks to the application.
        event: the event that it cannot handle.
        kind: the type of the error that it ends with.
        match: a pattern that is in the error's text.
    """
    await client.send_input(event)
    with pytest.raises(kind, match=match) as raised:
        await client.wait(LIMIT)
    return str(raised.value)
