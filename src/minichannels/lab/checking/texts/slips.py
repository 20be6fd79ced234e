"""What is said of a slip that can happen in every exercise.

A field that is not empty takes the place of the exercise's own; ``did`` is
added to it, and with ``should`` goes ``why``. Which slip it is,
``diagnosis.clues`` and ``diagnosis.errors`` find out.
"""

from collections.abc import Mapping

from minichannels.lab.checking.texts.texts import Text

ADVICE: Mapping[str, Text] = {
    # An exception was caught, and nobody knew of it
    "hidden": Text(
        headline="your `$how` in line $at hid $a $error.",
        did="Line $line raised $error: $text. Your `$how` in line $at caught"
        " it, so it was not shown.",
        next="take this `$how` away until all else works, and mend line $line.",
    ),
    # A line that ran cannot have been meant so
    "nested": Text(
        headline="",
        did="Line $line defines `$name` inside of `$outer`, and nobody calls"
        " it there.",
        next="move it to the left, to where the line of `$outer` begins.",
    ),
    "=+": Text(
        headline="",
        did="Line $line says `=$sign`, two signs: it gives `$name` a new value,"
        " and adds nothing to it.",
        next="in line $line, write `$sign=`.",
    ),
    "unused": Text(
        headline="",
        did="In line $line, `$what` stands alone: its value is not used.",
        next="in line $line, use the value: return it, send it, or keep it.",
    ),
    "result unused": Text(
        headline="",
        did="Line $line calls `$what` and does not use what that returns. Such"
        " a call changes nothing by itself.",
        next="in line $line, use what it returns, such as `… = $what`.",
    ),
    "unread": Text(
        headline="",
        did="Line $line calls `$what` and keeps what that returns as `$name`,"
        " which no line reads.",
        next="below line $line, use `$name` where that value is needed.",
    ),
    "renamed": Text(
        headline="",
        did="Line $line sets `self.$name`, which no method reads; `$method`"
        " reads `self.$near`.",
        next="use one name for both, where it is set and where it is read.",
    ),
    "no brackets": Text(
        headline="",
        did="Line $line names `$what`, but does not call it.",
        next="write the brackets: `$what()`.",
    ),
    "first turn": Text(
        headline="",
        did="The `$word` in line $line ends the loop of line $at in its first"
        " turn.",
        next="move the `$word` of line $line out of the loop, or under an"
        " `if`.",
    ),
    "default": Text(
        headline="",
        did="The $kind in line $line is made once, when Python reads the `def`:"
        " all calls use the same one.",
        next="make it inside of the function.",
    ),
    "shadows": Text(
        headline="",
        did="Line $line gives a value to `$name`, a local variable of"
        " `$method`: it ends with it. `self.$name` is not changed.",
        next="in line $line, write `self.$name`.",
    ),
    "no f": Text(
        headline="",
        did="The text in line $line was used with `$what` in it as it stands.",
        next="put an `f` before the quotation marks.",
    ),
    "no else": Text(
        headline="",
        did="Line $sent sent, in the `if` of line $at; then line $line sent"
        " too, for it stands below that `if`.",
        next="put line $line under `else:`.",
    ),
    "never true": Text(
        headline="",
        did="Line $would did not run: the condition in line $line was never"
        " true.",
        next="compare the condition in line $line with what comes.",
    ),
    "never false": Text(
        headline="",
        did="Line $would did not run: the condition in line $line was always"
        " true.",
        next="compare the condition in line $line with what comes.",
    ),
    # Nothing was sent
    "printed": Text(
        headline="",
        did="Line $line prints it. The client gets only what is sent.",
        next="send it instead of printing it.",
    ),
    "returns": Text(
        headline="",
        did="Line $line returns `$what`. The client gets only what is sent.",
        next="in line $line, send it instead of returning it.",
    ),
    "no method": Text(
        headline="",
        did="Your class has no `$handler`, so the library's own ran.",
    ),
    "misspelled": Text(
        headline="",
        did="Your class has no `$handler`; it has `$near` (line $line).",
        next="give the method in line $line the name `$handler`.",
    ),
    "replaced": Text(
        headline="",
        did="Your `$method` takes the place of the library's own, which does"
        " more.",
        should="The library's `$method` calls your method `$handler`.",
        next="write `$handler` instead of `$method`.",
    ),
    # A call was not awaited
    "await": Text(
        headline="",
        should="`await` before the call: `await …$call(…)`.",
        why="M03",
    ),
    "wrap": Text(
        headline="",
        should="In a `def`, where `await` cannot stand:"
        " `async_to_sync($of$call)(…)`.",
        why="M03",
    ),
    "async": Text(
        headline="",
        should="`async def $function`, for what is called there has to be"
        " awaited.",
        next="write `async` before that `def`, and `await` before the call.",
        why="M03",
    ),
    "brackets": Text(
        headline="",
        should="`async_to_sync` takes the method itself, without a call:"
        " `async_to_sync($of$call)(…)`.",
        next="close the bracket of `async_to_sync` before the arguments.",
        why="M03",
    ),
    # It raised
    "method": Text(
        headline="",
        did="`$what` is a method without brackets: so it is not called.",
        next="write the brackets: `$what()`.",
    ),
    "unbound": Text(
        headline="",
        did="`$what()` was called of the class: it does not say of which"
        " object.",
        next="call it of the object itself, such as `….isoformat()`.",
    ),
    "unbound of another": Text(
        headline="",
        did="`$what` was called of the class, with something that is no"
        " `$kind`.",
        next="call it of the object itself, such as `….$what()`.",
    ),
    "arguments": Text(
        headline="",
        did="`$call` takes $takes, and was given $given. (Of a method, `self`"
        " counts, too.)",
        next="compare the call with the line of the `def`.",
    ),
    "dict attribute": Text(
        headline="",
        did="`$what` is a dict there. What is in it is found by its key.",
        next="write `$what[…]`, with the key.",
    ),
    "none": Text(
        headline="",
        did="`$what` is None there.",
        next="look where `$what` gets its value. A function without `return`"
        " gives None, and so does a method such as `append`.",
    ),
    "near attribute": Text(
        headline="",
        did="There is a `$near`.",
        next="write `$near` instead of `$name`.",
    ),
    "key of another": Text(
        headline="`$what` has no key `$key`.",
        did="Line $line asks `$what` for `$key`.",
        next="compare the key with those that are in `$what`.",
    ),
    "text index": Text(
        headline="",
        did="`$what` is a text (a `str`) there, and no dict: it has no keys.",
        next="use `$what` itself; if it is JSON, make a dict of it first, with"
        " `json.loads`.",
    ),
    "not set yet": Text(
        headline="",
        did="The function gives a value to `$name`, so it is a local variable"
        " in all of it; and here it has none yet.",
        next="keep it on `self`, or give it a value before.",
    ),
    "not imported": Text(
        headline="",
        did="No cell that ran has imported `$name`.",
        next="write `$line` above your code.",
    ),
    "method of texts": Text(
        headline="",
        did="There is no function `$name`: it is a method of texts.",
        next="write the text, a dot, and then `$name()`.",
    ),
    "near name": Text(
        headline="",
        did="There is a `$near`.",
        next="write `$near` instead of `$name`.",
    ),
    "text and bytes": Text(
        headline="",
        did="One of the two is a text, the other bytes.",
        next="make both the same: `.encode()` makes bytes of a text,"
        " `.decode()` a text of bytes.",
    ),
    "joined": Text(
        headline="",
        did="`+` joins a text with a text; here one side is of the type"
        " `$kind`.",
        next="make a text of it: `str(…)`, or an f-string; of a dict, take the"
        " text that is in it.",
    ),
    "loaded twice": Text(
        headline="",
        did="What `json.loads` got is a dict already.",
        next="leave out `json.loads` there.",
    ),
    "self missing": Text(
        headline="",
        did="`self` is missing.",
        next="write `$wanted:`",
    ),
    "parameters": Text(headline="", next="write `$wanted:`"),
    "async in sync": Text(
        headline="",
        next="write `def` without `async`, and leave out `await` in it.",
    ),
    "def in async": Text(headline="", next="write `async def`."),
    "not async": Text(
        headline="",
        did="What stands after `await` is no coroutine.",
        next="leave out this `await`.",
    ),
    "not a dict": Text(
        headline="",
        should='A message for the layer is a dict with a `type`: `{"type": …,'
        " …}`.",
        next="send a dict. Its `type` names the method that handles it.",
    ),
    "no type": Text(
        headline="",
        should="The message has a `type`, which names the method that handles"
        " it.",
        next="put the `type` into the message.",
    ),
    "whole event": Text(
        headline="",
        did="You sent the whole event. The text is in it.",
        next='send the text of the event, such as `$name["text"]`.',
    ),
    "a dict": Text(
        headline="",
        did="What you have there is a dict. The text is in it.",
        next='take the text out of it, such as `event["text"]`.',
    ),
    "no key": Text(
        headline="",
        did="The message has the keys $keys; `$handler` reads `$key`.",
        should="Who sends and who reads use the same keys.",
        next="use the same key where you send and where you read.",
    ),
    "swapped": Text(
        headline="",
        did="That is the name of a channel.",
        should="The group comes first, then the channel.",
        next="swap the two arguments.",
    ),
    "missing argument": Text(
        headline="",
        should="`$call` takes two arguments: the group, then the $second.",
        next="add the missing argument.",
    ),
    "on self": Text(
        headline="",
        did="`$name` belongs to the object.",
        next="write `self.$name`.",
    ),
    "local": Text(
        headline="",
        did="The `$name` in `$method` is gone when `$method` returns.",
        next="keep it on the object: `self.$name`, in both methods.",
    ),
}
"""The texts, by the key of the slip."""
