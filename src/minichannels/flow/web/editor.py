"""Where a link leads that opens an editor: a template with a path and a line.

How it works: the developer gives the address that the editor answers to, such
as ``vscode://file/{path}:{line}``; the page (``live/modules/editor.js``) puts
a file and a line in. What a browser would run or show itself is no editor.
"""

import re

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*):\S*\{path\}\S*", re.ASCII | re.I)

_BROWSERS_OWN = frozenset(
    {"about", "blob", "data", "file", "filesystem", "javascript", "vbscript"}
)


def require_editor(template: str) -> str:
    """Return the template of an editor's address.

    Raises:
        ValueError: it is none; says what one looks like.
    """
    found = _ADDRESS.fullmatch(template)
    if found is None or found[1].lower() in _BROWSERS_OWN:
        raise ValueError(
            f"{template!r} is not the address of an editor, such as"
            " vscode://file/{path}:{line}"
        )
    return template
