"""The ladder says the same in its picture, its words and its table."""

import re
from xml.etree import ElementTree

import pytest

from minichannels.flow.drawings import palette
from minichannels.lab.notebook.ladder import Crossing, ladder

ROWS = (
    Crossing("ada", "server", "GET /tea HTTP/1.1", "… 9 bytes of HTTP", True),
    Crossing("server", "counter", "websocket.connect", "", True),
    Crossing("counter", "server", "websocket.send", 'text="<&>"'),
    Crossing("server", "ada", "81 05", "text"),
    Crossing("ada", "server", "89 00", "ping"),
)
SVG = "{http://www.w3.org/2000/svg}"


def test_words_have_a_line_for_each_crossing() -> None:
    assert ladder("ada", "counter", ROWS[:3]).text.splitlines() == [
        "Wire: bytes crossed 1 time between ada and the server, and 2 events"
        " between the server and counter.",
        "",
        "no.  from     to       what crossed       what it says",
        "  1  ada      server   GET /tea HTTP/1.1  … 9 bytes of HTTP",
        "  2  server   counter  websocket.connect",
        '  3  counter  server   websocket.send     text="<&>"',
    ]


def test_table_has_a_row_for_each_crossing() -> None:
    html = ladder("ada", "counter", ROWS).html

    assert html.count("<tr>") == 1 + len(ROWS)
    assert (
        '<tr><th scope="row">3</th><td>counter</td><td>server</td>'
        "<td>websocket.send</td><td>text=&quot;&lt;&amp;&gt;&quot;</td></tr>"
    ) in html
    assert 'alt="Wire: bytes crossed 3 times between ada and the' in html


def test_picture_has_an_arrow_for_each_crossing_and_its_words() -> None:
    svg = ladder("ada", "counter", ROWS).svg
    written = ["".join(t.itertext()) for t in texts(svg)]

    for row in ROWS:
        assert f"{row.what} {row.meaning}" in written
    of_life, of_data = (
        len(re.findall(rf'L[\d. ]+" fill="none" stroke="{colour}"', svg))
        for colour in (palette.LIFE, palette.SOCKET)
    )
    assert (of_life, of_data) == (2 * (2 + 1), 3 + 1)  # with their heads


def test_rows_of_one_cause_have_one_ground() -> None:
    svg = ladder("ada", "counter", ROWS).svg

    shaded = re.findall(rf'y="([\d.]+)"[^>]+fill="{palette.BAND}"', svg)
    assert shaded == ["174"]  # the ping, which begins anew


def test_long_names_and_words_are_cut() -> None:
    rows = [Crossing("a" * 30, "server", "b" * 90, "c" * 90)]

    figure = ladder("a" * 30, "counter", rows)

    written = ["".join(t.itertext()) for t in texts(figure.svg)]
    assert f"{'a' * 15}…" in written
    assert f"{'b' * 43}… {'c' * 43}…" in written
    assert max(map(len, figure.text.splitlines()[2:])) < 140


@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], ()])
def test_words_stay_inside_of_the_picture(rows: tuple[Crossing, ...]) -> None:
    svg = ladder("ada", "counter", rows).svg
    width = float(ElementTree.fromstring(svg).attrib["width"])

    ends = [
        float(text.attrib["x"]) + 6.6 * len("".join(text.itertext()))
        for text in texts(svg)
        if "text-anchor" not in text.attrib
    ]
    assert max(ends) <= width


def texts(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(f"{SVG}text"))
