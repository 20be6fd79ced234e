"""Texts that must never do more than be read, wherever they are shown."""

TEXTS: dict[str, str] = {
    "script": "<script>window.ran = 1</script>",
    "handler": "\"'`><img src=x onerror=window.ran=1>",
    "closing": "--></title></desc></svg></script></td>]]><svg onload=ran=1>",
    "address": "javascript:window.ran=1",
    "entities": "&lt;&amp;&#60;script&#62;&nbsp;&bogus;",
    "doctype": "<!DOCTYPE x [<!ENTITY e 'e'>]>&e;",
    "control": "a\x00\x07\x1b[31m\r\nb\tc\x7f\x85\u2028",
    "direction": "\u202egnp.exe\u2066\u200f\u200b",
    "combining": "Z" + "\u0301\u0321\u0489" * 40,
    "emoji": "👩‍👩‍👧 ✗ 🏳️‍🌈",
    "wide": "聊天室" * 30 + "﷽",
    "surrogate": "\ud800 \udfff",
    "noncharacter": "\ufffe\uffff\ufdd0",
    "long": "x" * 10_000,
    "megabyte": "<m>" * 333_333,
    "mermaid": "end; loop x\n%%{init: {'x': 1}}%%",
    "template": "${window.ran=1}{{7*7}}",
    "markdown": "`<b>`|[x](javascript:ran=1)|$x$",
}
"""By what they try. One that ran would have set ``window.ran``."""

FORBIDDEN = frozenset(
    "\x00\x07\x1b\x7f\x85\u2028\u202e\u2066\u200f\u200b\ufffe"
)
"""Characters that no output may contain as such."""
