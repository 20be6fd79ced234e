"""Secrets in commands, where their place says what they are, and no name.

How it works: a command of IRC, FTP, POP3, IMAP, SMTP or Redis that says who
somebody is stands at the beginning of a line, in capitals, and has nothing
behind the secret. A program that is called in a shell has it behind an option.

Rule 1: "PASS" is said of tests, too, with their names: these stay.
"""

_LINE = r"(?<![^\n\"'])(?:@[^ \r\n]{1,500}+ )?(?::[^ \r\n]{1,100}+ )?"
_ENDS = r"(?=[ \t]*+(?:[\r\n\"'\\]|\Z))"
_WORD = r"[^\s\"'\\]++"
_VALUE = rf"(?:\"[^\"\r\n]*+\"|{_WORD})"
_NO_TEST = (
    r"(?!\d{1,2}(?!\S)|<|\S*(?:test|spec|::|\.(?:[cm]?[jt]sx?|py|rb|go|php"
    r"|java|rs|sh|c|cc|cpp|cs|kt)(?!\S)))"
)
# What a shell is given, a few words of it.
_FEW = r"(?: [^\s|;&]{1,40}+){0,4}?"

_TO_NICKSERV = (
    r"(?P<kept>(?i:\bnickserv(?:@\S{1,80}+)? :?identify )(?:\S{1,80}+ )?)"
    rf"{_WORD}{_ENDS}"
)

COMMANDS = {
    "PASS ": (
        rf"(?P<kept>{_LINE}PASS ){_NO_TEST}(?::[^\r\n\"]++|{_WORD}){_ENDS}"
    ),
    "OPER ": rf"(?P<kept>{_LINE}OPER \S{{1,80}}+ ){_WORD}{_ENDS}",
    "AUTHENTICATE ": (
        rf"(?P<kept>{_LINE}AUTHENTICATE )(?=[A-Z]*+[a-z\d=])"
        rf"(?!SCRAM|ECDSA)[\w+/=]{{8,}}+{_ENDS}"
    ),
    "AUTH ": (
        rf"(?P<kept>{_LINE}(?:HELLO \d )?AUTH (?:\S{{1,80}}+ )?)"
        rf"(?=\S*[\d=])(?=\S{{4}}){_WORD}{_ENDS}"
    ),
    " LOGIN ": (
        rf"(?P<kept>{_LINE}(?:[A-Za-z]{{0,4}}\d{{1,6}}|\.) LOGIN {_VALUE} )"
        rf"(?=\"|\S*\d){_VALUE}{_ENDS}"
    ),
    "NickServ": _TO_NICKSERV,
    "nickserv": _TO_NICKSERV,
    "NS ": rf"(?P<kept>{_LINE}NS IDENTIFY (?:\S{{1,80}}+ )?){_WORD}{_ENDS}",
    "curl": (
        r"(?P<kept>(?<=\s)(?:-[uU] ?|--(?:proxy-)?user[ =])\\{0,8}[\"']?"
        r"(?!\d+:\d+(?!\S))[^\s:\"'\\]{1,80}+:)[^\s\"'\\]++"
    ),
    "sshpass": rf"(?P<kept>\bsshpass -p ?\\{{0,8}}[\"']?){_WORD}",
    "mysql": rf"(?P<kept>\bmysql\w{{0,8}}{_FEW} -p\\{{0,8}}[\"']?){_WORD}",
    "mariadb": (
        rf"(?P<kept>\bmariadb[\w-]{{0,8}}{_FEW} -p\\{{0,8}}[\"']?){_WORD}"
    ),
    "-cli": (
        rf"(?P<kept>\b(?:redis|valkey)-cli{_FEW} -a \\{{0,8}}[\"']?){_WORD}"
    ),
    "login": (
        rf"(?P<kept>\b(?:docker|podman) login{_FEW} -p \\{{0,8}}[\"']?){_WORD}"
    ),
    "CONFIG ": (
        rf"(?P<kept>{_LINE}CONFIG SET (?i:requirepass|masterauth) )"
        rf"{_VALUE}{_ENDS}"
    ),
    "ACL ": rf"(?P<kept>{_LINE}ACL SETUSER (?:\S{{1,80}}+ ){{1,9}}?>){_WORD}",
    "IDENTIFIED BY ": r"(?P<kept>\bIDENTIFIED BY )'[^'\r\n]++'",
    "PASSWORD '": r"(?P<kept>\bPASSWORD )'[^'\r\n]++'",
}
"""Patterns of commands, each by what is in it; what is ``kept`` stays."""

COUNTED = "\r\n$"
"""What is in each command of Redis that says how long its words are."""

_COUNT = r"\$\d{1,6}\r\n"
_COUNTED = rf"{_COUNT}[^\r\n]++"
# With a name before the secret, if another word follows.
_AUTH = (
    r"(?P<kept>(?:\*\d{1,4}\r\n|(?i:hello)\r\n\$1\r\n\d\r\n)\$4\r\n(?i:auth)\r\n"
    rf"(?:{_COUNTED}\r\n(?=\$))?){_COUNTED}"
)
_SETTING = rf"(?P<kept>{_COUNT}(?i:requirepass|masterauth)\r\n){_COUNTED}"
OF_COUNTED = {
    "AUTH\r\n": _AUTH,
    "auth\r\n": _AUTH,
    "requirepass": _SETTING,
    "masterauth": _SETTING,
}
"""Patterns of such commands."""

_IN_A_SHELL = ("curl", "sshpass", "mysql", "mariadb", "-cli", "login")


def may_have_commands(text: str) -> bool:
    """Return whether a text may have such a command in it."""
    # At every frame: that a letter is not there is seen soonest.
    return (
        ("A" in text and _has_auth(text))
        or ("O" in text and _has_login(text))
        or ("I" in text and _has_identify(text))
        or ("-" in text and _has_option(text))
    )


def _has_auth(text: str) -> bool:
    return "PASS" in text or "AUTH" in text or "ACL " in text


def _has_login(text: str) -> bool:
    return "OPER " in text or " LOGIN " in text or "CONFIG " in text


def _has_identify(text: str) -> bool:
    return "IDENTIF" in text or "NickServ" in text or "nickserv" in text


def _has_option(text: str) -> bool:
    is_short = " -" in text and any(word in text for word in _IN_A_SHELL)
    return is_short or "--" in text
