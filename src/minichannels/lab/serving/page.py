"""A page of a server, shown in the notebook.

A stored ``<iframe>`` would carry a port, which is another one the next time.
So the frame is made in the browser, by a small widget that is told the
address; what is stored is a text that never changes.

Source: the documentation of ``anywidget``.
"""

from pathlib import Path

import anywidget
import traitlets


class Page(anywidget.AnyWidget):
    """A page; made by ``server.page()``.

    Args:
        src: the page's address, for the learner's browser.
        title: what it is, for screen readers and as its text.
        height: its height in pixels.

    Attributes:
        ended: a text to show in place of the page, once it has none.
    """

    # A text: of a path anywidget keeps all widgets, to tell them of changes.
    _esm = (Path(__file__).parent / "static" / "page.js").read_text("utf-8")
    src = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int().tag(sync=True)
    ended = traitlets.Unicode("").tag(sync=True)

    def __init__(self, src: str, title: str, height: int) -> None:
        super().__init__(src=src, title=title, height=height)

    def __repr__(self) -> str:
        return str(self.title)
