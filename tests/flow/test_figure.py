import pytest

from minichannels.flow import Flow
from minichannels.flow.drawings import DRAWINGS
from minichannels.flow.figure import Figure
from minichannels.flow.journal.events import Event

ONE = Event(1, "receive", "ada", "app", "websocket.connect", {}, 1)


def test_figure_makes_each_part_once_and_when_it_is_asked_for() -> None:
    made: list[str] = []

    def make(part: str) -> str:
        made.append(part)
        return f"<{part}>"

    figure = Figure(
        lambda: make("svg"),
        lambda: make("text"),
        lambda svg: make(f"html of {svg}"),
    )

    assert made == []
    assert (figure.svg, figure.svg, made) == ("<svg>", "<svg>", ["svg"])
    assert repr(figure) == "<text>"
    assert figure.html == "<html of <svg>>"
    assert made == ["svg", "text", "html of <svg>"]


@pytest.mark.parametrize("name", DRAWINGS)
def test_picture_is_drawn_without_the_table(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in ("as_text", "threads_text", "html", "threads_html"):
        monkeypatch.setattr(f"minichannels.flow.pictures.{words}", None)

    assert getattr(Flow([ONE]), name)().svg.startswith("<svg")


def test_figure_is_of_the_moment_when_it_was_asked_for() -> None:
    events = [ONE]
    figure = Flow(events).lanes()
    events.append(Event(2, "send", "app", "ada", "websocket.close", {}, 1))

    assert "websocket.close" not in figure.svg
