"""Secrets in elements of XML are covered, and their tags stay."""

import json

import pytest

from minichannels.flow.journal.masking import masked_text


def masked(text: str) -> str:
    """Return a text as it is kept; it is kept so as bytes, too."""
    found: str = masked_text(text)
    assert masked_text(text.encode()) == found.encode()
    return found


@pytest.mark.parametrize(
    "text",
    [
        "<password>{}</password>",
        "<u><a>b</a><password>{}</password><c>d</c></u>",
        '<wsse:Password Type="a#b">{}</wsse:Password>',
        "<password>\n  {}</password>",
        "<password><![CDATA[{}]]></password>",
        "<secret><a n='1'>{}</a><b><c>{}</c></b></secret>",
        "<secret><password>{}</password><a>{}</a></secret>",
        "<value><name>password</name><value><string>{}</string></value></value>",
        "<key>api_key</key>\n<string>{}</string><key>a</key><string>b</string>",
        "<a><b><value>{}</value><name>password</name></b><c>d</c></a>",
        "<n:value a='b'>{}</n:value><n:name c='d'>password</n:name>",
        "<a><value><string>{}</string></value>\n<key>token</key></a>",
        "<name>a</name><value>b</value><name>token</name><value>{}</value>",
        '<param name="password">{}</param><param name="a">b</param>',
        "<Attribute Name='token'><Value>{}</Value></Attribute>",
        "<p><name>token</name><a>true</a><b><value>c</value></b><value>{}</value></p>",
        "<p><key>pwd</key><a>true</a>\n<c/><n:value>{}</n:value></p>",
        "<textarea rows='2' name=token>{}</textarea>",
        "<a>b</a><password>{}",
        "a: b</a><password>{}",
        "<!-- --><token/><a token='1'/><token>{}</token>",
    ],
)
def test_what_is_in_such_an_element_is_covered(text: str) -> None:
    secret, kept = text.replace("{}", "hunter2"), text.replace("{}", "•••")

    assert masked(secret).replace("token=•••", "token='1'") == kept
    assert masked("<?a b='c'?>" + secret).count("•••") >= kept.count("•••")


@pytest.mark.parametrize(
    "text",
    [
        "<password>{}</password>",
        "<value>{}</value>\n<name>token</name>",
        "<p:password a='b'>{}</p:password>",
        "<secret>\n  <a>{}</a>\n</secret>",
    ],
)
def test_xml_that_stands_in_xml_or_json_is_covered(text: str) -> None:
    said = {"a": text.replace("{}", "hunter2"), "b": "c"}
    kept = {"a": text.replace("{}", "•••"), "b": "c"}

    assert json.loads(masked(json.dumps(said))) == kept
    for escape in (("<", "\\u003c"), (">", "\\u003e"), ("</", "<\\/")):
        whole = json.dumps(said).replace(*escape)
        whole = whole.replace("<", "\\u003c") if "\\u003e" in whole else whole
        whole = whole.replace(">", "\\u003e") if "\\u003c" in whole else whole
        assert json.loads(masked(whole)) == kept
    in_xml = f"<a b='c'>{said['a']}</a>".replace("<", "&lt;").replace(
        ">", "&gt;"
    )
    assert "hunter2" not in masked(in_xml)


def test_piece_of_xml_is_covered_to_its_end_and_a_word_of_a_text_is_not() -> (
    None
):
    begun = "data: <a><password>"

    for rest in ("h", "hunter2", "hunter2<", "hunter2</pass"):
        for whole in ((begun + rest).encode(), f"<a>{begun}{rest}"):
            found = masked_text(whole)
            text = found if isinstance(found, str) else found.decode()
            assert f"{begun}•••" in text
        assert masked_text(begun + rest) == begun + rest


@pytest.mark.parametrize(
    "text",
    [
        "<author>ada</author><tokenizer>b</tokenizer><board_pin>1</board_pin>",
        "<password>true</password><pin>7</pin><tokens><in>5</in></tokens>",
        "<password></password><password/><token> </token><token a='b'/>",
        "<password>This field is required.</password>",
        "<signature>def f(a)</signature><auth>basic</auth>",
        "Call <name> <password> here: it has <token> of it",
        "<a>It has a <token> of: b</a>",
        "log in with <user>:<password> then",
        "<name>ada</name><value>x</value><key></key><a>b</a>",
        "<p><name>token</name></p><a>b</a><value>x</value>",
        "<name>token</name><a>true</a><name>a</name><c>d</c><value>x</value>",
        "<key>token</key><a>true</a><b><c>d</c><value>x</value></b>",
        "<button name='token'>Make one</button><a name='token'>of: it</a>",
        "<h2 id='api-key'>The API key: how</h2><form name='password'>a</form>",
        "</name></password>=",
        "<a name='" + "x" * 2000 + "token'>b</a>",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text) == text
