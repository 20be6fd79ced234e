"""What of a message no journal keeps."""

import json
from typing import Any

import pytest

from minichannels.flow.journal.masking import (
    is_secret_item,
    masked_code,
    masked_error,
    masked_text,
    secrets_shown,
)
from minichannels.flow.journal.payloads import kept
from minichannels.flow.journal.secrets.notations import INNERMOST
from minichannels.flow.recording.clients.shown import secrets_of
from minichannels.sessions import MemoryStore, SessionDict
from minichannels.sessions.cookies import Cookies


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "access_token",
        "Password",
        "client-secret",
        "new_password1",
        "user-passwd",
        "api_key",
        "apikey",
        "x-api-key",
        "secret_access_key",
        "jwt",
        "db_pwd",
        "passphrase",
        "passcode",
        "password_confirm",
        "passwordConfirmation",
        "authorization",
        "cookie",
        "cookies",
        "Set-Cookie",
        "sessionid",
        "session_key",
        "JSESSIONID",
        "phpsessid",
        "Passwort",
        "mysql_pswd",
        "Ocp-Apim-Subscription-Key",
    ],
)
def test_value_of_such_a_name_is_a_secret(name: str) -> None:
    assert is_secret_item(name, "x")
    assert kept({name: "x"}) == {name: "•••"}
    assert masked_text(f'{{"{name}" : "x\\"y", "a": 1}}') == (
        f'{{"{name}" : "•••", "a": 1}}'
    )
    assert masked_text(f"/?{name}=x&a=1") == f"/?{name}=•••&a=1"


@pytest.mark.parametrize(
    ("text", "kept_of_it"),
    [
        (
            "CONNECT\nlogin:ada\npasscode:hunter2\n\n\0",
            "CONNECT\nlogin:ada\npasscode:•••\n\n\0",
        ),
        (
            "CONNECT\r\nAuthorization: Bearer x y\r\n\r\n",
            "CONNECT\r\nAuthorization: •••\r\n\r\n",
        ),
        ("no passcode: none", "no passcode: none"),
        ("/back?code=4/0Ab_c&state=xyz", "/back?code=•••&state=xyz"),
        ("/back?state=xyz&Code=4/0Ab_c", "/back?state=xyz&Code=•••"),
        (
            "grant_type=authorization_code&code=4/0Ab_c",
            "grant_type=authorization_code&code=•••",
        ),
        (
            "code=4&client_secret=5&state=6",
            "code=•••&client_secret=•••&state=6",
        ),
        ("/country?code=AT", "/country?code=AT"),
        ("/ship?zipcode=1010&state=x", "/ship?zipcode=1010&state=x"),
    ],
)
def test_code_of_oauth_is_a_secret_and_another_code_is_none(
    text: str, kept_of_it: str
) -> None:
    assert masked_text(text) == kept_of_it
    assert masked_text(text.encode()) == kept_of_it.encode()
    with secrets_shown():
        assert masked_text(text) == text


@pytest.mark.parametrize(
    "name", ["text", "pin_board", "message", "user", "session", "x" * 10**6]
)
def test_value_of_another_name_is_none(name: str) -> None:
    assert not is_secret_item(name, "x")


def test_text_without_a_secret_stays_as_it_is() -> None:
    for text in ("hi", "my token is x", '{"a": "token"}', "", "token"):
        assert masked_text(text) == text
    assert masked_text(None) is None


@pytest.mark.parametrize("name", ["user[password]", "a.b%5Btoken%5D"])
def test_field_behind_a_prefix_is_masked(name: str) -> None:
    assert masked_text(f"a=1&{name}=x&b=2") == f"a=1&{name}=•••&b=2"


@pytest.mark.parametrize("more", ["", '; filename="a"\r\nContent-Type: x/y'])
def test_part_of_a_form_is_masked(more: str) -> None:
    head = f'--x\r\nContent-Disposition: form-data; name="password"{more}\r\n'
    other = '\r\n--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb'

    for body in (f"{head}\r\nse\r\ncret{{}}", f"{head}\r\nse--cret{{}}"):
        for end in (other, ""):
            found = masked_text(body.format(end).encode())
            assert found == f"{head}\r\n•••{end}".encode()


@pytest.mark.parametrize(
    "named",
    [
        "name=password",
        "name='password'",
        'name = "password"; filename=a',
        "name*=utf-8''password",
        'filename="a"; NAME="user[password]"',
    ],
)
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_part_of_a_form_is_masked_however_its_name_is_written(
    named: str, end: str
) -> None:
    lines = [
        "--x",
        f"Content-Disposition: form-data; {named}",
        "A: b",
        "",
        "{}",
    ]
    body = end.join([*lines, "--x--", ""])

    assert masked_text(body.format("secret")) == body.format("•••")


def test_part_with_another_name_stays() -> None:
    for name in ('name="a"; filename="password"', 'filename="token"'):
        body = f"--x\r\nContent-Disposition: form-data; {name}\r\n\r\nab"
        assert masked_text(body) == body


def test_text_that_was_cut_is_masked_too() -> None:
    assert masked_text('{"token": "abc') == '{"token": "•••"'


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"pwd": -12.5e3, "a": 1}', '{"pwd": "•••", "a": 1}'),
        ('{"token": true}', '{"token": true}'),
        ("{'token': 'it\\'s', 'a': 1}", "{'token': '•••', 'a': 1}"),
        ("""{'token': "it's", 'a': b'x'}""", "{'token': '•••', 'a': b'x'}"),
        ("{'token': b'x', 'pwd': 12}", "{'token': '•••', 'pwd': '•••'}"),
    ],
)
def test_a_number_and_what_python_shows_are_masked(
    text: str, masked: str
) -> None:
    assert masked_text(text) == masked
    assert masked_text(text.encode()) == masked.encode()


@pytest.mark.parametrize("value", ["x", 'a"b', "a\\b", "ü\n", '\\"', 7])
@pytest.mark.parametrize("depth", range(INNERMOST + 1))
def test_json_that_stands_in_json_is_masked(value: Any, depth: int) -> None:
    text = json.dumps({"password": value, "a": 'say "x"'})
    for _ in range(depth):
        text = json.dumps({"text": text, "b": 1})

    found = json.loads(masked_text(text))
    for _ in range(depth):
        assert found["b"] == 1
        found = json.loads(found["text"])
    assert found == {"password": "•••", "a": 'say "x"'}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            "401 for url 'https://a/?api_key=x'",
            "401 for url 'https://a/?api_key=•••'",
        ),
        ("it was token='x' here", "it was token=••• here"),
        (
            "postgres://ada:x@db/shop and redis://:x@b",
            "postgres://ada:•••@db/shop and redis://:•••@b",
        ),
        ("http://a:80/@ada", "http://a:80/@ada"),
        ("with Authorization: Bearer x\nhere", "with Authorization: •••\nhere"),
        ("{'token': 'x'}", "{'token': '•••'}"),
        ("my token is x", "my token is x"),
        ("no pin: a1b2 nor otp: x9", "no pin: ••• nor otp: •••"),
        ("password: too short, of 3", "password: too short, of 3"),
        ("on pin: 13", "on pin: 13"),
        ("the token a1b2c3d4 is old", "the token ••• is old"),
        ("password is 'hunter2x'!", "password is '•••'!"),
        ("API key 'a1b2c3d4' is old", "API key '•••' is old"),
        ("Wrong API key provided: sk-1. Go", "Wrong API key provided: ••• Go"),
        ("the Authorization header: a1", "the Authorization header: •••"),
        ("'token:a1b2'", "'token:•••'"),
        ("none in header or cookie: ", "none in header or cookie: "),
        ("SET token=%s WHERE pin=?", "SET token=%s WHERE pin=?"),
        ("/?token={key}&pwd=$1&otp=%(o)s", "/?token={key}&pwd=$1&otp=%(o)s"),
        ("public key 12345678", "public key 12345678"),
        ("pwd => hunter2x, api_key := 12345678", "pwd => •••, api_key := •••"),
        ("bad DSN 'host=a password=x'", "bad DSN 'host=a password=•••'"),
        ("mysql --password a1b2 -v", "mysql --password ••• -v"),
        ("['--api-key', 'x', '-v']", "['--api-key', •••, '-v']"),
        ("needed: --password, --user2", "needed: --password, --user2"),
        ("--token is required", "--token is required"),
        ("[(b'x-api-key', b'x'), (1,)]", "[(b'x-api-key', '•••'), (1,)]"),
        ("[[b'cookie', b'x=y']]", "[[b'cookie', '•••']]"),
        ("('password', 'x')", "('password', '•••')"),
        ("('password', 'email', 'a')", "('password', 'email', 'a')"),
        ("no ['password', 'email']", "no ['password', 'email']"),
        ("Unexpected token < at 1234567", "Unexpected token < at 1234567"),
        ("password must have 12345678", "password must have 12345678"),
        ("author 12345678 of it", "author 12345678 of it"),
        ("board_pin 12345678", "board_pin 12345678"),
        ("signature_help 12345678", "signature_help 12345678"),
        ("signature def12345678901234 it", "signature ••• it"),
    ],
)
def test_an_error_says_no_secret_that_has_a_name(
    text: str, masked: str
) -> None:
    assert masked_error(text) == masked
    with secrets_shown():
        assert masked_error(text) == text


def test_words_of_a_key_are_masked_and_what_speaks_of_them_is_not() -> None:
    begins, ends = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY"
    words = "\n".join(["MIIE+a1/b2" * 6] * 3)

    for text in (f"{begins}\n{{}}{ends}-----", f"a: {begins}\n{{}}"):
        assert masked_text(text.format(words + "\n")) in (
            text.replace("\n", "").format("•••")
        )
    text = json.dumps({"a": f"{begins}\n{words}\n{ends}"})
    assert json.loads(masked_text(text)) == {"a": f"{begins}•••{ends}"}
    text = f"it begins with {begins}, and so on"
    assert masked_text(text) == text


def test_what_is_kept_has_no_named_secret_at_any_depth() -> None:
    class Text(str):
        __slots__ = ()

    value = '{"token": "x"}'
    masked = '{"token": "•••"}'

    assert kept({"a": [value, Text(value)], "b": bytearray(b"pwd=x")}) == {
        "a": [masked, masked],
        "b": "pwd=•••".encode(),
    }


def test_what_is_kept_has_no_secret_whose_name_stands_beside_it() -> None:
    values: list[dict[str, Any]] = [
        {"value": "x", "name": "password"},
        {"key": "pin", "n": 1, "value": 1234},
        {"value": 7, "id": "pin"},
        {"value": None, "id": "token"},
        {"value": "x", "name": "page", "field": 1},
        {"value": {"a": 1}, "name": "session"},
    ]

    assert kept(values) == [
        {"value": "•••", "name": "password"},
        {"key": "pin", "n": 1, "value": "•••"},
        *values[2:],
    ]
    with secrets_shown():
        assert kept(values) == values


def test_bytes_are_masked_as_texts_are() -> None:
    assert masked_text(b'{"token": "x"}') == '{"token": "•••"}'.encode()
    assert masked_text(b"user=ada&password=x") == (
        "user=ada&password=•••".encode()
    )


def test_scope_is_kept_without_what_it_knows_of_the_client() -> None:
    session = SessionDict(MemoryStore())
    session["a"] = "x"
    scope = {
        "path": "/",
        "headers": [
            *[(b"cookie", b"a=x"), [b"host", b"h"], (1, 2, 3)],
            *[(b"X-Api-Key", b"x"), (b"auth", b"x"), ("password", "email")],
        ],
        "cookies": Cookies(a="x"),
        "session": session,
        "other": {"session": {"a": "x"}, "as text": [{"session": "x"}]},
        "jar": Cookies(a="x"),
    }

    assert kept(scope) == {
        "path": "/",
        "headers": [
            *[[b"cookie", "•••"], [b"host", b"h"], [1, 2, 3]],
            *[[b"X-Api-Key", "•••"], [b"auth", b"x"], ["password", "email"]],
        ],
        "cookies": "•••",
        "session": "•••",
        "other": {"session": "•••", "as text": [{"session": "x"}]},
        "jar": "•••",
    }


@pytest.mark.parametrize(
    ("line", "kept_of_it"),
    [
        ('login(user="ada", pwd=f"{x}1")', "login(user=\"ada\", pwd='•••')"),
        ("assert token == b'x'", "assert token == '•••'"),
        ('pin: str | None = "1"', "pin: str | None = '•••'"),
        ('a["jwt"] = """x"""', "a[\"jwt\"] = '•••'"),
        ("return {'pwd': 'x', 'n': 1}", "return {'pwd': '•••', 'n': 1}"),
        ('get("http://ada:x@b/")', 'get("http://ada:•••@b/")'),
        *(
            (line, line)
            for line in (
                "login(user=user, password=password)",
                'token = request.GET["token"]',
                'return {"token": token, "b": "c"}',
                "self.token = await token_of(self)",
                "def of(token: str) -> str:",
                "raise KeyError('password')",
            )
        ),
    ],
)
def test_line_of_code_shows_names_and_no_literal_that_is_a_secret(
    line: str, kept_of_it: str
) -> None:
    assert masked_code(line) == kept_of_it
    with secrets_shown():
        assert masked_code(line) == line


def test_secrets_are_shown_for_a_while_but_no_session() -> None:
    values = {
        "token": "x",
        "session": SessionDict(MemoryStore()),
        "headers": [["cookie", 1]],
    }
    text, scope = '{"token": "abc"}', {"headers": [(b"cookie", b"a=12345678")]}
    masked = {"token": "•••", "session": "•••", "headers": [["cookie", "•••"]]}
    assert kept(values) == masked

    with secrets_shown():
        assert kept(values) == values | {"session": "•••"}
        assert masked_text(text) == text
        assert masked_text(text.encode()) == text.encode()
        assert secrets_of(scope) == ()

    assert kept(values) == masked
    assert secrets_of(scope) == ("12345678",)
