"""5.2: a middleware that adds to a copy of the scope."""

from typing import Any

from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.checking.stage.steps import frame
from minichannels.lab.exercises.sides import Sides

_HEADER = b"accept-language"
_OTHERS = ((b"accept", b"text/html"), (b"user-agent", b"curl/8"))
_NAMED = 4
"""So many of the keys that are missing are named."""
_BESIDE = (((), ()), ((), _OTHERS), (_OTHERS, ()), (_OTHERS, _OTHERS[:1]))
"""Which headers stand before that one, and which behind."""


async def play(stage: Stage, middleware: Any) -> None:
    """Wrap an application, and connect who reads this or that language."""
    draw, sides = stage.draw, Sides()
    name = "LanguageMiddleware"
    with stage.meaning(_NOT_MADE):
        sides.made = await stage.call(f"{name}(inner)", middleware, sides.inner)
    stage.require(callable(sides.made), "nothing made", got=repr(sides.made))
    stage.put_on(sides.outer)
    first = draw.one("de", "pt-BR", "fr, en;q=0.8", "en")
    ada = await _connect(stage, sides, "ada", first)
    handed = sides.handed
    await _connect(stage, sides, "eve", draw.text("fi", "{a}", "{a}-{B}"))
    await _connect(stage, sides, "bob", None)
    await _talk_and_leave(stage, sides, ada)
    stage.require(not handed.changed, "the caller's", got=handed.changed)
    if draw.turn:
        await _break_inside(stage, sides)


async def _talk_and_leave(
    stage: Stage, sides: Sides, ada: ScenarioClient
) -> None:
    sent, calls = stage.draw.text("hello"), sides.calls
    await stage.send(ada, sent)
    stage.require(ada.heard == [sent], "no events", name="ada")
    try:
        await stage.close(ada)
    except Unsolved as miss:
        miss.key = "twice" if sides.calls > calls else miss.key
        raise


async def _connect(
    stage: Stage, sides: Sides, name: str, language: str | None
) -> ScenarioClient:
    """Connect a client, and look at the scope inside and the one outside."""
    headers = [] if language is None else [(_HEADER, language.encode())]
    before, behind = stage.draw.one(*_BESIDE)
    headers = [*before, *headers, *behind]
    wanted = "en" if language is None else language
    stage.values |= {"name": name, "wanted": frame(wanted)}
    before_it = sides.inside.get("language", wanted)
    sides.begin()
    try:
        with stage.meaning(_KNOWN):
            client = await stage.connect("/", name, headers=headers)
    except Unsolved as miss:
        if miss.key in _NOT_THERE:
            miss.key = "no events" if sides.inside else "not called"
        raise
    _require_scope(stage, sides)
    got = sides.inside["language"]
    theirs = language is None and got == before_it != wanted
    stage.require(not theirs, "another's", got=frame(got))
    _require_language(stage, sides, got, wanted)
    return client


def _require_scope(stage: Stage, sides: Sides) -> None:
    """Require all that was in the scope inside, too, and a language."""
    inside = sides.inside
    stage.require(inside, "not called")
    stage.require(not sides.changed, "the caller's", got=sides.changed)
    lost = [key for key in sides.handed.before if key not in inside]
    named = [*map(frame, lost[:_NAMED]), *["…"][: len(lost) > _NAMED]]
    stage.require(not lost, "lost", got=", ".join(named))
    others = [key for key in sides.handed.before if key != "language"]
    kept = sides.handed.before
    changed = [key for key in others if inside[key] != kept[key]]
    stage.require(not changed, "altered", got=frame(" ".join(changed)))
    stage.require("language" in inside, "nothing added")


async def _break_inside(stage: Stage, sides: Sides) -> None:
    """Let the application inside fail: whoever called has to know of it."""
    stage.values["name"] = "fred"
    sides.broken = True
    await stage.knock("/", "fred")
    stage.require(sides.heard_of, "swallowed")


def _require_language(
    stage: Stage, sides: Sides, got: Any, wanted: str
) -> None:
    """Require the language that the header says, as a text."""
    shown = frame(got)
    for text in sides.handed.asked if got != wanted else ():
        stage.miss("compared", got=shown, asked=frame(text))
    stage.require(not isinstance(got, bytes), "bytes", got=shown)
    stage.require(got != str(wanted.encode()), "as written", got=shown)
    stage.require(got is not None, "none", got=shown)
    stage.require(got == wanted or got != "en", "always en", got=shown)
    stage.require(got == wanted, "other", got=shown)


_NOT_MADE = {"positional argument": "an application"}
_KNOWN = {
    "KeyError: 'accept-language'": "a text as key",
    "object has no attribute 'app'": "another name",
    "KeyError: b'accept-language'": "no header",
    "'NoneType' object has no attribute 'decode'": "no header",
    "NoneType can't be used in 'await' expression": "not async",
    "'NoneType' object can't be awaited": "not async",
}
_NOT_THERE = {"not accepted", "refused", "returned"}

_TOP = """\
class LanguageMiddleware(BaseMiddleware):
    async def __call__(self, scope, receive, send):
"""
_HEADERS = '        headers = dict(scope["headers"])\n'
_READ = '        language = headers.get(b"accept-language", b"en").decode()\n'
_COPY = "        scope = dict(scope, language=language)\n"
_CALL = "        await super().__call__(scope, receive, send)\n"
_SOLUTION = _TOP + _HEADERS + _READ + _COPY + _CALL

EXERCISE = Exercise(
    number="5.2",
    name="LanguageMiddleware",
    asks="middleware",
    play=play,
    texts={
        "solved": Text(
            headline="what is inside knows the language, and the caller's"
            " scope is as it was.",
            should="A middleware hands on a copy with more in it. What it adds"
            " is there for all that is inside, and for nobody outside.",
        ),
        "untouched": Text(
            headline="`LanguageMiddleware` hands the scope on as it came.",
            should='The application inside finds `scope["language"]`: `de` for'
            " ada, and `en` for bob, who sends no such header.",
            first="find the language of ada: print what is in `headers`, and"
            " look at its keys.",
        ),
        "nothing added": Text(
            headline='the application inside finds no `"language"`.',
            should='It finds `scope["language"]`, which is $wanted for $name.',
            next="hand on a copy with one key more: `dict(scope, language=…)`.",
        ),
        "the caller's": Text(
            headline="the scope of the caller was changed.",
            did="In the scope that `LanguageMiddleware` was given, $got is not"
            " what it was.",
            should="The caller's scope stays as it was. Only the copy that is"
            " handed on has the language in it.",
            next="make a copy, and put the language there: `scope ="
            " dict(scope, language=language)`.",
            why="M26",
        ),
        "lost": Text(
            headline="the application inside misses what was in the scope.",
            did="These keys are not there any more: $got.",
            should="It finds all that was in the scope, and the language.",
            next="begin with all of the scope: `dict(scope, language=…)`.",
        ),
        "altered": Text(
            headline="the application inside finds something else in the scope"
            " than there was.",
            did="Another value stands under: $got.",
            should="It finds all as it was, the headers too, and the language.",
            next="read the header, and leave it where it is:"
            " `dict(scope, language=…)` keeps all else.",
        ),
        "swallowed": Text(
            headline="an error of the application inside vanished.",
            did="The application inside raised an error, and"
            " `LanguageMiddleware` returned as if all were well.",
            should="The server hears of it: it ends the connection, and logs"
            " the error.",
            next="catch nothing that comes from inside.",
        ),
        "another name": Text(
            headline="what is inside has another name here.",
            did="$application raised $error: $text",
            should="A `BaseMiddleware` keeps the application inside as"
            " `self.inner`, and its own `__call__` calls that.",
            next="leave the last line as it was: `await super().__call__(…)`.",
        ),
        "not called": Text(
            headline="the application inside was not called.",
            did="`LanguageMiddleware` was called with a scope, and did not"
            " call `inner`.",
            should="A middleware calls the application that it wraps, with the"
            " scope, `receive` and `send`.",
            next="end with `await super().__call__(scope, receive, send)`.",
        ),
        "no events": Text(
            headline="events of $name get lost on the way.",
            should="`receive` and `send` are handed on as they came, so that"
            " all of $name's events get to the application inside, and all of"
            " its events to $name.",
            next="call the inner application with the same `receive` and"
            " `send`.",
        ),
        "twice": Text(
            headline="the application inside was called a second time.",
            did="ada has left, and the call inside has returned. Then"
            " `LanguageMiddleware` called `inner` again, for nobody.",
            should="For each call that it gets, a middleware calls the"
            " application inside once.",
            next="find out the language first, and call what is inside in the"
            " last line alone.",
        ),
        "another's": Text(
            headline="$name gets the language of the client before.",
            did='`scope["language"]` was $got.',
            should='`scope["language"]` is $wanted for $name. One middleware'
            " serves all clients: what is kept on it, or outside of it, is"
            " there for the next one, too.",
            next="keep the language in a variable of `__call__`.",
        ),
        "nothing made": Text(
            headline="no application was made.",
            did="The call gave `$got`.",
            should="It makes an application around `inner`.",
            next="derive from `BaseMiddleware`; or, in a function, return the"
            " function that you define in it.",
        ),
        "an application": Text(
            headline="`LanguageMiddleware` cannot be called with an"
            " application.",
            did="It raised $error: $text",
            should="Called with an application, it makes another one around"
            " it. That one is called with `scope, receive, send`.",
            next="write a class that derives from `BaseMiddleware`, and in it"
            " `async def __call__(self, scope, receive, send)`.",
        ),
        "not async": Text(
            headline="the call gives nothing that could be awaited.",
            did="$application raised $error: $text",
            should="Whoever calls it awaits it: `async def __call__(self,"
            " scope, receive, send)`.",
            next="write `async def`, and `await` before what is called in it.",
            why="M02",
        ),
        "a text as key": Text(
            headline="there is no header with this name.",
            did="$application raised $error: $text",
            should="Names and values of headers are bytes, not texts.",
            next='write `b"accept-language"`, with a `b` before it.',
        ),
        "no header": Text(
            headline="$name sends no such header.",
            did="$application raised $error: $text",
            should="Without the header, the language is `en`.",
            next='ask for the header with `headers.get(b"accept-language",'
            ' b"en")`.',
        ),
        "bytes": Text(
            headline="the language is bytes, and no text.",
            did='`scope["language"]` was $got.',
            should='`scope["language"]` is a text: $wanted.',
            next="make a text of the bytes: `.decode()`.",
        ),
        "as written": Text(
            headline="the language has a `b` and quotation marks in it.",
            did='`scope["language"]` was $got: `str(…)` writes bytes down as'
            " Python shows them.",
            should='`scope["language"]` is $wanted.',
            next="make a text of the bytes: `.decode()`.",
        ),
        "none": Text(
            headline="the language of $name is None.",
            should='`scope["language"]` is $wanted for $name.',
            next="names of headers are bytes; and without the header, the"
            ' language is `"en"`.',
        ),
        "compared": Text(
            headline="no header has a text for its name.",
            did='`scope["language"]` was $got. The text $asked was compared'
            " with the name of a header, and they are not equal.",
            should="Names and values of headers are bytes, not texts.",
            next='names of headers are bytes: `b"accept-language"`.',
        ),
        "always en": Text(
            headline="$name reads another language than `en`.",
            did='`scope["language"]` was $got.',
            should='`scope["language"]` is $wanted, as the header says.',
            first="print what your code finds in the headers, and the language"
            " after each line that sets it.",
            next='ask for `b"accept-language"`, bytes in small letters; and set'
            " `en` only where no header has this name.",
        ),
        "other": Text(
            headline="the language of $name is another one.",
            did='`scope["language"]` was $got.',
            should='`scope["language"]` is $wanted: all that the header of this'
            " client says, or `en` without such a header.",
        ),
    },
    hints=(
        "Three steps: read the header, make a copy of the scope with the"
        " language in it, call what is inside with the copy.",
        'Headers are bytes: `headers.get(b"accept-language", b"en")`, and then'
        " `.decode()`.",
        "`scope = dict(scope, language=language)` makes a copy with one key"
        " more. The last line hands it on.",
    ),
    stub=_TOP
    + _HEADERS
    + '        # Hand on a copy of the scope that has "language" in it.\n'
    + _CALL,
    solution=_SOLUTION,
    second="""\
def LanguageMiddleware(inner):
    async def application(scope, receive, send):
        language = "en"
        for name, value in scope["headers"]:
            if name == b"accept-language":
                language = value.decode()
        await inner({**scope, "language": language}, receive, send)

    return application
""",
    wrong={
        "the caller's": edit(
            _SOLUTION, _COPY, '        scope["language"] = language\n'
        ),
        "lost": edit(_SOLUTION, "dict(scope, l", "dict(l"),
        "altered": edit(
            _SOLUTION,
            "headers.get(",
            "headers.pop(",
            "language=language)",
            "language=language, headers=[*headers.items()])",
        ),
        "swallowed": edit(
            _SOLUTION,
            _CALL,
            "        try:\n"
            "            await super().__call__(scope, receive, send)\n"
            "        except Exception:\n"
            "            pass\n",
        ),
        "nothing added": edit(
            _SOLUTION, "        scope = dict", "        copy = dict"
        ),
        "another name": edit(_SOLUTION, "super().__call__", "self.app"),
        "not called": edit(_SOLUTION, _CALL, "        return scope\n"),
        "no events": edit(
            _SOLUTION,
            _CALL,
            "        await receive()\n" + _CALL,
        ),
        "an application": """\
async def LanguageMiddleware(scope, receive, send):
    headers = dict(scope["headers"])
    language = headers.get(b"accept-language", b"en").decode()
    await inner(dict(scope, language=language), receive, send)
""",
        "not async": edit(_SOLUTION, "async ", "", _CALL, ""),
        "a text as key": edit(
            _SOLUTION, '.get(b"accept-language", b"en")', '["accept-language"]'
        ),
        "no header": edit(
            _SOLUTION, '.get(b"accept-language", b"en")', '[b"accept-language"]'
        ),
        "bytes": edit(_SOLUTION, ".decode()", ""),
        "as written": edit(
            _SOLUTION,
            'headers.get(b"accept-language", b"en").decode()',
            'str(headers.get(b"accept-language", b"en"))',
        ),
        "compared": edit(
            _SOLUTION,
            '(b"accept-language", b"en").decode()',
            '("accept-language", "en")',
        ),
        "always en": edit(_SOLUTION, 'b"accept-l', 'b"Accept-L'),
        "none": edit(
            _SOLUTION,
            '(b"accept-language", b"en").decode()',
            '(b"Accept-Language")',
        ),
        "twice": edit(
            _SOLUTION,
            _READ,
            '        language = "en"\n'
            "        for name, value in headers.items():\n"
            '            if name == b"accept-language":\n'
            "                scope = dict(scope, language=value.decode())\n"
            "        " + _CALL,
        ),
        "another's": edit(
            _SOLUTION,
            _TOP,
            "class LanguageMiddleware(BaseMiddleware):\n"
            '    language = "en"\n\n'
            "    async def __call__(self, scope, receive, send):\n",
            _READ,
            '        if b"accept-language" in headers:\n'
            "            self.language ="
            ' headers[b"accept-language"].decode()\n',
            "language=language",
            "language=self.language",
        ),
        "forgotten": edit(_SOLUTION, "await ", ""),
    },
)
