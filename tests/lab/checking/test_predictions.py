import pytest

from minichannels.lab import predict


def test_predict_keeps_an_answer_and_shows_it_beside_what_happened() -> None:
    assert "you predict 3" in repr(predict("4.p1", answer=3))

    assert repr(predict("4.p1", happened="1")).splitlines() == [
        "4.p1  You predicted: 3",
        "      It was:        '1'",
    ]


def test_predict_says_when_it_was_right_in_whatever_words() -> None:
    predict("4.p2", answer=" All three ")

    assert repr(predict("4.p2", happened="all three")).endswith(
        "As you predicted."
    )


@pytest.mark.parametrize(
    ("answer", "right"), [(True, True), (False, False), ("Yes", True)]
)
def test_predict_takes_true_for_yes_and_false_for_no(
    answer: object, right: bool
) -> None:
    predict("6.p2", answer=answer)

    said = repr(predict("6.p2", happened="yes"))

    assert said.endswith("As you predicted.") is right


def test_predict_as_shipped_asks_for_an_answer() -> None:
    predict("4.p3", answer=1)

    assert "no prediction yet" in repr(predict("4.p3", answer=...))
    assert "You predicted: nothing" in repr(predict("4.p3", happened=2))


def test_predict_shows_itself_as_html_with_everything_escaped() -> None:
    html = predict("4.p4", answer="<b>")._repr_html_()

    assert html == (
        "<p>4.p4: you predict <code>&#x27;&lt;b&gt;&#x27;</code>."
        " Now run the next cell.</p>"
    ).replace("&#x27;", "'")


@pytest.mark.parametrize("number", ["7.p1 ", "7,p1", "7.P1", "7p1", "07.p01"])
def test_predict_takes_a_number_in_other_words(number: str) -> None:
    predict(number, answer="bob")

    assert "You predicted: 'bob'" in repr(predict("7.p1", happened="eve"))


def test_predict_refuses_another_kind_of_number() -> None:
    with pytest.raises(ValueError, match=r"'4.1' is no number of a prediction"):
        predict("4.1", answer=1)


def test_predict_without_an_answer_asks_for_one() -> None:
    with pytest.raises(TypeError, match="give your answer"):
        predict("4.p1")


@pytest.mark.parametrize(
    ("answer", "right"), [("1, 3", True), ("1 and 4", False), ("many", False)]
)
def test_prediction_of_numbers_is_right_in_whatever_words(
    answer: str, right: bool
) -> None:
    predict("2.p1", answer=answer)

    told = repr(predict("2.p1", happened="1 and 3"))

    assert ("As you predicted." in told) is right
