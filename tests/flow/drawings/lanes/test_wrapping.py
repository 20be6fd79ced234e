from minichannels.flow.drawings.lanes.wrapping import wrapped
from minichannels.flow.drawings.palette import INK, LOST

PLAIN, LOUD = (INK, False), (LOST, True)


def lines(*words: tuple[str, str, bool], room: int = 10) -> list[str]:
    found = wrapped(words, room, 3)
    return ["".join(text for text, _, _ in line) for line in found]


def test_short_words_stay_in_one_line() -> None:
    assert wrapped([("send", *PLAIN), (" a b", *LOUD)], 10, 3) == [
        [("send", *PLAIN), (" a b", *LOUD)]
    ]


def test_what_fits_into_a_line_of_its_own_is_not_broken() -> None:
    assert lines(("receive", *PLAIN), (" one two", *LOUD)) == [
        "receive",
        "one two",
    ]


def test_long_words_go_on_in_the_next_line() -> None:
    assert lines(("one two three four", *PLAIN)) == ["one two", "three four"]


def test_a_word_longer_than_a_line_is_broken() -> None:
    assert lines(("x" * 40, *PLAIN), room=20) == ["x" * 20, "x" * 20]


def test_a_dict_is_broken_behind_a_comma() -> None:
    assert lines(('{"a":1,"b":22,"c":3}', *PLAIN), room=16) == [
        '{"a":1,"b":22,',
        '"c":3}',
    ]


def test_a_sign_stays_with_the_word_after_it() -> None:
    assert lines(("abc def · gh ijk", *PLAIN)) == ["abc def", "· gh ijk"]


def test_what_does_not_fit_into_all_lines_is_cut() -> None:
    assert lines(("one two six ten red sea fly", *PLAIN))[-1][-1] == "…"
