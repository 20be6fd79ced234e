"""Secrets in lines that stand as a text in JSON are covered."""

import json

import pytest

from minichannels.flow.journal.masking import masked_text

LINES = [
    ("user: ada\npassword: {}\n", "in YAML"),
    ("db:\n  password: |\n    {}\n  port: 1", "in YAML, below its name"),
    ("- name: DB_PASSWORD\n  value: {}\n", "in YAML, beside its name"),
    ("A=1\nDB_PASSWORD={}\nB=2", "in settings"),
    ('[db]\r\npassword = "{}"\r\n', "in TOML"),
    ("GET / HTTP/1.1\r\nCookie: {}\r\n\r\né", "in headers"),
    ("NICK ada\r\nPASS {}\r\n", "in commands"),
]


@pytest.mark.parametrize("text", [text for text, _ in LINES])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_what_is_covered_in_lines_is_covered_in_a_text_of_json(
    text: str, depth: int
) -> None:
    secret, kept = text.replace("{}", "hunter2"), masked_text(text)
    kept = masked_text(secret)
    whole = secret
    for _ in range(depth):
        whole = json.dumps({"a": 1, "said": whole}, ensure_ascii=False)

    found = masked_text(whole)

    assert masked_text(whole.encode()) == found.encode()
    for _ in range(depth):
        found = json.loads(found)["said"]
    assert (found, "hunter2" in found) == (kept, False)


def test_text_of_json_that_is_cut_off_is_covered_as_far_as_it_goes() -> None:
    whole = json.dumps({"said": 'a: "b"\npassword: hunter2'})

    for end in range(whole.index("hunter2") + 1, len(whole)):
        assert "hunter2"[: end - whole.index("hunter2")] not in masked_text(
            whole[:end]
        ).replace('"b', ""), end


def test_text_in_which_nothing_is_covered_stays_as_it_was_written() -> None:
    other = '{"\\u00e9": "a\\/b\\n", "c": "d\\nthe key\\n", "e": "\\q\\n'
    lone = json.dumps({"a": "\ud800\npassword: x1y2\n"})

    assert masked_text(other) == other
    assert masked_text(other.encode()) == other.encode()
    assert masked_text(b'"\xff\\nkey: \xff" the key: \xff') == (
        b'"\xff\\nkey: \xff" the key: \xff'
    )
    assert json.loads(masked_text(lone.encode())) == {
        "a": "\ud800\npassword: •••\n"
    }
