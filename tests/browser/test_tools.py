"""What one does with events in a live view, beside looking at them."""

import re

from playwright.async_api import Page, expect

from minichannels.flow.live.feed import Feed, Update
from support.journals import Later, Talk
from support.live import screenshot, show, tell


async def test_bookmarks_are_set_and_found_by_keyboard(page: Page) -> None:
    talk = Talk()
    ada = talk.join("ada")
    for word in ("one", "two", "three"):
        talk.says(ada, word)
    view = await show(page, Feed(talk.journal, Later()).state())
    says, done = view.locator(".says"), view.locator(".foot .done")
    await view.focus()

    await page.keyboard.press("n")
    await expect(done).to_have_text("There are no bookmarks; B sets one")
    await page.keyboard.press("b")
    await expect(done).to_have_text("Event 6 bookmarked")
    await page.keyboard.press("Home")
    await page.keyboard.press("b")
    await page.keyboard.press("n")
    await expect(says).to_contain_text("three")
    await expect(done).to_have_text("Bookmark 2 of 2")
    # Seen in the lanes and above the scrubber, and said of both.
    await expect(view.locator(".row .star")).to_have_count(2)
    await expect(view.locator(".ticks .star")).to_have_count(2)
    await expect(says).to_contain_text("★ bookmarked")
    scrubber = view.get_by_role("slider", name="Step")
    value = re.compile(", bookmarked$")
    await expect(scrubber).to_have_attribute("aria-valuetext", value)
    await screenshot(page, "bookmarks")
    await view.get_by_role("tab", name="List").click()
    marks = view.get_by_role("img", name="bookmarked")
    await expect(marks).to_have_count(2)
    await view.get_by_role("button", name="bookmark").click()
    await expect(marks).to_have_count(1)
    await expect(view.locator(".ticks .star")).to_have_count(1)

    # This page may not copy: what is to be copied is selected.
    await view.get_by_role("button", name="copy payload").click()
    await expect(done).to_contain_text("it is selected instead")
    assert await page.evaluate("() => `${getSelection()}`") == (
        '{"text": "three"}'
    )


async def test_a_long_flow_that_is_over_opens_at_its_first_loss(
    page: Page,
) -> None:
    talk, later, updates = Talk(), Later(), list[Update]()
    ada = talk.join("ada")
    talk.broadcast(ada, [ada], "dropped")
    for number in range(300):
        talk.says(ada, str(number))
    feed = Feed(talk.journal.line_up(), later)
    feed.subscribe(updates.append)
    view = await show(page, feed.state())
    await expect(view.locator(".foot")).to_contain_text("step 60 of 60")

    later.pass_time()  # what came before is drawn by now
    await tell(page, updates[-1])

    await expect(view.locator(".says")).to_contain_text("LOST dropped")
    await expect(view.locator(".foot")).to_contain_text("of 304")


async def test_rules_fold_and_are_changed_in_the_page(page: Page) -> None:
    talk = Talk()
    ada = talk.join("ada")
    for word in ("noise", "music", "noise"):
        talk.says(ada, word)
    view = await show(page, Feed(talk.journal, Later()).state())
    await view.get_by_role("tab", name="List").click()
    lines = view.locator(".lines .line")
    before = await lines.count()

    await view.get_by_role("button", name="Fold…").click()
    await expect(view.get_by_role("textbox")).to_be_focused()
    await page.keyboard.type("text:noise")
    await expect(lines).to_have_count(before - 2)
    await expect(view.get_by_role("button", name="2 folded")).to_be_visible()
    await view.focus()
    await page.keyboard.press("f")
    await expect(lines).to_have_count(before)
    await expect(view.locator(".foot .done")).to_have_text("2 events shown")
    assert await page.evaluate("() => window.values.rules") == "text:noise"
    await view.get_by_role("textbox").fill("text:/(/")
    await expect(view.locator(".rules .wrong")).to_contain_text("Invalid")


async def test_a_note_is_called_so_and_has_no_number(page: Page) -> None:
    talk = Talk()
    ada = talk.join("ada")
    talk.ends(ada)
    talk.ghost(ada)
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    await view.focus()
    await page.keyboard.press("End")

    await page.keyboard.press("Enter")
    await page.keyboard.press("b")

    await expect(view.locator("h3").first).to_contain_text("A note")
    await expect(view.locator(".done")).to_have_text("A note bookmarked")
    why = view.get_by_role("list", name="Why").get_by_role("button")
    await expect(why.last).to_have_text("–")
    await expect(why.last).to_have_accessible_name("A note")
