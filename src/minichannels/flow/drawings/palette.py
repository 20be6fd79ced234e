"""The colours of everything that shows a flow, once.

How it works: a picture is drawn in the light theme, on a ground of its own.
The live view, the page of a flow and the messages of the checks follow the
theme of the reader's system; their style sheets have these colours by the
same names, and a test compares them.

Source: the visual language, "Colours": each text has a contrast of 4.5 at
least on each ground, each line one of 3.
"""

INK, MUTED = "#1B1F24", "#4D5761"
PANEL, BAND = "#FFFFFF", "#F3F6F9"
EDGE, LANE = "#C3CBD3", "#76818C"
SOCKET, LIFE, LAYER, LOST = "#0068A3", "#00734F", "#8F5500", "#B83B00"
SCOPE, BOX = "#E2EBF3", "#3C6284"
LAYER_GROUND, GROUP, LOST_GROUND = "#FBF3E6", "#FFF1DA", "#FDEBE1"

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
    LAYER_GROUND: "#231E15",
    GROUP: "#3A2C12",
    LOST_GROUND: "#3B2018",
}
"""What stands for each colour in the dark theme."""
