"""5.2: a middleware that adds to a copy of the scope."""

_CALLED = """\
class LanguageMiddleware(BaseMiddleware):
    async def __call__(self, scope, receive, send):
        headers = dict(scope["headers"])
        language = headers.get(b"accept-language", b"en").decode()
        …
"""
_READ = """\
class LanguageMiddleware(BaseMiddleware):
    async def __call__(self, scope, receive, send):
        headers = dict(scope["headers"])
        …
        scope = dict(scope, language=language)
        await super().__call__(scope, receive, send)
"""


def _calling(*lines: str) -> str:
    return _CALLED.replace("…", "\n        ".join(lines))


def _reading(*lines: str) -> str:
    return _READ.replace("…", "\n        ".join(lines))


RIGHT = (
    """\
class LanguageMiddleware:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        named = {k.decode(): v.decode() for k, v in scope["headers"]}
        inner = scope | {"language": named.get("accept-language", "en")}
        return await self.app(inner, receive, send)
""",
    """\
import copy


class LanguageMiddleware(BaseMiddleware):
    async def __call__(self, scope, receive, send):
        scope = copy.deepcopy(scope)
        scope["language"] = "en"
        for name, value in scope["headers"]:
            match name:
                case b"accept-language":
                    scope["language"] = str(value, "ascii")
        return await self.inner(scope, receive, send)
""",
    """\
def language_of(headers):
    found = [value for name, value in headers if name == b"accept-language"]
    return found[0].decode() if found else "en"


LanguageMiddleware = lambda inner: lambda scope, receive, send: inner(
    dict(scope, language=language_of(scope["headers"])), receive, send
)
""",
    """\
from collections import ChainMap


class LanguageMiddleware(BaseMiddleware):
    async def __call__(self, scope, *events):
        headers = ChainMap(dict(scope["headers"]), {b"accept-language": b"en"})
        added = {"language": headers[b"accept-language"].decode()}
        await super().__call__({**added, **scope}, *events)
""",
    """\
class LanguageMiddleware(BaseMiddleware):
    def __init__(self, inner, default="en"):
        super().__init__(inner)
        self.default = default

    async def __call__(self, scope, receive, send):
        copy, headers = {}, dict(scope["headers"])
        copy.update(scope)
        try:
            copy["language"] = headers[b"accept-language"].decode()
        except KeyError:
            copy["language"] = self.default
        await self.inner(copy, receive, send)
""",
    """\
def LanguageMiddleware(inner):
    async def application(scope, receive, send):
        header = dict(scope["headers"]).get(b"accept-language")
        scope = {**scope, "language": header.decode() if header else "en"}

        async def receiving():
            return await receive()

        async def sending(event):
            await send(event)

        await inner(scope, receiving, sending)

    return application
""",
)

_SUPER = "await super().__call__(scope, receive, send)"

CHEATS = {
    "the caller's": (
        _calling('scope["language"] = language', _SUPER),
        _calling("scope.update(language=language)", _SUPER),
        _calling(
            'scope["language"] = language', _SUPER, 'del scope["language"]'
        ),
        _calling('scope.setdefault("language", language)', _SUPER),
        _calling("scope |= {'language': language}", _SUPER),
        _calling(
            "mine = dict(scope, language=language)",
            "await super().__call__(mine, receive, send)",
            'scope["language"] = language',
        ),
        _calling(
            'scope["headers"].append((b"language", language.encode()))',
            "scope = dict(scope, language=language)",
            _SUPER,
        ),
    ),
    "other": (
        _reading('language = "de" if b"accept-language" in headers else "en"'),
        _reading(
            'language = headers.get(b"accept-language", b"en").decode()[:2]'
        ),
        _reading(
            'language = headers.get(b"accept-language", b"en").decode().lower()'
        ),
        _reading(
            'language = headers.get(b"accept-language", b"de").decode()',
        ),
    ),
    "another's": (
        "class LanguageMiddleware(BaseMiddleware):\n"
        "    language = None\n\n"
        "    async def __call__(self, scope, receive, send):\n"
        "        for name, value in scope['headers']:\n"
        "            if name == b'accept-language':\n"
        "                self.language = value.decode()\n"
        "        scope = dict(scope, language=self.language or 'en')\n"
        "        await super().__call__(scope, receive, send)\n",
        "kept = {}\n\n\n"
        + _reading(
            "kept.update(headers)",
            'language = kept.get(b"accept-language", b"en").decode()',
        ),
    ),
    "twice": (
        _calling(_SUPER, _SUPER.replace("scope,", "dict(scope),")).replace(
            "        await",
            "        scope = dict(scope, language=language)\n        await",
            1,
        ),
    ),
    "always en": (
        """\
class LanguageMiddleware(BaseMiddleware):
    async def __call__(self, scope, receive, send):
        language = "en"
        for name, value in scope["headers"]:
            if name == b"accept-language":
                language = value.decode()
            else:
                language = "en"
        await super().__call__(dict(scope, language=language), receive, send)
""",
        _reading('language = "en"'),
        _reading('language = scope.get("language", "en")'),
        _reading('language = headers.get(b"Accept-Language", b"en").decode()'),
    ),
    "lost": (
        _calling(
            'scope = {"type": scope["type"], "language": language}', _SUPER
        ),
        _calling(
            "scope = dict(scope, language=language)",
            'scope.pop("headers")',
            _SUPER,
        ),
    ),
    "not called": (
        _calling("return dict(scope, language=language)"),
        _calling(
            'await send({"type": "websocket.accept"})',
            "while (event := await receive())['type'] !="
            " 'websocket.disconnect':",
            "    if 'text' in event:",
            "        text = event['text']",
            "        await send({'type': 'websocket.send', 'text': text})",
        ),
    ),
    "nothing added": (
        _calling("scope = dict(scope)", "self.language = language", _SUPER),
    ),
    "no events": (
        _calling(
            "async def silent(event):",
            "    if event['type'] == 'websocket.accept':",
            "        await send(event)",
            "scope = dict(scope, language=language)",
            "await super().__call__(scope, receive, silent)",
        ),
    ),
    "swallowed": (
        """\
class LanguageMiddleware(BaseMiddleware):
    async def __call__(self, scope, receive, send):
        try:
            headers = dict(scope["headers"])
            language = headers.get(b"accept-language", b"en").decode()
            await super().__call__(
                dict(scope, language=language), receive, send
            )
        except Exception:
            pass
""",
    ),
}
