from minichannels.flow.connection import Connection, Link
from minichannels.flow.journal import Journal


def test_unfinished_may_be_asked_while_another_thread_changes_it() -> None:
    journal = Journal()
    lane = journal.open_lane("ada", "echo")
    connection = Connection(
        journal, lane, Link("ada"), lambda: None, lambda name: 1
    )

    def count() -> int:
        connection.mailboxes["new", None] = lambda: 7
        return 1

    connection.mailboxes["old", None] = count

    assert connection.unfinished() == [
        "the mailbox of echo (for ada) holds 1 message"
    ]
