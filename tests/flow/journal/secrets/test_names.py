"""What a secret is called, and which values such a name hides."""

from typing import Any

import pytest

from minichannels.flow.journal.secrets.names import (
    Hiding,
    is_hidden,
    kind_of,
    may_have_names,
)

NAMES = {
    Hiding.ALL: (
        *("passphrase", "pass_phrase", "jwt", "csrf", "_csrf", "X-CSRFToken"),
        *("session id", "session-id", "X-Session-Id", "sessionKey"),
        *("secret_key", "api-key", "apiKey", "APIKey", "signing_key"),
        *("csrfmiddlewaretoken", "credential", "password_hash", "token2"),
        *("user[password]", "AWS_SECRET_ACCESS_KEY", "passwordAgain"),
        "x" * 100 + "_password",
    ),
    Hiding.CODE: (
        *("pin", "otp", "totp", "cvv", "cvv2", "pass", "user_pass"),
        *("userPass", "userPIN", "pin_code", "otpCode", "card-cvc"),
    ),
    Hiding.TEXTS: ("passwords", "tokens", "max_tokens", "api_keys", "pinCodes"),
    Hiding.LONG: (
        *("refresh", "auth", "basic_auth", "sig", "signature", "sid"),
        *("X-Amz-Signature", "X-Hub-Signature-256", "connect.sid", "x_sid"),
        *("client_assertion", "SAMLResponse", "code_verifier", "sessionSid"),
    ),
    None: (
        *("board_pin", "ledPin", "GPIO_PIN_4", "map_pin2"),
        *("pin_board", "spin", "pinned", "opinion", "ping", "typing", "hotpot"),
        *("bypass", "compass", "pass_rate", "passed", "passenger", "passport"),
        *("token_type", "secretary", "public_key", "keyboard", "cookie_banner"),
        *(
            "signature_help",
            "signatureHelp",
            "sigma",
            "design",
            "side",
            "aside",
        ),
        *("resid", "callSid", "assertions", "saml", "tokenizer"),
        *("author", "refresh_rate", "session_count", "password_hint", "recv"),
        "",
    ),
}


@pytest.mark.parametrize("kind", NAMES)
def test_last_words_of_a_name_say_what_it_hides(kind: Hiding | None) -> None:
    for name in NAMES[kind]:
        assert kind_of(name) is kind, name
        assert kind_of(name.encode()) is kind, name
        assert kind is None or may_have_names(f'{{"{name.lower()}": 1}}'), name


@pytest.mark.parametrize(
    ("name", "value", "hidden"),
    [
        ("password", "x", True),
        ("password", 12.5, True),
        ("password", ["x"], True),
        ("password", True, False),
        ("password", None, False),
        ("pin", 1234, True),
        ("cvv", 123, True),
        ("pin", 13, False),
        pytest.param("pass", 1 << 10_000, True, id="large"),
        ("pass", True, False),
        ("pass", 12, False),
        ("pass", "12", True),
        ("max_tokens", 4096, False),
        ("tokens", ["x"], True),
        ("auth", "a1b2c3d4e5f6a7b8", True),
        ("auth", "required", False),
        ("sig", "a1b2%2Fc3d4e5f6%3D", True),
        ("signature", "def of(name: str, n: int = 1234) -> None", False),
        ("sid", "1234", False),
        ("auth", "a text of 4 words with blanks", False),
        ("auth", ["x"], False),
    ],
)
def test_what_a_name_hides_depends_on_the_value(
    name: str, value: Any, hidden: bool
) -> None:
    kind = kind_of(name)

    assert kind is not None
    assert is_hidden(kind, value) is hidden


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"typing","user":"ada"}',
        '{"type":"ping","recv":1,"fine":"v"}',
        '{"action":"move","x":1,"job":"jump"}',
    ],
)
def test_text_without_such_a_name_is_looked_at_no_further(text: str) -> None:
    assert not may_have_names(text)
