"""What is said of what the learner's code lost without a word.

An error in a task, a copy that nobody got, a list that took the place of
another. Which slip it is, ``diagnosis.search`` finds out, or
``report.judging``.
"""

from collections.abc import Mapping

from minichannels.lab.checking.texts.texts import Text

LOST: Mapping[str, Text] = {
    "task raised": Text(
        headline="your code raised $name, where nobody waited for it.",
        did="Line $line raised $error. That ended `$function`, and nobody was"
        " told: who starts a task, or a thread, goes on at once.",
        next="mend line $line first.",
    ),
    "never changed": Text(
        headline="",
        did="Line $line compares `self.$name`, and no line that ran has given"
        " it another value since the connection began.",
        next="let `self.$name` change when what it stands for does.",
    ),
    "not handed on": Text(
        headline="",
        did="Line $line makes `$name`, and no line hands it on or reads it.",
        next="below line $line, use `$name` where it is needed.",
    ),
    "by letters": Text(
        headline="",
        did="Line $line adds the text `$what` to the list `$name`: the list"
        " takes each letter of it as a thing of its own.",
        next="in line $line, write `$name.append($what)`.",
    ),
    "joined letters": Text(
        headline="",
        did="Line $line joins `$what`, which is a text: each letter of it is a"
        " thing of its own.",
        next="keep the texts in a list, and join that.",
    ),
    "None kept": Text(
        headline="",
        did="Line $line keeps as `$name` what `$what` returns, and that is"
        " None: such a call changes `$of` itself.",
        next="in line $line, leave out `$name =`.",
    ),
    "put in its place": Text(
        headline="",
        did="Line $line says `$what`: what `$name` held before is gone then.",
        next="add to what is there: `$name.append(…)`.",
    ),
}
