import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minichannels.exceptions import WireError
from minichannels.protocols.irc import (
    LONGEST,
    IrcLine,
    decode,
    encode,
    pieces,
)

text = st.text(
    st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]),
    max_size=40,
)
words = text.filter(lambda t: t and " " not in t and not t.startswith(":"))
sources = text.filter(lambda t: " " not in t)
commands = st.sampled_from(["PRIVMSG", "quit", "001"])


@st.composite
def lines(draw: st.DrawFn) -> IrcLine:
    before = draw(st.lists(words, max_size=3))
    last = draw(st.lists(text, max_size=1))
    return IrcLine(draw(commands), (*before, *last), draw(sources))


@given(lines())
@example(IrcLine("PRIVMSG", ("#lobby", "")))
@example(IrcLine("PRIVMSG", ("#lobby", ":) :("), "ada!a@host"))
@example(IrcLine("A", ("b ", "c")[1:], ":"))
def test_decode_gives_back_what_was_encoded(line: IrcLine) -> None:
    assert decode(encode(line)) == line


@given(st.binary(max_size=600))
@example(b":")
@example(b": :")
@example(b"")
def test_decode_of_any_bytes_gives_a_line_or_our_own_error(data: bytes) -> None:
    try:
        line = decode(data)
    except WireError:
        return
    assert encode(line).endswith(b"\r\n")


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (b"", "no command"),
        (b":ada", "no command"),
        (b"PRIVMSG a :\xff", "not UTF-8"),
        (b"PRIVMSG a :b\0c", "CR, LF or NUL"),
        (b"PRIVMSG a :b\rQUIT", "CR, LF or NUL"),
        (b"x" * 511, "over 512 bytes"),
        (b"A " + b"b " * 16, "over 15 parameters"),
        (b"12 a", "no command"),
        (b": PING", "a colon without a source"),
    ],
)
def test_decode_refuses(data: bytes, wrong: str) -> None:
    with pytest.raises(WireError, match=wrong):
        decode(data)


@pytest.mark.parametrize("end", "\r\n\0")
def test_no_line_is_sent_with_a_second_command_in_it(end: str) -> None:
    for line in (("a", f"b{end}QUIT"), (f"a{end}QUIT", "b")):
        with pytest.raises(WireError, match="CR, LF or NUL"):
            encode(IrcLine("PRIVMSG", line))


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (("PRIVMSG", ("a b", "c")), "no word"),
        (("PRIVMSG", (":a", "c")), "no word"),
        (("PRIVMSG", ("", "c")), "no word"),
        (("PRIVMSG", ("a",), "ada host"), "a space in a source"),
        (("QUIT\r\nA",), "no command"),
        (("PRIVMSG", ("a", "b" * 501)), "513 bytes"),
        (("PRIVMSG", ("a", "\ud800")), "half a character"),
    ],
)
def test_encode_refuses(line: tuple[str, tuple[str, ...]], wrong: str) -> None:
    with pytest.raises(WireError, match=wrong):
        encode(IrcLine(*line))


def test_line_knows_who_sent_what() -> None:
    line = decode(b":ada!a@host  PRIVMSG   #lobby :good  morning\r\n")

    assert line == IrcLine("PRIVMSG", ("#lobby", "good  morning"), "ada!a@host")
    assert (line.nick, line.text) == ("ada", "good  morning")
    assert IrcLine("QUIT").text == ""


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=900))
@example("é" * 600)
@example("one\r\n\r\ntwo\nthree\rfour")
def test_pieces_fit_and_lose_nothing_but_line_breaks(said: str) -> None:
    said = said.replace("\0", "")
    found = list(pieces(said, "#lobby", "bot"))

    heard = "bot!1234567890@" + "h" * 63
    for piece in found:
        line = IrcLine("PRIVMSG", ("#lobby", piece), heard)
        assert len(encode(line)) <= LONGEST
    assert "".join(found) == said.replace("\r", "").replace("\n", "")


def test_pieces_are_as_long_as_they_can_be() -> None:
    first, second = pieces("x" * 420, "#lobby", "bot")

    assert (len(first), len(second)) == (414, 6)
