"""What names say to every layer across processes."""

CAUSE_KEY = "minichannels.cause"
"""The one key of a message that is reserved: a recorder's, in any process."""


def session_of(channel: str) -> str:
    """Return the id of the loop whose channel it is; empty if of none.

    That is ``ID`` of ``specific.ID!xyz``.
    """
    process, mark, _ = channel.partition("!")
    return process.rpartition(".")[2] if mark else ""
