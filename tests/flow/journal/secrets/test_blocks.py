"""Secrets of YAML are covered where they stand below their names."""

import pytest

from minichannels.flow.journal.masking import masked_text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("password:\n  a", "password:\n  •••"),
        (
            "a:\n  'pwd':\r\n    \"a b\"\r\nb: c",
            "a:\n  'pwd':\r\n    •••\r\nb: c",
        ),
        ("token: \n\ta1 # of b\nb: c", "token: \n\t••• # of b\nb: c"),
        ("- pin:\n    1234\n  user: b", "- pin:\n    •••\n  user: b"),
        ("secrets:\n- a1\n- 'b'\nc: d", "secrets:\n- •••\n- •••\nc: d"),
        (
            "a:\n  jwt: |\n    b c\n\n    d\n  e: f",
            "a:\n  jwt: |\n    •••\n\n    •••\n  e: f",
        ),
        ("token: >-\n  a\n", "token: >-\n  •••\n"),
        ("- name: pwd\n  value: a", "- name: pwd\n  value: •••"),
        ("key: 'pwd'\r\nvalue: \"a b\"\r\n", "key: 'pwd'\r\nvalue: •••\r\n"),
        ("a:\n- value: b # c\n  name: pwd", "a:\n- value: b # c\n  name: pwd"),
        ("a:\n- value: b\n  name: pwd\n", "a:\n- value: •••\n  name: pwd\n"),
    ],
)
def test_what_stands_below_the_name_of_a_secret_is_covered(
    text: str, kept: str
) -> None:
    assert masked_text(text) == kept
    assert masked_text(text.encode()) == kept.encode()


@pytest.mark.parametrize(
    "text",
    [
        "password:\n  type: string\n  minLength: 8",
        "Your password:\n  it is too short",
        "Password:\n  required\n",
        "password:\nuser: ada",
        "- name: pwd\n  value: true",
        "- name: pwd\n  valueFrom: a",
        "- name: token\n  value: what is it?",
        "- name: ada\n  value: b",
        "password: |\nuser: ada",
        "secrets:\n  - db_password\n  - name: a1",
        "token:\n  what is it?",
        "token:\n  abc,\n  def",
        "pin:\n  7",
        "auth:\n  basic",
        "page:\n  one # no token",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked_text(text) == text
