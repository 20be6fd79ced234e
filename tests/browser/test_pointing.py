"""A mouse in a live view that follows: what moves on below it."""

import pytest
from playwright.async_api import Locator, Page, expect

from minichannels.flow.live import steps
from minichannels.flow.live.feed import Feed, Update
from support.journals import Later, Talk
from support.live import show, tell

MARKED = "() => getSelection().toString()"
TWO_FRAMES = """async () => {
  for (let frame = 0; frame < 2; frame++)
    await new Promise(requestAnimationFrame);
}"""


class Busy:
    """A view that follows, and what happens below a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.talk, self.later = Talk(), Later()
        self.ada = self.talk.join("ada")
        self.talk.chatter(60, self.ada)
        self.feed = Feed(self.talk.journal, self.later)
        self.updates = list[Update]()

    async def show(self, tab: str) -> Locator:
        view = await show(self.page, self.feed.state(), follows=True)
        self.feed.subscribe(self.updates.append)
        await view.get_by_role("tab", name=tab).click()
        return view

    async def goes_on(self, times: int, *, is_seen: bool = True) -> None:
        """Let more happen, until it is shown."""
        for number in range(times):
            self.talk.says(self.ada, f"more {number}")
            self.later.pass_time()
            await tell(self.page, self.updates[-1])
        last = f"more {times - 1}"
        if is_seen:
            shown = self.page.locator(".drawing")
            await expect(shown).to_contain_text(last)
        else:
            count = self.page.locator(".bar .mono").first
            await expect(count).to_contain_text(f"of {63 + times}")


@pytest.mark.parametrize(
    ("tab", "rows"), [("List", ".lines .line"), ("Lanes", ".rows .row")]
)
async def test_row_is_meant_that_was_there_when_the_button_went_down(
    page: Page, tab: str, rows: str
) -> None:
    busy = Busy(page)
    view = await busy.show(tab)
    row = view.locator(rows).nth(-3)
    box = await row.bounding_box()
    assert box
    await page.mouse.move(box["x"] + 200, box["y"] + box["height"] / 2)

    await page.mouse.down()
    await busy.goes_on(4)
    await page.mouse.up()

    await expect(view.locator("h3").first).to_have_text("Event 61")


async def test_row_of_no_mouse_is_meant_by_a_click(page: Page) -> None:
    view = await Busy(page).show("List")

    await view.locator(".lines .line").nth(-2).dispatch_event("click")

    await expect(view.locator("h3").first).to_have_text("Event 62")


async def test_what_is_marked_in_the_list_stays_so_while_more_comes(
    page: Page,
) -> None:
    busy = Busy(page)
    view = await busy.show("List")
    payload = view.locator(".lines .line").nth(-3).locator(".payload")
    await payload.dblclick()
    marked = await page.evaluate(MARKED)
    assert marked

    await busy.goes_on(3)

    assert await page.evaluate(MARKED) == marked


@pytest.mark.parametrize("is_picked", [True, False])
@pytest.mark.parametrize(
    ("tab", "rows"), [("List", ".lines .line"), ("Lanes", ".rows .row")]
)
async def test_whoever_has_scrolled_away_stays_there_while_more_comes(
    page: Page, tab: str, rows: str, *, is_picked: bool
) -> None:
    busy = Busy(page)
    view = await busy.show(tab)
    if is_picked:
        await view.locator(rows).nth(-2).click()
        await expect(view.locator("h3").first).to_have_text("Event 62")
    drawing = view.locator(".drawing")
    await drawing.hover()
    await page.mouse.wheel(0, -400)
    words = view.locator(rows).filter(has_text='"33"')
    await expect(words).to_be_in_viewport()
    before = await words.bounding_box()

    await busy.goes_on(5, is_seen=False)

    assert await words.bounding_box() == before
    await view.focus()
    await page.keyboard.press("End")
    newest = view.locator(rows).filter(has_text="more 4")
    await expect(newest).to_be_in_viewport()
    await busy.goes_on(2)


@pytest.mark.parametrize(
    ("tab", "rows"), [("List", ".lines .line"), ("Lanes", ".rows .row")]
)
async def test_whoever_has_scrolled_away_stays_there_if_there_is_less_room(
    page: Page, tab: str, rows: str
) -> None:
    view = await Busy(page).show(tab)
    await view.locator(".drawing").hover()
    await page.mouse.wheel(0, -400)
    words = view.locator(rows).filter(has_text='"33"')
    await expect(words).to_be_in_viewport()
    before = await words.bounding_box()

    # As where the words in the foot need one line more.
    room = "max-height: 390px"
    await view.locator(".drawing").evaluate("(e, s) => { e.style = s; }", room)
    await page.evaluate(TWO_FRAMES)

    assert await words.bounding_box() == before


@pytest.mark.parametrize(
    ("tab", "rows"), [("List", ".lines .line"), ("Lanes", ".rows .row")]
)
async def test_whoever_has_scrolled_away_sees_no_row_move_for_what_is_above(
    page: Page, tab: str, rows: str
) -> None:
    busy = Busy(page)
    view = await busy.show(tab)
    drawing = view.locator(".drawing")
    await drawing.hover()
    await page.mouse.wheel(0, -400)
    words = view.locator(rows).filter(has_text='"33"')
    await expect(words).to_be_in_viewport()
    before, top = await words.bounding_box(), await drawing.bounding_box()

    # Their names need a second line of chips.
    for number in range(4):
        ada = busy.ada
        joins = busy.talk.entry("join", ada, "group_add", {}, "layer")
        joins.group, joins.member = f"group_of_a_long_name_{number}", ada
        busy.talk.journal.add(joins)
    busy.later.pass_time()
    await tell(page, busy.updates[-1])
    await expect(view.locator(".bar .mono").first).to_contain_text("of 67")

    assert before
    assert top
    now = await drawing.bounding_box()
    assert now
    assert now["y"] > top["y"] + 20
    after = await words.bounding_box()
    assert after
    assert after["y"] == pytest.approx(before["y"], abs=1)


async def test_whoever_has_scrolled_away_stays_there_when_old_rows_leave(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MOST_STEPS", 70)
    monkeypatch.setattr(steps, "PAGE", 10)
    busy = Busy(page)
    view = await busy.show("List")
    await view.locator(".drawing").hover()
    await page.mouse.wheel(0, -400)
    row = view.locator(".line", has_text='"33"')
    await expect(row).to_be_in_viewport()
    before = await row.bounding_box()

    await busy.goes_on(12, is_seen=False)

    await expect(view.locator(".foot")).to_contain_text("10 older events left")
    assert await row.bounding_box() == before
