"""``progress``: how far the learner is in each lesson, and what comes next.

Exercises are known by their numbers, so it does not matter in which order
lessons are taken, or what their files are called.
"""

from dataclasses import dataclass

from minichannels.lab.checking.report.kept import kept, put_aside
from minichannels.lab.checking.report.message import STYLE, bar, marked, plain
from minichannels.lab.checking.stage.exercise import numbers
from minichannels.lab.checking.texts.texts import say
from minichannels.lab.notebook.course import CourseLesson, lessons
from minichannels.lab.notebook.source import AtOnce


@dataclass(frozen=True)
class Standing:
    """How far the learner is in one lesson.

    Attributes:
        lesson: the lesson.
        open: its exercises that are not solved, in order.
        solved: how many are.
        hints: how many hints were taken.
        predicted: how many predictions were made.
    """

    lesson: CourseLesson
    open: tuple[str, ...]
    solved: int
    hints: int
    predicted: int

    @property
    def total(self) -> int:
        """How many exercises there are."""
        return self.solved + len(self.open)

    @property
    def required(self) -> list[str]:
        """Those that are not solved, without what is for more practice."""
        return [n for n in self.open if n not in self.lesson.more_practice]

    @property
    def begun(self) -> bool:
        """Whether there is anything to see of it."""
        return bool(self.solved or self.hints or self.predicted)

    def words(self) -> str:
        """Return it in words."""
        parts = []
        if self.total:
            parts.append(say("so many", done=self.solved, all=self.total))
        of = self.lesson.predictions
        predicted = min(self.predicted, of)
        parts.append(say("so many predicted", done=predicted, all=of))
        if self.hints:
            parts.append(say("so many hints", count=self.hints))
        return ", ".join(parts)


_COLUMNS = (
    "display:grid;grid-template-columns:max-content 1fr;align-items:center;"
    "gap:4px 8px;list-style:none;margin:0;padding:0"
)


class Progress(AtOnce):
    """How far the learner is; the last line of a cell shows it."""

    def lessons(self) -> list[Standing]:
        """Return how far the learner is in each lesson."""
        return [_standing(lesson) for lesson in lessons().values()]

    def next(self) -> str:
        """Return what to do next, in words.

        A lesson that was begun is finished first, in the order of the course;
        then comes the first one that was not.
        """
        standings = self.lessons()
        for each in standings:
            if each.begun and each.required:
                number = each.required[0]
                return say(
                    "next exercise", number=number, lesson=each.lesson.name
                )
        for each in standings:
            if not each.begun:
                return say("next lesson", lesson=each.lesson.name)
        left = [number for each in standings for number in each.open]
        if left:
            return say("more practice", numbers=", ".join(left))
        return say("all done")

    def __repr__(self) -> str:
        standings = self.lessons()
        room = max(each.total for each in standings) + len("[]")
        lines = [
            f"{_as_bar(each):{room}}  {each.lesson.name}: {each.words()}"
            for each in standings
        ]
        return "\n".join([*lines, *map(plain, self._endings())])

    def _repr_html_(self) -> str:
        items = "".join(
            f'<li style="display:contents">{bar(each.solved, each.total)}'
            f"<span><b>{marked(each.lesson.name)}</b>:"
            f" {each.words()}</span></li>"
            for each in self.lessons()
        )
        endings = "".join(f"<p>{marked(line)}</p>" for line in self._endings())
        return (
            f'{STYLE}<section class="mc-check ok">'
            f'<ul style="{_COLUMNS}">{items}</ul>'
            f"{endings}</section>"
        )

    def _endings(self) -> list[str]:
        damaged = [
            say("damaged", file=path.name, folder=path.parent)
            for path in put_aside()
        ]
        return [f"{say('next')}: {self.next()}", *damaged]


def _as_bar(standing: Standing) -> str:
    if not standing.total:
        return ""
    return f"[{'#' * standing.solved}{'.' * len(standing.open)}]"


def _standing(lesson: CourseLesson) -> Standing:
    own = [n for n in numbers() if _is_of(n, lesson)]
    solved = kept("solved")
    return Standing(
        lesson,
        open=tuple(number for number in own if number not in solved),
        solved=sum(number in solved for number in own),
        hints=_count(kept("hints"), lesson),
        predicted=_count(kept("predicted"), lesson),
    )


def _count(entries: set[str], lesson: CourseLesson) -> int:
    """Return how many entries are of a lesson."""
    return sum(_is_of(entry, lesson) for entry in entries)


def _is_of(number: str, lesson: CourseLesson) -> bool:
    return number.partition(".")[0].zfill(2) == lesson.number


def progress() -> Progress:
    """Return how far the learner is in each lesson, and what comes next."""
    return Progress()
