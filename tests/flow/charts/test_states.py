"""The state diagram says what ``protocol.TABLE`` says, and nothing else."""

import re
from xml.etree import ElementTree

import pytest

from minichannels.flow import state_diagram
from minichannels.protocol import RECEIVED, START, TABLE, State

each_type = pytest.mark.parametrize("scope_type", START)
SVG = "{http://www.w3.org/2000/svg}"


def of_text(scope_type: str) -> dict[str, dict[str, str]]:
    """Return the table that the words hold: state, event, what follows."""
    table: dict[str, dict[str, str]] = {}
    for line in state_diagram(scope_type).text.splitlines()[2:]:
        if line and not line.startswith(" "):
            state = table.setdefault(line, {})
        elif match := re.match(r"  (\S+) +from the (\w+) +(.*)", line):
            state[match[1]] = match[3].removeprefix("then ")
            assert (match[2] == "server") is (match[1] in RECEIVED)
    return table


def of_table(first: State) -> dict[str, dict[str, str]]:
    """Return the part of ``TABLE`` that begins with a state."""
    table: dict[str, dict[str, str]] = {}
    pending = [first]
    while pending:
        state = pending.pop()
        if state.name not in table:
            steps = TABLE[state].items()
            table[state.name] = {
                kind: "stays" if then is state else then.name
                for kind, then in steps
            }
            pending += TABLE[state].values()
    return table


@each_type
def test_words_are_the_table(scope_type: str) -> None:
    assert of_text(scope_type) == of_table(START[scope_type])


@each_type
def test_picture_names_each_state_and_event_once(scope_type: str) -> None:
    picture = ElementTree.fromstring(state_diagram(scope_type).svg)
    written = sorted(text.text or "" for text in picture.iter(f"{SVG}text"))

    table = of_table(START[scope_type])
    names = [*table, *(kind for steps in table.values() for kind in steps)]
    assert sorted(set(written) & set(names)) == sorted(set(names))
    assert [w for w in written if w in names] == sorted(names)


@each_type
def test_each_event_that_changes_the_state_has_a_line(scope_type: str) -> None:
    svg = state_diagram(scope_type).svg
    steps = of_table(START[scope_type]).values()
    lines = re.findall(r'stroke-width="1.4"/>', svg)

    changing = [then for s in steps for then in s.values() if then != "stays"]
    assert len(lines) == len(changing)


@each_type
def test_the_figure_says_in_words_what_it_shows(scope_type: str) -> None:
    said = f'alt="The states of a scope of type {scope_type}: '
    first = START[scope_type].name

    assert f"{said}{first}, " in state_diagram(scope_type).html


def test_table_of_the_figure_says_the_same() -> None:
    html = state_diagram("websocket").html

    row = (
        '<tr><th scope="row">CONNECTING</th><td>websocket.accept</td>'
        "<td>the application</td><td>OPEN</td></tr>"
    )
    assert row in html


def test_no_card_lies_over_another_one() -> None:
    for scope_type in START:
        svg = state_diagram(scope_type).svg
        cards = [
            tuple(map(float, box))
            for box in re.findall(
                r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"'
                r' height="([\d.]+)" fill="#FFFFFF" stroke="#76818C"',
                svg,
            )
        ]
        assert len(cards) == len(of_table(START[scope_type]))
        for x, y, wide, high in cards:
            inside = [
                other
                for other in cards
                if x < other[0] + other[2]
                and other[0] < x + wide
                and y < other[1] + other[3]
                and other[1] < y + high
            ]
            assert inside == [(x, y, wide, high)]


def test_unknown_type_is_an_error_that_names_the_others() -> None:
    with pytest.raises(ValueError, match="'websocket', 'http', 'lifespan'"):
        state_diagram("ftp")
