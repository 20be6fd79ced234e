"""What a connection still has to do, in words: whoever waits for it is told.

Rule 1: any thread may ask. So it looks at copies, each made in one step.
"""

from minichannels.flow.recording.application.connection import Connection


def unfinished(connection: Connection) -> list[str]:
    """Say what is still to be done, a sentence for each thing."""
    if connection.over or connection.link.left_alone:
        return []
    return [*_work(connection), *_unread(connection), *_mail(connection)]


def _work(connection: Connection) -> list[str]:
    who = _who(connection)
    running = list(connection.observer.running)
    if running:
        return [f"{who} still runs {name}()" for name in running]
    kinds = [dict.get(message, "type") for message in connection.at_work()]
    return [f"{who} is still at work on {kind!r}" for kind in kinds]


def _who(connection: Connection) -> str:
    lane = connection.lane
    return lane.application + (f" (for {lane.client})" if lane.client else "")


def _unread(connection: Connection) -> list[str]:
    who, client = connection.lane.application, connection.lane.client
    if connection.gone:
        return []
    if connection.unread > 0:
        return [
            f"{who} has not read {_messages(connection.unread)} of {client}"
        ]
    if connection.link.closed:
        return [f"{who} has not been told yet that {client} is gone"]
    return []


def _mail(connection: Connection) -> list[str]:
    who = _who(connection)
    counts = [count() for count in list(connection.mailboxes.values())]
    return [f"the mailbox of {who} holds {_messages(n)}" for n in counts if n]


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number} messages"
