from minichannels.flow import Flow, Journal
from minichannels.flow.journal import Entry


def test_flow_follows_its_journal() -> None:
    journal = Journal()
    flow = Flow(journal)
    assert len(flow) == 0
    assert flow

    lane = journal.open_lane("ada", "echo")
    journal.add(Entry("receive", lane, "websocket.connect", {"path": "/"}))

    assert len(flow) == 1
    assert list(flow) == list(flow.events)
    assert [event.type for event in flow] == ["websocket.connect"]


def test_flow_shows_itself_as_text() -> None:
    journal = Journal(kept=1)
    lane = journal.open_lane("ada", "echo")
    journal.add(Entry("receive", lane, "websocket.connect", {"path": "/"}))
    journal.add(Entry("send", lane, "websocket.accept", {}))

    assert str(Flow(journal)).split("\n") == [
        "Flow: 1 event, 1 older event left out.",
        "",
        " no.  from  to    what",
        "",
        "   1  echo  ada   websocket.accept",
    ]
