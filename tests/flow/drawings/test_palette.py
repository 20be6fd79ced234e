"""The colours of scripts and style sheets are those of the drawings."""

import re
from pathlib import Path

import pytest

from minichannels import flow, lab
from minichannels.flow.drawings import palette

LIGHT = {
    name.lower().replace("_", "-"): value
    for name, value in vars(palette).items()
    if isinstance(value, str) and value.startswith("#")
}
DARK = {name: palette.DARK[value] for name, value in LIGHT.items()}
FLOW, LAB = Path(flow.__file__).parent, Path(lab.__file__).parent
SHEETS = (
    FLOW / "live" / "static" / "live.js",
    FLOW / "web" / "static" / "page.css",
    LAB / "checking" / "report" / "static" / "check.css",
    LAB / "serving" / "static" / "page.js",
)
OTHER_NAMES = {"ground": "band", "soft": "band", "mute": "muted"} | {
    "bad": "lost",
    "good": "life",
}


def full(colour: str) -> str:
    """Return a colour in six capital digits."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return f"#{digits.upper()}"


def test_every_colour_has_one_for_the_dark_theme() -> None:
    assert set(palette.DARK) == set(LIGHT.values())
    assert len(LIGHT) == len(set(LIGHT.values())) == len(set(DARK.values()))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_sheet_has_colours_of_the_palette_alone(sheet: Path) -> None:
    text = sheet.read_text(encoding="utf-8")

    found = {full(c) for c in re.findall(r"#(?:[0-9A-Fa-f]{3}){1,2}\b", text)}

    assert found <= {*LIGHT.values(), *DARK.values()}
    assert found


@pytest.mark.parametrize("sheet", SHEETS[1:-1], ids=lambda path: path.name)
def test_sheet_calls_the_colours_of_both_themes_by_their_names(
    sheet: Path,
) -> None:
    text = sheet.read_text(encoding="utf-8")
    # Those of a theme may stand twice: for the system's, and for JupyterLab's.
    pairs = dict.fromkeys(re.findall(r"--([a-z-]+): ?(#[0-9A-Fa-f]+)", text))

    found = [(OTHER_NAMES.get(n, n), full(colour)) for n, colour in pairs]

    half = len(found) // 2
    names = [name for name, _ in found]
    assert half >= 6
    assert names[:half] == names[half:]
    assert found[:half] == [(name, LIGHT[name]) for name in names[:half]]
    assert found[half:] == [(name, DARK[name]) for name in names[half:]]


def test_live_view_has_the_whole_palette_in_both_themes() -> None:
    text = SHEETS[0].read_text(encoding="utf-8")
    tokens = re.findall(r'"(#[0-9A-F]{6})": "([a-z-]+)"', text)
    dark = re.findall(r'"?([a-z-]+)"?: "(#[0-9A-F]{6})"', text)

    assert {name: value for value, name in tokens} == LIGHT
    assert dict(dark) == DARK
