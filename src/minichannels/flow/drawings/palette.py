"""The colours of everything that shows a flow, once.

How it works: a picture is drawn in the light theme, on a ground of its own.
The live view, the page of a flow and the messages of the checks follow the
theme of the reader's system; their style sheets have these colours by the
same names, and a test compares them.

Rule: a colour has one meaning (``MEANINGS``), in all drawings and legends,
and what has a meaning has one colour. A drawing asks for what it means.

Source: the visual language, "Colours": each text has a contrast of 4.5 at
least on each ground, each line one of 3.
"""

from collections.abc import Mapping

INK, MUTED = "#1B1F24", "#4D5761"
PANEL, BAND = "#FFFFFF", "#F3F6F9"
EDGE, LANE = "#C3CBD3", "#76818C"
SOCKET, LIFE, LAYER, LOST = "#0068A3", "#00734F", "#8F5500", "#B83B00"
SCOPE, BOX, MEMBER = "#E2EBF3", "#3C6284", "#863C86"
LAYER_GROUND, WAITING, GROUP = "#FBF3E6", "#FFF1DA", "#F7EAF7"
LOST_GROUND = "#FDEBE1"

MEANINGS: Mapping[str, str] = {
    INK: "words and numbers; a mark around rows",
    MUTED: "words that explain",
    PANEL: "the ground of everything",
    BAND: "rows beside rows of another cause",
    EDGE: "a line between parts of a drawing",
    LANE: "a place while nothing is in it: a lane, room in a mailbox",
    SOCKET: "a client, its open socket, and the data on it",
    LIFE: "a connection begins or ends",
    LAYER: "a message in the layer: it moves, waits, or is read",
    LAYER_GROUND: "the ground of the layer",
    WAITING: "the ground of a message that waits",
    MEMBER: "a group, who is in it, who joins and who leaves",
    GROUP: "the ground of a group",
    SCOPE: "a scope lives",
    BOX: "a handler runs",
    LOST: "something was lost, refused or raised, or did not come",
    LOST_GROUND: "the ground of a handler that raised",
}
"""What each colour means."""

DARK = {
    INK: "#E6EBF0",
    MUTED: "#A9B4BF",
    PANEL: "#16191D",
    BAND: "#1E2429",
    EDGE: "#3A434C",
    LANE: "#7D8994",
    SOCKET: "#5BB2EC",
    LIFE: "#3FC79A",
    LAYER: "#DFA54A",
    LOST: "#FF8A5C",
    SCOPE: "#243340",
    BOX: "#7FA6C9",
    MEMBER: "#D9A0E0",
    LAYER_GROUND: "#231E15",
    WAITING: "#3A2C12",
    GROUP: "#36203A",
    LOST_GROUND: "#3B2018",
}
"""What stands for each colour in the dark theme."""
