"""What is said of an error, by what it comes of.

Which slip it is, ``diagnosis.errors`` finds out.
"""

from collections.abc import Mapping

from minichannels.lab.checking.texts.texts import Text

ERRORS: Mapping[str, Text] = {
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
    "called here": Text(
        headline="",
        did="Python calls `$call` first, and on this thread. What `$to` got to"
        " call is the result.",
        next="give `$to` the function itself, without brackets; its arguments"
        " come after it.",
    ),
    "none": Text(
        headline="",
        did="`$what` is None there.",
        next="look where `$what` gets its value. A function without `return`"
        " gives None, and so does a method such as `append`.",
    ),
    "text already": Text(
        headline="",
        did="`$name` was called of what is $kind already.",
        next="leave out `.$name()` there; or look where this value comes from:"
        ' `"…"` is a text, `b"…"` bytes.',
    ),
    "near attribute": Text(
        headline="",
        did="There is `$near`.",
        next="write `$near` instead of `$name`.",
    ),
    "key of another": Text(
        headline="`$what` has no key `$key`.",
        did="Line $line asks `$what` for `$key`.",
        next="compare the key with those that are in `$what`.",
    ),
    "quoted": Text(
        headline="`$what` has no key `$key`.",
        did="Line $line asks `$what` for the text `$key`, not for what the"
        " variable `$key` holds.",
        next="leave out the quotation marks: `$what[$key]`.",
    ),
    "outside of the class": Text(
        headline="",
        did="`$name` stands outside of the class, so it is not on `self`.",
        next="leave out `self.` before `$name`.",
    ),
    "never set": Text(
        headline="",
        did="Nothing has given `self.$name` a value before line $line adds to"
        " it.",
        next="give it a first value, once for each connection: in `connect`.",
    ),
    "of a function": Text(
        headline="",
        did="`$what` is a function, and has no `$name`.",
        next="call `$what` itself: what it should do stands in what it is"
        " given.",
    ),
    "consumer's send": Text(
        headline="",
        did="This `send` takes an event. A `$name` is what that of a consumer"
        " such as `WebsocketConsumer` takes.",
        next="give it a dict with a `type`, in place of `$name=…`.",
    ),
    "unhashable": Text(
        headline="",
        did="What is in a set, or is a key of a dict, cannot be of the type"
        " `$kind`: that may change.",
        next="take what does not change: a number, a text; or a tuple, which"
        " is written with round brackets.",
    ),
    "no JSON": Text(
        headline="",
        did="JSON has texts, numbers, lists and dicts, and nothing of the type"
        " `$kind`.",
        next="make one of those of it, such as a list: `list(…)`.",
    ),
    "in the message": Text(
        headline="",
        did="`$name` is not on `self`; it stands in the message that came.",
        next="read it there: `event[…]`, with the key.",
    ),
    "no super call": Text(
        headline="",
        did="Your `$method` takes the place of that of `$base`, which sets"
        " `self.$name`; so it is not set.",
        next="begin `$method` with a call of the other one:"
        " `await super().$method()`, or without `await` in a plain `def`.",
    ),
    "apart": Text(
        headline="",
        did="Line $line takes something apart into `$names`; it has $how"
        " parts.",
        next="look what there is to be taken apart with this input. Of a text,"
        " `partition` always gives three parts.",
    ),
    "changed meanwhile": Text(
        headline="",
        did="Line $line was going through something, one thing after the other."
        " Meanwhile something was put into it, or taken out.",
        next="go through a copy: `list(…)`.",
    ),
    "numbers joined": Text(
        headline="",
        did="`join` takes texts alone; what it got is of the type `$kind`.",
        next="make a text of each: `str(…)`.",
    ),
    "not an event": Text(
        headline="",
        should="What is sent is an event: a dict with a `type`.",
        next="send a dict; its `type` says what it is.",
    ),
    "own hook": Text(
        headline="",
        did="The library calls `disconnect` when a client has gone; to call it"
        " ends no connection.",
        next="call what ends the connection: `self.close()`.",
    ),
    "too many parameters": Text(
        headline="",
        did="`$name` is called without `$names`: line $line asks for more than"
        " whoever calls it hands over.",
        next="write `$wanted:`",
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
        did="There is `$near`.",
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
        headline="`$method` is an `async def`, and this consumer calls plain"
        " methods.",
        did="Line $line defines `$method` with `async def`. A consumer such as"
        " `$kind` calls its methods without `await`: this one would never run.",
        next="write `def` without `async`, and leave out `await` in it.",
    ),
    "def in async": Text(
        headline="`$method` is a plain `def`, and this consumer awaits its"
        " methods.",
        did="Line $line defines `$method` with `def`. What a consumer such as"
        " `$kind` calls is an `async def`.",
        next="write `async def`.",
    ),
    "no super": Text(
        headline="your `__init__` takes the place of the library's own.",
        did="Line $line defines `__init__`. The library's own did not run, so"
        " what it sets is not there.",
        next="begin it with `super().__init__()`; or do without it: what each"
        " connection needs may be set in `connect`.",
    ),
    "super without brackets": Text(
        headline="",
        did="`super` has no brackets there: it has to be called, too.",
        next="write `super()`, a dot, and then the name of the method.",
    ),
    "print for send": Text(
        headline="",
        did="`print` shows something in the notebook, and sends it to nobody."
        " It has no `$name`.",
        next="send it instead of printing it.",
    ),
    "other type": Text(
        headline="",
        did="The type `$type` calls a method `$handler`. Your class has"
        " `$near` (line $line), and no `$handler`.",
        next="compare the type that is sent with the name of the method: in"
        " place of each dot stands an underscore.",
    ),
    "type without a dot": Text(
        headline="",
        did="The type `$type` calls a method `$handler`. Your class has"
        " `$near` (line $line), and no `$handler`.",
        next="compare the type that is sent with the name of the method, letter"
        " by letter: only a dot in a type stands for an underscore in the"
        " name.",
    ),
    "no such method": Text(
        headline="",
        did="The type `$type` calls a method `$handler`, which your class does"
        " not have.",
    ),
    "library's type": Text(
        headline="the type of a message names a method of the library's.",
        did="The type is `$type`. Such a method is for the library alone: no"
        " message of a layer may call it.",
        should="The type names a method that you have written, such as"
        " `chat.message` for `chat_message`.",
        next="choose a type with a dot in it, and a method for it.",
    ),
    "not async": Text(
        headline="",
        did="What stands after `await` cannot be awaited.",
        next="leave out this `await`.",
    ),
    "not a dict": Text(
        headline="",
        should="A message for the layer is a dict with a `type`.",
        next='send a dict: `{"type": …, …}`. Its `type` names the method that'
        " handles it.",
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
        headline="the group and its channel are swapped.",
        did="Line $line gives `$call` the name of a channel where that of the"
        " group belongs.",
        should="The group comes first, then the channel.",
        next="swap the two arguments.",
    ),
    "channel for group": Text(
        headline="`$call` got the name of a channel, not of a group.",
        did="The name that line $line gives to it is that of a channel.",
        should="`$call` takes the name of a group first.",
        next="give it the name of the group, the same in all places; or, if"
        " only that one consumer is meant, use the layer's `send`.",
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
