"""Whether what is drawn can be seen: colours on the grounds that they have."""

import pytest

from minichannels.flow.drawings import palette


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
        for c in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


GROUNDS = (
    palette.PANEL,
    palette.BAND,
    palette.SCOPE,
    palette.LAYER_GROUND,
    palette.WAITING,
    palette.GROUP,
)


@pytest.mark.parametrize("ground", [*GROUNDS, palette.LOST_GROUND])
@pytest.mark.parametrize(
    "text",
    [
        palette.INK,
        palette.MUTED,
        palette.SOCKET,
        palette.LIFE,
        palette.LAYER,
        palette.LOST,
        palette.MEMBER,
    ],
)
def test_text_can_be_read(text: str, ground: str) -> None:
    assert _contrast(text, ground) >= 4.5


LINES = (
    palette.SOCKET,
    palette.LIFE,
    palette.LAYER,
    palette.LOST,
    palette.LANE,
    palette.BOX,
    palette.MEMBER,
    palette.INK,
)


@pytest.mark.parametrize("ground", [*GROUNDS, palette.LOST_GROUND])
@pytest.mark.parametrize("line", LINES)
def test_lines_can_be_seen(line: str, ground: str) -> None:
    assert _contrast(line, ground) >= 3


@pytest.mark.parametrize("ground", [palette.INK, palette.SOCKET, palette.LAYER])
def test_what_is_white_can_be_read(ground: str) -> None:
    assert _contrast(palette.PANEL, ground) >= 4.5
