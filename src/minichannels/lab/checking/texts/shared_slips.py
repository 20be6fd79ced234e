"""What is said of what is kept where all share it: on the class, or beside it.

Which slip it is, ``diagnosis.lines.kept`` finds out.
"""

from collections.abc import Mapping

from minichannels.lab.checking.texts.texts import Text

SHARED: Mapping[str, Text] = {
    "on class": Text(
        headline="",
        did="Line $line puts `$name` on the class, which all $of_all share.",
    ),
    "in global": Text(
        headline="",
        did="Line $line gives a value to the global variable `$name`, which"
        " all $of_all share.",
    ),
    "in common": Text(
        headline="",
        did="Line $line changes `$name`, one $kind that all $of_all share.",
    ),
    "handed": Text(
        headline="",
        did="Line $line puts `$name` on `self`: that is no copy, but the one"
        " $kind that all $of_all share.",
        next="in line $line, make a new $kind.",
    ),
    "of the class": Text(
        headline="",
        did="Line $line reads `$what`, which is that of the class:"
        " `self.$name` may be another.",
        next="in line $line, write `self.$name`.",
    ),
    "met": Text(
        headline="",
        did="Line $line waits at `$name`, one $kind that all $of_all share:"
        " what one of them does with it happens to all.",
    ),
}
"""The texts, by the key of the slip."""
