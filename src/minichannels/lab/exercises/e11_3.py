"""11.3: a property, tried on lists of texts that a seed decides."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.checking.stage.steps import frame
from minichannels.lab.exercises.echoes import (
    Answer,
    Swapping,
    echo,
    same,
)
from minichannels.lab.exercises.trials import (
    TEXTS,
    Arguments,
    Sample,
    Trials,
    run_test,
)

SEEDS = 10
"""How many seeds the test is run with."""


async def play(stage: Stage, test: Any) -> None:
    """Try the test, with some seeds, on consumers that spoil a few texts."""
    first, most = stage.draw.number(0, 1, 900), stage.draw.number(3, 2, 4)
    seeds = [(seed,) for seed in range(first, first + SEEDS)]
    spoilt = _Spoilt()
    with spoilt.told_by(stage):
        await _try(stage, test, seeds, spoilt, most)
    if not stage.draw.turn:  # once is enough
        await _require_drawn(stage, test, first)


async def _try(
    stage: Stage, test: Any, seeds: Arguments, spoilt: "_Spoilt", most: int
) -> None:
    """Try a test on the consumers, the right one and the others."""
    await Trials(stage, test, spoilt.show, seeds).judge(
        [
            Sample("answers as it should", echo(), "fails right", right=True),
            Sample(
                "takes the blanks at both ends away",
                spoilt.echo("blanks", lambda texts: texts[-1].strip()),
                "blanks",
            ),
            Sample(
                "answers with a blank behind each text",
                spoilt.echo("more", lambda texts: f"{texts[-1]} "),
                "more",
            ),
            Sample(
                "answers in small letters",
                spoilt.echo("capitals", lambda texts: texts[-1].lower()),
                "capitals",
            ),
            Sample(
                "does not answer an empty text",
                spoilt.echo("empty", lambda texts: texts[-1] or None),
                "empty",
            ),
            Sample(
                "does not answer the same text twice in a row",
                spoilt.echo(
                    "again",
                    lambda texts: (
                        None if same(texts) in texts[-2:-1] else same(texts)
                    ),
                ),
                "again",
            ),
            Sample(
                f"answers no more than {most} texts",
                spoilt.echo(
                    "many",
                    lambda texts: same(texts) if len(texts) <= most else None,
                ),
                "many",
            ),
            Sample(
                "answers each text from the third on with the first",
                spoilt.echo(
                    "another",
                    lambda texts: (
                        same(texts) if len(texts) < 3 else same(texts[:1])
                    ),
                ),
                "another",
            ),
            Sample(
                "answers the first two texts in the other order",
                Swapping,
                "order",
            ),
        ]
    )


class _Spoilt:
    """The texts that a broken consumer did not give back as they were."""

    def __init__(self) -> None:
        self._pairs: dict[str, tuple[str, str | None]] = {}
        self._over = False

    def echo(self, key: str, answer: Answer) -> type[AsyncWebsocketConsumer]:
        """Make a consumer of which it is noted what it spoils."""

        def noted(texts: list[str]) -> str | None:
            given = answer(texts)
            if given != texts[-1] and not self._over:
                self._pairs.setdefault(key, (texts[-1], given))
            return given

        return echo(noted)

    async def show(self, stage: Stage) -> None:
        """Play to a broken consumer; the test is over."""
        self._over = True
        await _show(stage)

    @contextmanager
    def told_by(self, stage: Stage) -> Iterator[None]:
        """Give a miss another text, if the test has seen the fault."""
        try:
            yield
        except Unsolved as miss:
            pair = self._pairs.get(miss.key)
            if pair is not None:
                sent, got = pair
                stage.values["sent"] = frame(sent)
                stage.values["got"] = "nothing" if got is None else frame(got)
                miss.key = "not compared"
            raise


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
    """Send texts until one does not come back as it was: all spoil some."""
    ada = await stage.connect("/", "ada")
    texts = iter((" Tea ", "", "tea", "tea", "milk", "rice"))
    came_back = True
    while came_back:
        text, before = next(texts), len(ada.heard)
        await stage.send(ada, text)
        came_back = ada.heard[before:] == [text]


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
            " seed fails for each of eight that are not. The same seed fails"
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
        "more": _passes(
            "each text came with a blank behind it",
            "send some texts, and compare what comes with the very text.",
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
        "another": _passes(
            "an earlier text came instead of the third",
            "compare each answer with the text that it answers.",
        ),
        "order": _passes(
            "two answers came in the other order",
            "compare the answers with the texts one by one, in their order.",
        ),
        "not compared": Text(
            headline="your test sent what the consumer spoils, and passes.",
            did="The consumer was one that $what. For one of the seeds ada"
            " sent $sent and got $got, and your test passed.",
            should="It fails unless what comes is the very text that was sent.",
            next="compare what `receive_from()` returns with the text, both as"
            " they are.",
            why="M36",
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
        "not compared": edit(
            _drawing(*_WORDS),
            "await ada.receive_from() == text",
            "(await ada.receive_from()).strip() == text.strip()",
        ),
        "order": edit(
            _drawing(*_WORDS),
            """\
        await ada.send_to(text)
        assert await ada.receive_from() == text
""",
            """\
        await ada.send_to(text)
    got = [await ada.receive_from() for _ in texts]
    assert sorted(got) == sorted(texts)
""",
        ),
        "unseeded": edit(_drawing(*_WORDS), "Random(seed)", "Random()"),
        "one list": edit(_drawing(*_WORDS), "Random(seed)", "Random(7)"),
        "fails right": edit(_drawing(*_WORDS), "== text", "== text.strip()"),
    },
)
