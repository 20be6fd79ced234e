"""Secrets of commands are covered by their place, and nothing else is."""

import pytest

from minichannels.flow.journal.masking import masked_text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("PASS letmein", "PASS •••"),
        ("NICK a\r\nPASS :a b\r\nUSER a", "NICK a\r\nPASS •••\r\nUSER a"),
        (":ada PASS x1 \n", ":ada PASS ••• \n"),
        ('{"raw":"PASS x1\\r\\n"}', '{"raw":"PASS •••\\r\\n"}'),
        ("OPER ada x", "OPER ada •••"),
        ("AUTHENTICATE AGFkYQB4", "AUTHENTICATE •••"),
        (
            "PRIVMSG NickServ :IDENTIFY ada x",
            "PRIVMSG NickServ :IDENTIFY ada •••",
        ),
        ("PRIVMSG nickserv@a :identify x", "PRIVMSG nickserv@a :identify •••"),
        ("NS IDENTIFY x", "NS IDENTIFY •••"),
        ("AUTH PLAIN AGFkYQB4", "AUTH PLAIN •••"),
        ("AUTH hunter2", "AUTH •••"),
        ("HELLO 3 AUTH ada x2y4", "HELLO 3 AUTH ada •••"),
        ("CONFIG SET requirepass x", "CONFIG SET requirepass •••"),
        ("ACL SETUSER ada on >x ~*", "ACL SETUSER ada on >••• ~*"),
        ('a1 LOGIN "a b" "x y"\r\n', 'a1 LOGIN "a b" •••\r\n'),
        ("a1 LOGIN ada x2", "a1 LOGIN ada •••"),
        ("curl -s -u ada:x http://b", "curl -s -u ada:••• http://b"),
        ("curl --user='ada:x' b", "curl --user='ada:•••' b"),
        (r'{"run":"curl -u \"ada:x\" b"}', r'{"run":"curl -u \"ada:•••\" b"}'),
        ("sshpass -p x ssh b", "sshpass -p ••• ssh b"),
        ("mysql -uada -px shop", "mysql -uada -p••• shop"),
        ("mariadb-dump -px shop", "mariadb-dump -p••• shop"),
        ("redis-cli -h b -a x ping", "redis-cli -h b -a ••• ping"),
        ("docker login -u ada -p x b", "docker login -u ada -p ••• b"),
        ("wget --http-password a1 b", "wget --http-password ••• b"),
        ("CREATE USER a IDENTIFIED BY 'x'", "CREATE USER a IDENTIFIED BY •••"),
        ("ALTER ROLE a PASSWORD 'x'", "ALTER ROLE a PASSWORD •••"),
    ],
)
def test_what_a_command_logs_in_with_is_covered(text: str, kept: str) -> None:
    assert masked_text(text) == kept
    assert masked_text(text.encode()) == kept.encode()


@pytest.mark.parametrize(
    "text",
    [
        *("PASS the salt", "PASS", "PASS 10", "BYPASS it", "pass it"),
        *(
            "PASS test_login",
            "PASS  src/a.spec.ts",
            "PASS a.py::b",
            "PASS <key>",
        ),
        *("OPER", "OPER ada", "OPER of two words"),
        *("AUTHENTICATE PLAIN", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +"),
        *("CONFIG GET requirepass", "CONFIG SET save 60", "ACL WHOAMI x"),
        *("AUTH required", "AUTH LOGIN", "AUTH step 2", "OAUTH 2 and 3"),
        *("the LOGIN page works", "a1 LOGIN page works", "IDENTIFY yourself"),
        *("PRIVMSG #a :IDENTIFY it", "NickServ is a service"),
        *("curl -u ada http://b", "curl b && docker run -u 1000:1000 a"),
        *("curl http://b:80/-u", "mysql -u ada -p shop", "to login - perhaps"),
        *("redis-cli -h a", "python -u a:b", "sort -u a"),
        # Whoever knows that of a challenge is let in nowhere.
        'Digest realm="a", nonce="dcd98b7102dd2f0e", opaque="5ccc069c"',
    ],
)
def test_what_logs_nobody_in_stays(text: str) -> None:
    assert masked_text(text) == text
    assert masked_text(text.encode()) == text.encode()


def counted(*words: str) -> str:
    """Return a command of Redis, each word with its length."""
    said = "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    return f"*{len(words)}\r\n{said}"


@pytest.mark.parametrize(
    "words",
    [
        ("AUTH", "x"),
        ("auth", "ada", "x"),
        ("HELLO", "3", "AUTH", "ada", "x"),
        ("CONFIG", "SET", "requirepass", "x"),
        ("config", "set", "masterauth", "x"),
        ("HSET", "ada", "password", "x"),
        ("set", "user:1:token", "x"),
    ],
)
def test_command_of_redis_whose_words_are_counted_is_covered(
    words: tuple[str, ...],
) -> None:
    said = counted(*words[:-1], "hunter2") + counted("PING")
    before, after = said.split("$7\r\nhunter2")

    assert masked_text(said.encode()) == f"{before}•••{after}".encode()
    if "AUTH" in words:  # else what is a text is not looked at, to be quick
        assert masked_text(said) == f"{before}•••{after}"


@pytest.mark.parametrize(
    "words",
    [
        ("GET", "auth"),
        ("SET", "auth", "x"),
        ("GET", "token"),
        ("AUTH",),
        ("PING",),
    ],
)
def test_other_commands_of_redis_stay(words: tuple[str, ...]) -> None:
    said = counted(*words).encode()
    assert masked_text(said) == said
