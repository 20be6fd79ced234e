"""The live view's script: several modules, put together into one file.

How it works: a widget of a notebook takes its script from one file, and a
person reads small ones. Each module stands in the file once, behind those
that it imports, and without its imports: all share one scope. So no two may
give the same name to different things, nothing is imported by another name,
and none imports what needs it.

``python -m minichannels.flow.live.script`` writes the file anew.
"""

import re
from pathlib import Path

MODULES = Path(__file__).parent / "modules"
SCRIPT = Path(__file__).parent / "static" / "live.js"

_COMMAND = "python -m minichannels.flow.live.script"
_HEAD = f"// Written by {_COMMAND}, from the modules beside it.\n"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)


def script(folder: Path = MODULES, entry: str = "live") -> str:
    """Return the modules of a folder as one.

    Args:
        folder: where the modules are.
        entry: the name of the one that imports the others.
    """
    return _HEAD + "".join(_sources(folder, entry, {}).values())


def _sources(folder: Path, name: str, found: dict[str, str]) -> dict[str, str]:
    """Find a module's source, behind those of the modules that it needs."""
    source = (folder / f"{name}.js").read_text(encoding="utf-8")
    for needed in _IMPORT.findall(source):
        if needed not in found:
            _sources(folder, needed, found)
    found[name] = f"\n{_IMPORT.sub('', source)}"
    if re.search(r"^import\b", found[name], re.MULTILINE):
        msg = (
            f"{name}.js imports in a way that is not understood; write"
            ' import { … } from "./….js";'
        )
        raise ValueError(msg)
    return found


def main() -> None:
    """Write the script anew."""
    SCRIPT.write_text(script(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
