"""11.3: a property, tried on lists of texts that a seed decides."""

import json
from typing import Any

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.exercises.echoes import echo, same
from minichannels.lab.exercises.trials import TEXTS, Sample, Trials, run_test

SEEDS = 10
"""How many seeds the test is run with."""


async def play(stage: Stage, test: Any) -> None:
    """Try the test, with some seeds, on consumers that spoil a few texts."""
    first, most = stage.draw.number(0, 1, 900), stage.draw.number(3, 2, 4)
    seeds = [(seed,) for seed in range(first, first + SEEDS)]
    await Trials(stage, test, _show, seeds).judge(
        [
            Sample("answers as it should", echo(), "fails right", True),
            Sample(
                "takes the blanks at both ends away",
                echo(lambda texts: texts[-1].strip()),
                "blanks",
            ),
            Sample(
                "answers in small letters",
                echo(lambda texts: texts[-1].lower()),
                "capitals",
            ),
            Sample(
                "does not answer an empty text",
                echo(lambda texts: texts[-1] or None),
                "empty",
            ),
            Sample(
                "does not answer the same text twice in a row",
                echo(
                    lambda texts: (
                        None if same(texts) in texts[-2:-1] else same(texts)
                    )
                ),
                "again",
            ),
            Sample(
                f"answers no more than {most} texts",
                echo(lambda texts: same(texts) if len(texts) <= most else None),
                "many",
            ),
        ]
    )
    if not stage.draw.turn:  # once is enough
        await _require_drawn(stage, test, first)


async def _require_drawn(stage: Stage, test: Any, first: int) -> None:
    """Require that the seed decides what is sent."""
    again = await _sent(test, first)
    stage.require(again == await _sent(test, first), "unseeded", seed=first)
    others = [await _sent(test, first + n) for n in (1, 2, 3)]
    stage.require(any(sent != again for sent in others), "one list")


async def _sent(test: Any, seed: int) -> list[str]:
    """Return what a test sends for a seed."""
    sent: list[str] = []

    def noted(texts: list[str]) -> str:
        sent.append(same(texts))
        return same(texts)

    await run_test(test, echo(noted).as_asgi(), seed)
    return sent


async def _show(stage: Stage) -> None:
    ada = await stage.connect("/", "ada")
    for text in " Tea ", "", "tea", "tea", "milk", "rice":
        await stage.send(ada, text)


_TOP = """\
async def test_texts(application, seed):
    random = Random(seed)
"""
_END = """\
    ada = WebsocketCommunicator(application, "/")
    await ada.connect()
    for text in texts:
        await ada.send_to(text)
        assert await ada.receive_from() == text
    await ada.disconnect()
"""


def _drawing(*words: str, most: int = 20) -> str:
    kinds = json.dumps(words)
    return f"{_TOP}    texts = random.choices({kinds}, k={most})\n{_END}"


def _passes(headline: str, first: str) -> Text:
    return Text(
        headline=f"your test passes, and {headline}.",
        did=f"The consumer was one that $what. For {SEEDS} seeds your test"
        " passed.",
        should="Whatever ada sends, she gets the same texts, in the same"
        " order. For a consumer that spoils one of them, some seed fails.",
        next=first,
        why="M36",
    )


_WORDS = ("", " tea ", "Tea", "milk")
EXERCISE = Exercise(
    number="11.3",
    name="test_texts",
    asks="test",
    play=play,
    texts={
        **TEXTS,
        "solved": Text(
            headline="your test finds what nobody had thought of.",
            should="It passes for each seed if the consumer is right, and some"
            " seed fails for each of five that are not. The same seed fails"
            " again tomorrow.",
        ),
        "untouched": Text(
            headline="two words are not enough to find a fault.",
            did=f"The consumer was one that $what. For {SEEDS} seeds the test"
            " passed.",
            should="Whatever ada sends, she gets the same texts, in the same"
            " order. For a consumer that spoils one of them, some seed fails.",
            first="ask what people type that is neither `tea` nor `milk`.",
        ),
        "blanks": _passes(
            "texts lost their blanks",
            "draw texts with blanks at the ends, too.",
        ),
        "capitals": _passes(
            "capitals became small letters", "draw texts with capitals, too."
        ),
        "empty": _passes(
            "empty texts were not answered", "draw the empty text, too."
        ),
        "again": _passes(
            "a text that was said twice came once",
            "draw so many texts of so few kinds that two equal ones follow each"
            " other.",
        ),
        "many": _passes(
            "from some text on nothing was answered",
            "draw more texts: ten or twenty.",
        ),
        "unseeded": Text(
            headline="the seed does not decide what your test sends.",
            did="I ran it twice with the seed $seed, and it sent other texts"
            " the second time.",
            should="The same seed gives the same texts: so a failure can be"
            " seen again.",
            next="draw everything with `random`, the `Random(seed)` of the"
            " first line.",
        ),
        "one list": Text(
            headline="your test sends the same texts for each seed.",
            did="I ran it with four seeds, and each time it sent the same.",
            should="Each seed tries something else.",
            next="choose the texts with `random.choices(…)`.",
        ),
    },
    hints=(
        "Which texts could a consumer spoil? Draw some of each kind.",
        "Few kinds and many texts: `random.choices(kinds, k=20)`.",
        'texts = random.choices(["", " tea ", "Tea", "milk"], k=20)',
    ),
    stub=f"""\
{_TOP}    # Draw other texts, and more of them.
    texts = random.choices(["tea", "milk"], k=2)
{_END}""",
    solution=_drawing(*_WORDS),
    second="""\
async def test_texts(application, seed):
    random = Random(seed)
    ada = WebsocketCommunicator(application, "/")
    await ada.connect()
    for _ in range(random.randint(10, 30)):
        text = "".join(random.choices("aB ", k=random.randrange(3)))
        await ada.send_to(text_data=text)
        answer = await ada.receive_from()
        assert answer == text, f"sent {text!r}, got {answer!r}"
""",
    wrong={
        "blanks": _drawing("", "tea", "Tea"),
        "capitals": _drawing("", " tea ", "milk"),
        "empty": _drawing(" tea ", "Tea", "milk"),
        "again": edit(
            _drawing(*_WORDS), "random.choices", "random.sample", "k=20", "k=4"
        ),
        "many": _drawing(*_WORDS, most=2),
        "unseeded": edit(_drawing(*_WORDS), "Random(seed)", "Random()"),
        "one list": edit(_drawing(*_WORDS), "Random(seed)", "Random(7)"),
        "fails right": edit(_drawing(*_WORDS), "== text", "== text.strip()"),
    },
)
