"""What is said in every exercise: of code that does not run as it should.

An exercise that knows better has a text of its own with the same key.
"""

from collections.abc import Mapping

from minichannels.lab.checking.texts.standstill import STANDSTILL
from minichannels.lab.checking.texts.texts import Text

GENERAL: Mapping[str, Text] = {
    **STANDSTILL,
    # Before anything runs
    "undefined": Text(
        headline="there is no `$wanted` yet.",
        did="Nothing in this notebook is called `$wanted`.$near",
        should="A cell that defines `$wanted` has run.",
        first="run the cell that defines `$wanted`; if it ends with an error,"
        " mend that first.",
    ),
    "other cell": Text(
        headline="I tested `$wanted` of another cell, not your `$own`.",
        did="`$wanted` comes from $tested. $newest defines `$own`, and no"
        " `$wanted`.",
        should="The exercise's own cell defines `$wanted`.",
        first="give `$own` the name `$wanted`, and run its cell again.",
    ),
    "unfinished cell": Text(
        headline="I tested `$wanted` of another cell: yours did not get so"
        " far.",
        did="`$wanted` comes from $tested. $newest would define `$wanted`, but"
        " has not done so.",
        should="The exercise's own cell defines `$wanted`.",
        first="run that cell again; if it ends with an error, mend that first.",
    ),
    "unreadable cell": Text(
        headline="Python cannot read the cell that defines your `$wanted`.",
        did="In $cell, line $line is `$code`: $slip. So nothing of that cell"
        " has run.",
        should="Python reads a cell to its end before it runs any of it.",
        first="mend line $line of that cell, and run it again.",
    ),
    "not a consumer": Text(
        headline="`$wanted` is $what, not a consumer class.",
        did="`$wanted` is $what.",
        should="`$wanted` is a class that derives from a consumer class, such"
        " as `AsyncWebsocketConsumer`.",
        next="write `class $wanted(AsyncWebsocketConsumer):` and methods in"
        " it, then run this cell again.",
    ),
    "an object": Text(
        headline="`$wanted` is one consumer, not its class.",
        did="`$wanted` is an object: the class was called.",
        should="The class itself. For each connection, the library makes an"
        " object of it.",
        next="leave out the parentheses after the name of the class.",
        why="M08",
    ),
    "a class": Text(
        headline="`$wanted` is a class, not an application.",
        did="`$wanted` is $what.",
        should="An application is called with `scope, receive, send`. A"
        " consumer class makes one: `….as_asgi()`.",
        next="add `.as_asgi()` behind the name of the class.",
        why="M08",
    ),
    "not an application": Text(
        headline="`$wanted` is $what, not an application.",
        did="`$wanted` is $what.",
        should="An ASGI application: `async def $wanted(scope, receive,"
        " send)`, or what a router or `as_asgi()` returns.",
        next="let `$wanted` be such an application, then run this cell again.",
    ),
    "not called": Text(
        headline="`$wanted` is a method that makes an application.",
        did="It is `….as_asgi` without parentheses, so the method was not"
        " called.",
        should="What the method returns: `….as_asgi()`.",
        next="write the parentheses: `as_asgi()`.",
        why="M08",
    ),
    "parameters": Text(
        headline="`$wanted` takes other parameters.",
        did="It is defined as `$wanted$signature`.",
        should="An ASGI application is called with three arguments: `async def"
        " $wanted(scope, receive, send)`.",
        next="change the line that defines it.",
    ),
    "not async": Text(
        headline="`$wanted` is a plain function.",
        did="It is defined with `def`, so it cannot wait for events.",
        should="`async def $wanted(scope, receive, send)`, with `await` before"
        " `receive()` and `send(…)`.",
        next="write `async def`.",
        why="M02",
    ),
    "yields": Text(
        headline="`$wanted` has a `yield`.",
        did="A call of a function with a `yield` runs none of its lines.",
        should="`async def $wanted(scope, receive, send)`, with `await"
        " send(…)` for each event.",
        next="use `await send(…)` instead of `yield`.",
        why="M01",
    ),
    "not a function": Text(
        headline="`$wanted` is $what, not a function.",
        did="`$wanted` is $what.",
        should="`$wanted` is a function that you define.",
        next="define `$wanted` as the cell shows it.",
    ),
    "not a middleware": Text(
        headline="`$wanted` is $what, not a middleware.",
        did="`$wanted` is $what.",
        should="`$wanted` is a class: called with an application, it makes"
        " another one around it.",
        next="write `class $wanted(BaseMiddleware):` and a method `__call__`"
        " in it, then run this cell again.",
    ),
    # While it runs
    "raised": Text(
        headline="your code raised $error.",
        did="$application raised $error: $text$brought",
        next="",
    ),
    "no handler": Text(
        headline="a message has no handler.",
        did="$application raised $error: $text",
        next="compare the type that is sent with the name of the method.",
        why="M12",
    ),
    "undecided": Text(
        headline="$client was not accepted.",
        did="`connect` returned without a decision (event $seq), so $client"
        " was refused.",
        should="`connect` calls `accept()`, or `close()` to refuse.",
        next="call `accept()` in `connect`; in an async consumer with `await`.",
        why="M04",
    ),
    "out of order": Text(
        headline="your code sent something that may not be sent now.",
        did="$application raised $error: $text",
        should="First one `accept`, then as many messages as you like, then"
        " at most one `close`; nothing after that.",
        next="look at what was sent before this: `accept` has to come first,"
        " and nothing may come after a `close`.",
        why="M07",
    ),
    "no such event": Text(
        headline="your code sent an event of a type that does not exist.",
        did="$application raised $error: $text",
        should="The `type` of an event is one of those that the protocol has,"
        " letter by letter.",
        next="compare the type with those that the error names.",
    ),
    "no client": Text(
        headline="your consumer sent to a client, and it has none.",
        did="$application raised $error: $text",
        should="A worker's consumer is called for messages, not for a"
        " connection. It answers through the channel layer.",
        next="use `self.channel_layer.send(…)`.",
    ),
    "flood": Text(
        headline="your code sends without end.",
        did="It sent over 200 events to $client. I stopped it there.",
        should="One event comes in, a few go out, then it waits for the next.",
        next="",
    ),
    "unfinished": Text(
        headline="the response to $name has no end.",
        did="What your code sent does not make the response complete.",
        should="A response has two events: `http.response.start`, and"
        " `http.response.body` with the body. It is complete when the last of"
        " these has no true `more_body`.",
        missing="http.response.body",
    ),
    "other layer": Text(
        headline="your code used another channel layer than its own.",
        did="It called `$text`.",
        should="In a check there is a new channel layer, with the channels of"
        " these consumers. The `layer` of the notebook does not have them.",
        next="in a consumer, use `self.channel_layer`; in a function, the"
        " layer that it is given.",
    ),
    "hidden": Text(
        headline="the layer refused the message, and your code hid that.",
        did="The error that the layer raised was caught.",
        should="The layer takes the message, and somebody reads it.",
        next="take out `try` and `except`, and read the error.",
    ),
    "a bell": Text(
        headline="the message does not hold what was said.",
        did="What was said came to its readers on another way.",
        should="A message carries all that its readers need. What is kept in a"
        " variable does not get to another process.",
        next="put the words into the message.",
    ),
    "raised in call": Text(
        headline="your code raised $error.",
        did="It raised $error: $text",
        next="",
    ),
    "second loop": Text(
        headline="an event loop runs here already, so no other one can.",
        did="It raised $error: $text",
        should="In an `async def`, what takes time is awaited: the loop that"
        " runs there carries it out.",
        next="write `await` before what you gave to the other loop, in place"
        " of the call that would run it.",
        why="M29",
    ),
    "forgotten": Text(
        headline="`$forgotten` was called, but not awaited.",
        did="It called `$forgotten` without `await`: nothing happened then.",
        should="What the call begins has to be awaited.",
        next="write `await` before the call.",
        why="M03",
    ),
    "refused": Text(
        headline="$name was refused.",
        did="Your code ended, or closed, before it accepted $name.",
        should="The connection is accepted: `accept()`, or the event"
        " `websocket.accept`.",
        next="accept the connection before anything else.",
        why="M04",
    ),
    "closed at once": Text(
        headline="$name was accepted, and the connection was closed at once.",
        should="$name stays connected until $name leaves.",
        next="do not close here: who is accepted stays.",
    ),
    "not accepted": Text(
        headline="$name still waits to be accepted.",
        did="Your code got the event `websocket.connect` and did not answer"
        " it.",
        should="`websocket.connect` is answered with `websocket.accept`.",
        next="accept the connection before anything else.",
        missing="websocket.accept",
        why="M04",
    ),
    "returned": Text(
        headline="your code returned while $name was still connected.",
        did="It accepted $name and returned: that ends the connection.",
        should="It goes on to `receive()` until `websocket.disconnect` comes.",
        next="ask for events in a loop, and let nothing but"
        " `websocket.disconnect` end it.",
        why="M01",
    ),
    "returned at connect": Text(
        headline="your code returned while $name was still connected.",
        did="It accepted $name. Then it read `websocket.connect`, and returned:"
        " that ends the connection.",
        should="It goes on to `receive()` until `websocket.disconnect` comes."
        " `websocket.connect` comes first, also if you have accepted before.",
        next="let nothing but `websocket.disconnect` end the loop.",
    ),
    "no goodbye": Text(
        headline="your code did not expect that $client leaves.",
        did="$application raised $error: $text. The event was"
        " `websocket.disconnect`.",
        should="When a client leaves, one last event comes, with neither text"
        " nor bytes. After it the application returns.",
        next="ask for `websocket.disconnect` before you read what an event"
        " holds, and return.",
        why="M05",
    ),
    "goes on": Text(
        headline="your code goes on after $name has left.",
        did="It got `websocket.disconnect` and asked for another event. None"
        " will come.",
        should="After `websocket.disconnect` it returns.",
        next="leave the loop at `websocket.disconnect`.",
        why="M05",
    ),
    "scope goes on": Text(
        headline="your consumer goes on after the scope of $name has ended.",
        did="It got `$kind.disconnect`, and waits for another event. None will"
        " come.",
        should="`$kind.disconnect` is the last event of its scope.",
        next="leave the handler of `$kind.disconnect` as it was:"
        " `raise StopConsumer`.",
    ),
    "broken": Text(
        headline="the check itself stumbled over your code.",
        did="It met $error: $text",
        should="A check can look at what your code gives it.",
        next="",
    ),
}
