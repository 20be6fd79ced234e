"""Secrets are covered in each notation, and what stands beside them stays."""

import ast
import json
from typing import Any

import pytest

from minichannels.flow.journal.masking import masked_error, masked_text
from minichannels.flow.journal.secrets.notations import INNERMOST

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmVk"


def masked(text: str) -> str:
    """Return a text as it is kept; it is kept so as bytes, too."""
    found: str = masked_text(text)
    assert masked_text(text.encode()) == found.encode()
    return found


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"passwords": ["a", "b"], "n": [1]}, {"passwords": ["•••", "•••"]}),
        ({"token": {"value": "x"}, "of": 2}, {"token": {"value": "•••"}}),
        ({"token": {"a": [{"b": 'x"]}'}]}}, {"token": {"a": [{"b": "•••"}]}}),
        ({"tokens": {"in": 5, "out": 7}}, {"tokens": {"in": 5, "out": 7}}),
        ({"tokens": ["7"]}, {"tokens": ["•••"]}),
        ({"pin": [1234, 5, True, None]}, {"pin": ["•••", 5, True, None]}),
        (
            {"password": ["This field is required."]},
            {"password": ["This field is required."]},
        ),
        ({"pass": 12, "pin": 7, "otp": True}, {"pass": 12, "pin": 7}),
        ({"pass": 1234, "cvv": 123}, {"pass": "•••", "cvv": "•••"}),
        ({"refresh": "a1b2c3d4e5f6a7b8"}, {"refresh": "•••"}),
        ({"refresh": True, "auth": "basic"}, {"auth": "basic"}),
        (
            {"a": [{"name": "password", "value": 'x"'}, {"name": "b"}]},
            {"a": [{"name": "password", "value": "•••"}, {"name": "b"}]},
        ),
        (
            {"a": {"path": "/user/pin", "value": ["x"]}, "value": "y"},
            {"a": {"path": "/user/pin", "value": ["•••"]}},
        ),
        (
            {"a": [{"value": 'x"', "name": "password"}, {"value": "b"}]},
            {"a": [{"value": "•••", "name": "password"}, {"value": "b"}]},
        ),
        (
            {"a": {"value": ["x", 7], "n": 1, "at": None, "key": "passwords"}},
            {
                "a": {
                    "value": ["•••", 7],
                    "n": 1,
                    "at": None,
                    "key": "passwords",
                }
            },
        ),
        (
            {"a": {"id": "token", "type": "text", "n": True, "value": "x"}},
            {"a": {"id": "token", "type": "text", "n": True, "value": "•••"}},
        ),
        (
            {"a": [{"value": "x"}, {"name": "password"}], "n": 1},
            {"a": [{"value": "x"}, {"name": "password"}]},
        ),
        (
            {"a": {"value": "x", "of": {"name": "token"}}, "type": "password"},
            {"a": {"value": "x", "of": {"name": "token"}}},
        ),
        (
            {"a": {"name": "board_pin", "value": "x"}, "pin": 7},
            {"a": {"name": "board_pin", "value": "x"}},
        ),
        ({"session id": "x", "csrf": "y"}, {"csrf": "•••"}),
        ({"value": JWT}, {"value": "•••"}),
        ({"to": "http://ada:x@b/"}, {"to": "http://ada:•••@b/"}),
        ({"to": "http://b:80/@ada", "by": "a@b"}, {"by": "a@b"}),
        ({"of": "/?token=abc", "n": 1}, {"of": "/?token=•••", "n": 1}),
        ({"said": "Basic YTpzZWNyZXQ="}, {"said": "Basic •••"}),
        ({"said": "Basic understanding"}, {"said": "Basic understanding"}),
        ({"said": "Basic YTpzZWN"}, {"said": "Basic YTpzZWN"}),
        ({"said": "Bearer a1b2c3d4e5"}, {"said": "Bearer •••"}),
        ({"said": "Bearer of bad news"}, {"said": "Bearer of bad news"}),
    ],
)
def test_secrets_of_json_are_covered_and_nothing_else(
    value: dict[str, Any], kept: dict[str, Any]
) -> None:
    kept = value | kept
    if "session id" in kept:
        kept["session id"] = "•••"
    text = json.dumps(value)

    assert json.loads(masked(text)) == kept
    for depth in range(1, INNERMOST + 1):
        text = json.dumps(text)
        found = masked(text)
        for _ in range(depth):
            found = json.loads(found)
        assert json.loads(found) == kept
    assert ast.literal_eval(masked(repr(value))) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('42["in",{"pin":"x"}]', '42["in",{"pin":"•••"}]'),
        ('data: {"otp": "x"}\n\n', 'data: {"otp": "•••"}\n\n'),
        (
            'mutation { login(user: "a", password: "x", pin: 1234) { id } }',
            'mutation { login(user: "a", password: "•••", pin: "•••") { id } }',
        ),
        (
            r'{"query":"{ login(pass: \"x\", by: \"a\") }"}',
            r'{"query":"{ login(pass: \"•••\", by: \"a\") }"}',
        ),
        (
            r'{"text":"{\"query\":\"{ login(pass: \\\"x\\\") }\"}"}',
            r'{"text":"{\"query\":\"{ login(pass: \\\"•••\\\") }\"}"}',
        ),
        (
            '["x-api-key","x"],["Cookie", "a=b"],["b-c","d"],["token","e"]:',
            '["x-api-key","•••"],["Cookie", "•••"],["b-c","d"],["token","e"]:',
        ),
        (
            r'{"a":"[[\"x-api-key\", \"x\"], [\"a-token\", \"b\", 1]]"}',
            r'{"a":"[[\"x-api-key\", \"•••\"], [\"a-token\", \"b\", 1]]"}',
        ),
        (
            '{ login(password: """x "y" z""", by: "a") }',
            '{ login(password: "•••", by: "a") }',
        ),
        (
            r'{"query":"{ login(pass: \"\"\"x\"\"\", by: \"a\") }"}',
            r'{"query":"{ login(pass: \"•••\", by: \"a\") }"}',
        ),
        (
            "{&quot;value&quot;: &quot;x&quot;,"
            " &quot;key&quot;:&quot;pwd&quot;}",
            "{&quot;value&quot;: &quot;•••&quot;,"
            " &quot;key&quot;:&quot;pwd&quot;}",
        ),
        ("run --token a1 --pin1 b2 -v", "run --token ••• --pin1 b2 -v"),
        ("use --password twice: once", "use --password twice: once"),
        ("pin: a1 # of b\ntoken: a b # c", "pin: ••• # of b\ntoken: a b # c"),
        ("query($password: String!)", "query($password: String!)"),
        ("X-Api-Key: x\r\nHost: b", "X-Api-Key: •••\r\nHost: b"),
        ("db:\n  - password: x\n    b: c", "db:\n  - password: •••\n    b: c"),
        ("def a(\n    token: str\n)", "def a(\n    token: str\n)"),
        ("type A = {\n  pin: string;\n}", "type A = {\n  pin: string;\n}"),
        ('class Token:\n    """A word."""', 'class Token:\n    """A word."""'),
        ("    cookie: Cookie | None = a", "    cookie: Cookie | None = a"),
        ('db_password = "x y"\nb = "c"', 'db_password = •••\nb = "c"'),
        ("export API_TOKEN = a1b2", "export API_TOKEN = •••"),
        ("token = of(1)\npin = read", "token = of(1)\npin = read"),
        ('<a href="/" token="x"/>', '<a href="/" token=•••/>'),
        (r'{"a":"<b pwd=\"x y\" c=\"d\"/>"}', r'{"a":"<b pwd=••• c=\"d\"/>"}'),
        ("<b wsse:token='x' c='d'/>", "<b wsse:token=••• c='d'/>"),
        (
            "&lt;b token=&quot;x y&quot; c=&quot;d&quot;/&gt;",
            "&lt;b token=••• c=&quot;d&quot;/&gt;",
        ),
        (
            'data-a="{&quot;token&quot;: &quot;x\\&quot;y&quot;,&quot;b":1}"',
            'data-a="{&quot;token&quot;: &quot;•••&quot;,&quot;b":1}"',
        ),
        (
            "a='{&#34;tokens&#34;:[&#34;x&#34;],&#34;sid&#34;:&#34;a&#34;}'",
            "a='{&#34;tokens&#34;:[&#34;•••&#34;],&#34;sid&#34;:&#34;a&#34;}'",
        ),
        (
            "/?v=%7B%22token%22%3A+%22x%5C%22y%22%2C%22pin%22:7%7D&b=c",
            "/?v=%7B%22token%22%3A+%22•••%22%2C%22pin%22:7%7D&b=c",
        ),
        (
            "/?next=%2Fa%3Ftoken%3Dx%26b%3Dc&d=e",
            "/?next=%2Fa%3Ftoken%3D•••%26b%3Dc&d=e",
        ),
        ("/?n=%2Fa%253Fsid%253Da1&d=e", "/?n=%2Fa%253Fsid%253Da1&d=e"),
        ("/?n=%2Fa%253Fjwt%253Da1%2526b", "/?n=%2Fa%253Fjwt%253D•••%2526b"),
        ("token: what is it?", "token: what is it?"),
        ("{password: x, user: ada}", "{password: •••, user: ada}"),
        (
            "db: {a: [b, c], 'pwd': x1, d: 'e f', g: \"h\", i: {j: k}}",
            "db: {a: [b, c], 'pwd': •••, d: 'e f', g: \"h\", i: {j: k}}",
        ),
        ("{user:ada,password:abc}", "{user:ada,password:•••}"),
        ('{"token": abc}', '{"token": •••}'),
        ("say, token: this, and that}", "say, token: this, and that}"),
        ("{token: this one}", "{token: this one}"),
        ("{ token: undefined, a: b }", "{ token: undefined, a: b }"),
        ("{token:e,a:b}", "{token:e,a:b}"),
        ("{ token: req.body.token }", "{ token: req.body.token }"),
        ("{ token: of(a), b: c }", "{ token: of(a), b: c }"),
        ("{password=x, user=ada}", "{password=•••, user=ada}"),
        (
            "UPDATE a SET n = 'b', \"password\" = 'it''s', x.`pin` = '1234'",
            "UPDATE a SET n = 'b', \"password\" = '•••', x.`pin` = '•••'",
        ),
        (
            'a:2:{s:3:"pwd";s:3:"a"b";s:4:"user";s:3:"ada";}',
            'a:2:{s:3:"pwd";s:3:"•••";s:4:"user";s:3:"ada";}',
        ),
        ("password=x&max_tokens=5&pin=7", "password=•••&max_tokens=5&pin=7"),
        ('password=a"b&c=d', "password=•••&c=d"),
        ("User(a='b', pwd='x y')", "User(a='b', pwd=•••)"),
        ("user[login][pin]=1234&a=1", "user[login][pin]=•••&a=1"),
        ("a%5Bb%5D%5bpin%5d=1234", "a%5Bb%5D%5bpin%5d=•••"),
        ("password[]=x&token%5B%5D=y", "password[]=•••&token%5B%5D=•••"),
        ("pin_board%5Bn%5D=1234", "pin_board%5Bn%5D=1234"),
        ("a=1&p%61ssword=x&b=2", "a=1&p%61ssword=•••&b=2"),
        ("/a?%74%6F%6B%65%6E=x", "/a?%74%6F%6B%65%6E=•••"),
        ("a%5Bp%69n%5D=1234", "a%5Bp%69n%5D=•••"),
        ("spin%5F%61=1234&t%C3%A9=x", "spin%5F%61=1234&t%C3%A9=x"),
        ("/back#access_token=x&n=1", "/back#access_token=•••&n=1"),
        ('{"query":"token=x&n=1"}', '{"query":"token=•••&n=1"}'),
        ("b'token=x'", "b'token=•••'"),
        ("redis://ada:a@b@host/0", "redis://ada:•••@host/0"),
        ("in token=x at 5", "in token=••• at 5"),
        ("let token=get(1)", "let token=get(1)"),
        (JWT, "•••"),
        ("say eyJ.", "say eyJ."),
    ],
)
def test_secret_is_covered_in_each_notation(text: str, kept: str) -> None:
    assert masked(text) == kept


@pytest.mark.parametrize("depth", range(INNERMOST + 1))
@pytest.mark.parametrize(
    ("name", "said"),
    [
        (r"pass\u0077ord", '"•••"'),
        (r"\u0074\u006F\u006b\u0065\u006E", '"•••"'),
        (r"x\u002Dapi\u005fkey", '"•••"'),
        (r"p\u0061ge", '"x"'),
        (r"t\u00f6ken", '"x"'),
    ],
)
def test_letters_of_a_name_may_be_escaped(
    name: str, said: str, depth: int
) -> None:
    text, kept = (f'{{"{name}": {each}, "a": 1' for each in ('"x"', said))
    for _ in range(depth):
        text, kept = json.dumps(text), json.dumps(kept, ensure_ascii=False)

    assert masked(text) == kept


def test_list_that_is_cut_is_covered_and_a_very_deep_one_to_the_end() -> None:
    assert masked('{"a": [["x-api-key", "b') == '{"a": [["x-api-key", "•••"'
    assert masked('{"token": ["a", {"b": "c') == '{"token": ["•••", {"b": "•••"'
    deep = f'{{"token": {"[" * 20}"a"{"]" * 20}, "b": "c"}}'
    assert '"a"' not in masked(deep)


def test_what_pydantic_says_of_a_secret_is_covered() -> None:
    error = {
        "loc": ["body", "password"],
        "msg": "String should have at least 8 characters",
        "input": "abc",
        "ctx": {"min_length": 8},
    }
    other = {**error, "loc": ["body", "name"]}
    python = [{**error, "loc": ("body", "password")}]
    text = (
        "1 validation error for Login\npassword\n  Too short "
        "[type=short, input_value='abc', input_type=str]"
    )

    found = json.loads(masked(json.dumps({"detail": [error, other]})))
    assert found == {"detail": [{**error, "input": "•••"}, other]}
    assert "abc" not in masked_error(str(python))
    assert "'min_length': 8" in masked_error(str(python))
    assert masked_error(text) == text.replace("'abc'", "'•••'")


@pytest.mark.parametrize(
    ("tag", "kept"),
    [
        (
            '<input type="hidden" name="csrfmiddlewaretoken" value="x">',
            '<input type="hidden" name="csrfmiddlewaretoken" value="•••">',
        ),
        (
            "<input value='x' type=password name=a>",
            '<input value="•••" type=password name=a>',
        ),
        (
            '<meta name="csrf-token" content="x">',
            '<meta name="csrf-token" content="•••">',
        ),
        ('<input name="key" value="x">', '<input name="key" value="x">'),
        ('<input name="auth" value="x">', '<input name="auth" value="x">'),
        (
            '<add key="password" value="x"/>',
            '<add key="password" value="•••"/>',
        ),
        (
            r"<param name=\"pwd\" value=\"x\"/>",
            r"<param name=\"pwd\" value=\"•••\"/>",
        ),
    ],
)
def test_secret_that_a_page_brings_with_it_is_covered(
    tag: str, kept: str
) -> None:
    assert masked(f"<p>{tag}</p>") == f"<p>{kept}</p>"
