"""What a connection still has to do, before anybody goes on."""

from minichannels.flow.journal.journal import Journal
from minichannels.flow.recording.application.settling import unfinished
from support.connections import connect


def test_unfinished_may_be_asked_while_another_thread_changes_it() -> None:
    connection = connect(Journal())

    def count() -> int:
        connection.mailboxes["new", None] = lambda: 7
        return 1

    connection.mailboxes["old", None] = count

    assert unfinished(connection) == [
        "the mailbox of app of ada (for ada) holds 1 message"
    ]


def test_what_has_ended_has_finished() -> None:
    connection = connect(Journal())
    connection.link.sent += 1
    assert len(unfinished(connection)) == 1

    connection.ends()

    assert unfinished(connection) == []
