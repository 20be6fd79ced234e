"""What is drawn: never the example, each shape in its turn, ever new words."""

import pytest

from minichannels.lab.checking.stage.draw import (
    NAMES,
    TURNS,
    Draw,
    draws,
)
from minichannels.layers import InMemoryChannelLayer

SEEDS = range(50)


def test_first_comes_the_example() -> None:
    first = next(draws())

    assert first.text("tea") == "tea"
    assert first.name("lobby") == "lobby"
    assert first.number(3, 1, 9) == 3
    assert first.one("a", "b", "c") == "a"
    assert first.order("abc") == ["a", "b", "c"]


def test_then_come_other_inputs() -> None:
    _, *others = draws()

    assert len(others) == TURNS
    for draw in others:
        assert draw.text("tea") != "tea"
        assert draw.number(3, 3, 4) == 4
        assert draw.one("a", "b", "c") in "bc"


def test_every_shape_has_its_turn_whatever_is_drawn() -> None:
    for seed in SEEDS:
        said = [d.text("tea") for d in draws(seed) for _ in "ab"]

        assert any(" " in text for text in said)
        assert any("é" in text for text in said)
        assert any('"' in text for text in said)
        assert any(text.istitle() and text.isalpha() for text in said)


def test_words_of_one_turn_differ_and_no_seed_is_like_another() -> None:
    texts = [
        [draw.text("tea", "{a}") for _ in range(20)]
        for seed in SEEDS
        for draw in draws(seed)
        if draw.turn
    ]

    assert all(len(set(said)) == 20 for said in texts)
    assert len({tuple(said) for said in texts}) == len(texts)


def test_words_begin_like_none_of_the_turn_and_like_no_example() -> None:
    for seed in SEEDS:
        first, *others = draws(seed)
        examples = [first.text(name) for name in ("bob", "dora", "Tea")]

        for draw in others:
            said = [draw.text("bob", "{a} {b}") for _ in range(12)]
            words = [*" ".join(said).split(), *examples]
            begun = [word[:2].lower() for word in words]
            assert len(set(begun)) == len(begun)


def test_seed_decides_what_is_drawn() -> None:
    assert [d.text("tea") for d in draws(7)] == [
        d.text("tea") for d in draws(7)
    ]
    assert [d.text("tea") for d in draws()] != [d.text("tea") for d in draws()]


def test_words_are_never_used_twice_in_a_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw = Draw(1)
    letters = iter("bababa bababa dadada".replace(" ", ""))
    monkeypatch.setattr(draw._random, "choice", lambda _: next(letters))

    first = draw._word()

    assert (first, draw._word()) == ("bababa", "dadada")


def test_names_are_names_of_groups() -> None:
    layer = InMemoryChannelLayer()

    for draw in draws(1):
        for _ in NAMES:
            layer.require_valid_group_name(draw.name("lobby"))


def test_order_is_another_one_in_the_first_turn() -> None:
    orders = [draw.order("ab") for draw in draws(1)]

    assert orders[:2] == [["a", "b"], ["b", "a"]]


def test_shapes_are_the_callers_own_or_sentences() -> None:
    assert Draw(1).text("tea", "<{a}>").startswith("<")
    assert " " in Draw(1).text("tea")


def test_channels_of_a_check_have_numbers_that_never_come_again() -> None:
    def ends() -> list[str]:
        return [draw.channel() for draw in draws() for _ in "ab"]

    assert len(set(ends())) == len(ends())
    assert ends() == ends()
