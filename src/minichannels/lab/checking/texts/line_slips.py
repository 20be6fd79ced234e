"""What is said of a line that ran, though nothing was raised.

Which slip it is, ``diagnosis.search`` finds out.
"""

from collections.abc import Mapping

from minichannels.lab.checking.texts.texts import Text

LINES: Mapping[str, Text] = {
    # An exception was caught, and nobody knew of it
    "hidden": Text(
        headline="your `$how` in line $at hid $a $name.",
        did="Line $line raised $error. Your `$how` in line $at caught it, so it"
        " was not shown.",
        next="take this `$how` away until all else works, and mend line $line.",
    ),
    "provoked": Text(
        headline="your `$how` in line $at hid $a $name.",
        did="Line $line raised $error. Your `$how` in line $at caught it, so"
        " nobody heard of it.",
    ),
    "cancelled": Text(
        headline="your `$how` in line $at caught a cancellation.",
        did="What line $line waited for was cancelled. Python says so with a"
        " `CancelledError`; your `$how` in line $at caught that, and went on.",
        next="in line $at, name the errors that you expect: `except Exception`"
        " lets a cancellation through.",
    ),
    "uncancelled": Text(
        headline="",
        did="When the time was up, I cancelled it; your `$how` in line $at"
        " caught that, too.",
        next="let line $line end; and in line $at, name the errors that you"
        " expect: `except Exception` lets a cancellation through.",
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
    "always so": Text(
        headline="",
        did="The condition in line $line is true whatever comes: `or` begins"
        " another one, and `$what` by itself counts as true.",
        next="in line $line, write the whole comparison behind `or` as well.",
    ),
    "same object": Text(
        headline="",
        did="Line $line asks `$what`: that is whether both are one and the"
        " same object, not whether they are equal.",
        next="in line $line, compare with `==` or `!=`.",
    ),
    "unused": Text(
        headline="",
        did="In line $line, `$what` stands alone: its value is not used.",
        next="in line $line, use the value: return it, send it, or keep it.",
    ),
    "not asserted": Text(
        headline="",
        did="Line $line compares, `$what`, and nothing depends on what comes of"
        " it: the test passes either way.",
        next="in line $line, write `assert`, and then the comparison.",
    ),
    "answer unused": Text(
        headline="",
        did="Line $line asks `$what`, which is true or false, and nothing"
        " depends on it: the test passes either way.",
        next="in line $line, write `assert` before it.",
    ),
    "always true": Text(
        headline="",
        did="Line $line asserts `$what`, which is a tuple of two or more: that"
        " counts as true, whatever is in it.",
        next="in line $line, leave out the brackets behind `assert`.",
    ),
    "asserts less": Text(
        headline="",
        did="Line $line asserts `$what`: it does not ask whether the answer"
        " is the text itself.",
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
    "no f of bytes": Text(
        headline="",
        did="The bytes in line $line were used with `$what` in them as it"
        " stands.",
        next="bytes have no `f`: write a text with it, and `.encode()` behind.",
    ),
    "no else": Text(
        headline="",
        did="Line $sent sent, in the `if` of line $at; then line $line sent"
        " too, for it stands below that `if`.",
        next="put line $line under `else:`.",
    ),
    "not true": Text(
        headline="",
        did="Line $would did not run: the condition in line $line was not"
        " true.",
        first="compare the condition in line $line with what comes.",
    ),
    "not false": Text(
        headline="",
        did="Line $would did not run: the condition in line $line was true.",
        first="compare the condition in line $line with what comes.",
    ),
    "ended before": Text(
        headline="",
        did="Line $would did not run: the `$word` in line $line came before"
        " it.",
        first="compare the condition above line $line with what comes.",
    ),
    "waits before": Text(
        headline="",
        did="Line $would did not run: line $line asks for another event before"
        " that, and none has come.",
        next="act on the event that has come before you ask for another one.",
    ),
    "unreachable": Text(
        headline="",
        did="Line $line never runs: the `$word` in line $at stands above it,"
        " and leaves.",
        next="move line $line above line $at.",
    ),
    "anew in a turn": Text(
        headline="",
        did="Line $line runs in each turn of the loop in line $at: `$what`.",
        next="move line $line above the loop of line $at.",
    ),
    "anew in a call": Text(
        headline="",
        did="Line $line runs each time that `$method` does: `$what`.",
        next="do it once for each connection, in `connect`.",
    ),
    "not counted": Text(
        headline="",
        did="Line $line says `$what`: whatever the number was before, that is"
        " what it is then.",
        next="in line $line, write `+=` to add to it.",
    ),
    "last turn": Text(
        headline="",
        did="Each turn of the loop in line $at gives a value to `$name`, in"
        " line $before or in line $line: what the last turn gave is what it"
        " is then.",
        next="give `$name` the value of line $line once, above the loop, and"
        " leave out the `else`.",
    ),
    "counted late": Text(
        headline="",
        did="Line $line takes the length of `$what` as it is then. In each"
        " turn of the loop in line $at others go on at the `await`: what came"
        " to the list meanwhile is counted in `$name`, too.",
    ),
    "endless": Text(
        headline="",
        did="It was still in the loop of line $line, and nothing in that loop"
        " waits, or asks for an event: there is no `await` in it.",
        should="A loop comes to its end, or waits with `await` in each turn.",
        next="let the loop of line $line wait for what its condition asks, such"
        " as the next event; or let it end.",
    ),
    "endless in plain code": Text(
        headline="",
        did="It was still in the loop of line $line.",
        should="A loop comes to its end.",
        next="look at what ends the loop of line $line: what makes its"
        " condition false, or a `break`.",
    ),
    "asleep": Text(
        headline="",
        did="It was asleep there, and whoever had called it waited.",
        next="take out the call that sleeps; to wait in an `async def`, write"
        " `await asyncio.sleep(…)`.",
    ),
    "set back": Text(
        headline="",
        did="Line $before sets `self.$name`, and line $line sets it again. No"
        " other handler of the connection runs in between: each waits until"
        " `$method` has returned.",
        next="let the message itself say what the other handler has to know.",
    ),
    # It went astray
    "nobody there": Text(
        headline="",
        did="Line $line sends to the group `$group`, which nobody has joined."
        " Joined was: $others.",
    ),
    "stranger": Text(
        headline="",
        did="Line $line puts the channel `$member` into the group `$group`."
        " No consumer's channel is called so.",
        next="in line $line, put the consumer's own channel into the group:"
        " `self.channel_name`.",
    ),
    # Nothing was sent
    "printed": Text(
        headline="",
        did="Line $line prints it. What is printed is sent to nobody.",
        next="send it instead of printing it.",
    ),
    "returns": Text(
        headline="",
        did="Line $line returns `$what`. What is returned there is sent to"
        " nobody.",
        next="in line $line, send it instead of returning it.",
    ),
    "stopped": Text(
        headline="",
        did="Line $line raises `StopConsumer`: that ends the consumer, and the"
        " scope with it.",
        next="in line $line, write `return` to leave the method alone.",
    ),
    "stopped, not closed": Text(
        headline="",
        did="Line $line raises `StopConsumer`: that ends the consumer, and"
        " sends nothing to its client.",
        next="in line $line, call what ends the connection: `self.close()`.",
    ),
    "hooked": Text(
        headline="",
        did="Line $line calls `self.disconnect`. The library calls that when a"
        " client has gone; to call it ends no connection.",
        next="in line $line, call what ends the connection: `self.close()`.",
    ),
    "no method": Text(
        headline="",
        did="Your class has no `$handler`, so the library's own ran.",
    ),
    "uncalled": Text(
        headline="",
        did="Your class has no `$handler`, so the library's own ran; and nobody"
        " has called its `$name` (line $line).",
    ),
    "misspelled": Text(
        headline="",
        did="Your class has no `$handler`, so the library's own ran; it has"
        " `$near` (line $line).",
        next="give the method in line $line the name `$handler`.",
    ),
    "near override": Text(
        headline="",
        did="Nobody has called your `$name` (line $line). A class that yours"
        " derives from has a method `$near`, and that ran.",
        next="give the method in line $line the name `$near`.",
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
        should="What the call begins has to be awaited.",
        next="write `await` before the call: `await …$call(…)`.",
        why="M03",
    ),
    "wrap": Text(
        headline="",
        should="What the call begins has to be waited for, also in a `def`,"
        " where no `await` can stand.",
        next="have it called by what waits: `async_to_sync($of$call)(…)`.",
        why="M03",
    ),
    "async": Text(
        headline="",
        did="`$function` is a plain `def`, where no `await` can stand.",
        should="What the call begins has to be awaited.",
        next="write `async` before that `def`, and `await` before the call.",
        why="M03",
    ),
    "def on the loop": Text(
        headline="",
        did="`$function` is a plain `def`, and an async consumer calls it on"
        " the thread of the event loop.",
        should="In an async consumer, what has to wait is an `async def`, and"
        " awaits.",
        next="write `async` before that `def`, and `await` before what was"
        " given to the other loop.",
        why="M29",
    ),
    "brackets": Text(
        headline="",
        should="`async_to_sync` takes the method itself, and not what a call"
        " of it gives.",
        next="close the bracket of `async_to_sync` before the arguments:"
        " `async_to_sync($of$call)(…)`.",
        why="M03",
    ),
}
"""The texts, by the key of the slip."""
