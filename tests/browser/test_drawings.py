"""The drawings in a real browser: nothing hides or crosses a word."""

from collections.abc import Callable

from playwright.async_api import Page

from minichannels.flow import Flow
from minichannels.flow.drawings.pen import Pen, document
from support import ROOT, django_settings, flows, story

COLLISIONS = (ROOT / "tests" / "support" / "collisions.js").read_text("utf-8")
PICTURES: tuple[Callable[[Flow], str], ...] = (
    lambda flow: flow.lanes().svg,
    lambda flow: flow.mailboxes().svg,
    lambda flow: flow.topology().svg,
)


async def collisions(page: Page, svg: str) -> list[str]:
    await page.set_content(svg)
    found: list[str] = await page.evaluate(COLLISIONS)
    return found


async def test_no_label_of_the_story_meets_anything(page: Page) -> None:
    for picture in ("lanes", "mailboxes", "topology"):
        svg = (story.GOLDEN / f"{picture}.svg").read_text(encoding="utf-8")

        assert await collisions(page, svg) == [], picture


async def test_no_label_of_any_other_flow_meets_anything(page: Page) -> None:
    for name, make in flows.SHAPES.items():
        flow = await make()

        for picture in PICTURES:
            assert await collisions(page, picture(flow)) == [], name


async def test_no_label_meets_anything_at_any_step(page: Page) -> None:
    django_settings.set_up()
    flow = await story.tell(1)
    steps = [event.seq for event in flow if event.seq]

    for svg in dict.fromkeys(flow.topology(at=step).svg for step in steps):
        assert await collisions(page, svg) == []


async def test_spaces_of_a_text_stay_as_they_were_sent(page: Page) -> None:
    pen = Pen()
    for words in ("/name  Bob", "/name--Bob"):
        pen.text(10, 20, words)
    pen.text(10, 20, [("/name  Bob", "#1B1F24", False)])
    await page.set_content(document(pen, 200, 40, "spaces", "texts"))

    widths = await page.locator("text").evaluate_all(
        "texts => texts.map(text => text.getComputedTextLength())"
    )
    assert len(set(widths)) == 1


async def test_collisions_are_found(page: Page) -> None:
    """A test that finds nothing has to be able to find something."""
    line = '<path d="M0 20L90 20" fill="none" stroke="#76818C"/>'
    word = '<text x="10" y="24">word</text>'
    plate = '<rect x="0" y="5" width="90" height="30" fill="#FFFFFF"/>'

    async def found(*parts: str) -> int:
        svg = f'<svg viewBox="0 0 200 60">{"".join(parts)}</svg>'
        return len(await collisions(page, svg))

    assert await found(word) == 0
    assert await found(line, word) == 1
    assert await found(word, word) == 1
    assert await found(word, plate) == 1
    assert await found(line, plate, word) == 0
    assert await found(plate, line, word) == 1
    assert await found('<text x="190" y="24">word</text>') == 1
