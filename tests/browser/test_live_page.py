"""The live view in a page without a notebook: what it shows, and to whom."""

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from minichannels.flow.live.feed import Feed, Update
from support import django_settings, story
from support.journals import Later, Talk
from support.live import asked, red_pixels, screenshot, show, tell


@pytest.fixture(scope="module")
def told() -> Update:
    """Return the story of the drawings, as a feed tells it."""
    django_settings.set_up()
    return Feed(asyncio.run(story.tell()).journal or ()).state()


COUNT_ENVELOPES = """() => {
  window.envelopes = 0;
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes)
        window.envelopes += node.matches?.(".envelope") ? 1 : 0;
  }).observe(document.body, { childList: true, subtree: true });
}"""


async def colour(page: Page, selector: str, name: str) -> Any:
    return await page.eval_on_selector(
        selector, "(e, name) => getComputedStyle(e)[name]", name
    )


@pytest.mark.parametrize(
    ("scheme", "jupyter", "panel", "socket"),
    [
        ("light", None, "rgb(255, 255, 255)", "rgb(0, 104, 163)"),
        ("dark", None, "rgb(22, 25, 29)", "rgb(91, 178, 236)"),
        ("light", "false", "rgb(22, 25, 29)", "rgb(91, 178, 236)"),
        ("dark", "true", "rgb(255, 255, 255)", "rgb(0, 104, 163)"),
    ],
)
async def test_theme_is_jupyterlabs_and_else_the_systems(
    page: Page,
    told: Update,
    scheme: Any,
    jupyter: str | None,
    panel: str,
    socket: str,
) -> None:
    await page.emulate_media(color_scheme=scheme)
    await show(page, told)

    if jupyter:
        says = "light => document.body.dataset.jpThemeLight = light"
        await page.evaluate(says, jupyter)

    assert await colour(page, ".mclive", "backgroundColor") == panel
    assert await colour(page, ".heads text tspan", "fill") == socket


@pytest.mark.parametrize(
    ("tab", "now"), [("List", ".line.now"), ("Lanes", ".row.now")]
)
async def test_what_is_chosen_has_a_frame_where_colours_are_the_systems(
    page: Page, told: Update, tab: str, now: str
) -> None:
    await page.emulate_media(forced_colors="active")
    view = await show(page, told)

    await view.get_by_role("tab", name=tab).click()

    for selector in (now, "[role=tab][aria-selected=true]"):
        assert await colour(page, selector, "outlineStyle") == "solid"
    others = "[role=tab][aria-selected=false]"
    assert await colour(page, others, "outlineStyle") == "none"


async def test_keys_mean_nothing_without_focus(
    page: Page, told: Update
) -> None:
    view = await show(page, told)
    before = await view.locator(".says").inner_text()

    await page.keyboard.press("Home")

    assert await view.locator(".says").inner_text() == before
    await view.focus()
    await page.keyboard.press("Home")
    await expect(view.locator(".says")).to_contain_text("1 ada sends")


async def test_view_says_that_its_page_goes_and_that_it_is_back(
    page: Page, told: Update
) -> None:
    await show(page, told)

    async def says(name: str, persisted: bool) -> list[str]:
        """Have the page go or come; return what the view says of it."""
        found: list[str] = await page.evaluate(
            "([name, persisted]) => { window.sent = [];"
            " dispatchEvent(new PageTransitionEvent(name, { persisted }));"
            " return window.sent.map(({ type }) => type); }",
            [name, persisted],
        )
        return found

    assert await says("pageshow", False) == []  # of a page that begins
    assert await says("pagehide", True) == ["bye"]
    assert await says("pageshow", True) == ["hello"]
    await page.evaluate("window.end()")
    assert await says("pagehide", False) == []
    assert await says("pageshow", True) == []


async def test_view_in_a_hidden_tab_says_so_and_goes_on_when_it_is_shown(
    page: Page,
) -> None:
    talk, later, updates = Talk(), Later(), list[Update]()
    feed = Feed(talk.journal, later)
    ada = talk.join("ada")
    later.pass_time()
    view = await show(page, feed.state(), follows=True)
    feed.subscribe(updates.append)

    async def says(hidden: bool) -> None:
        """Hide the tab, or show it; have the feed hear what it says."""
        await page.evaluate(
            "hidden => { window.sent = [];"
            " Object.defineProperty(document, 'hidden',"
            " { value: hidden, configurable: true });"
            " document.dispatchEvent(new Event('visibilitychange')); }",
            hidden,
        )
        for content in await page.evaluate("() => window.sent"):
            assert feed.hear(content) is None

    await says(hidden=True)
    talk.chatter(60, ada)
    later.pass_time()
    assert updates == []
    await says(hidden=False)
    (update,) = updates
    await tell(page, update)

    await expect(view.locator(".foot")).to_contain_text("step 63 of 63")
    await expect(view.locator(".foot")).not_to_contain_text("at once")
    await says(hidden=True)
    await tell(page, {**update, "state": feed.state(), "isNew": True})
    assert len(await asked(page, "hidden")) == 2  # of which a new server heard
    await tell(page, {**update, "asks": True})
    sent = await page.evaluate("() => window.sent.map(({ type }) => type)")
    assert sent == ["hello", "hidden"]
    await page.evaluate("window.end()")
    await page.evaluate("window.sent = []")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert await page.evaluate("() => window.sent") == []


async def test_view_that_is_asked_says_that_it_is_there(page: Page) -> None:
    talk, later, updates = Talk(), Later(), list[Update]()
    feed = Feed(talk.journal, later)
    await show(page, feed.state())
    feed.subscribe(updates.append)
    talk.join("ada")
    later.pass_time()
    await asked(page, "hello")

    await tell(page, {**updates[-1], "asks": True})

    (hello,) = await asked(page, "hello")
    assert hello["version"] == updates[-1]["version"]


async def test_focus_has_a_ring(page: Page, told: Update) -> None:
    await show(page, told)

    await page.keyboard.press("Tab")

    assert await colour(page, ".mclive", "outlineStyle") == "solid"
    assert await colour(page, ".mclive", "outlineWidth") == "2px"


async def test_every_step_is_reached_by_the_scrubber(
    page: Page, told: Update
) -> None:
    view = await show(page, told)
    slider = view.get_by_role("slider", name="Step")

    await slider.fill("0")
    await expect(slider).to_have_attribute("aria-valuetext", "event 1 of 114")
    await slider.fill("22")

    await expect(slider).to_have_attribute(
        "aria-valuetext", "event 31–34 of 114, lost"
    )
    assert await view.locator(".ticks svg").count() == 17


@pytest.mark.parametrize(
    ("follows", "says"),
    [(False, re.compile("event .* of 114, lost")), (True, "a note")],
)
async def test_view_opens_at_the_first_loss_or_follows_what_comes(
    page: Page, told: Update, follows: bool, says: str | re.Pattern[str]
) -> None:
    view = await show(page, told, follows=follows)

    slider = view.get_by_role("slider", name="Step")
    await expect(slider).to_have_attribute("aria-valuetext", says)


async def test_click_on_an_arrival_tells_why_it_was_lost(
    page: Page, told: Update
) -> None:
    view = await show(page, told)

    box = await view.locator(".row.now").bounding_box()
    assert box is not None
    scale = box["width"] / told["strip"]["width"]
    x, y = box["x"] + 478 * scale, box["y"] + box["height"] - 10 * scale
    await page.mouse.click(x, y)

    await expect(view.locator("h3").first).to_have_text(
        "Event 34LOST dropped, full 2/2"
    )
    await view.get_by_role("button", name="Event 30").click()
    await expect(view.locator("h3").first).to_have_text("Event 30")
    await expect(view.locator(".over rect")).to_have_count(1)


async def test_lanes_fill_a_window_that_is_wider_than_their_text(
    page: Page,
) -> None:
    talk = Talk()
    lane = talk.journal.open_lane("ada", "echo#1")
    for text in "abc":
        talk.says(lane, text)
    await page.set_viewport_size({"width": 1600, "height": 900})
    state = Feed(talk.journal, Later()).state()
    view = await show(page, state)
    drawing, first = view.locator(".drawing"), view.locator(".row").first
    box, room = await first.bounding_box(), await drawing.bounding_box()
    assert box
    assert room
    await screenshot(page, "lanes-wide")

    assert abs(box["width"] - room["width"]) < 1
    assert await drawing.evaluate("e => e.scrollWidth <= e.clientWidth")
    # A click finds what was drawn, however wide the row is.
    row, scale = state["rows"][0], 14 / 10.5
    _, _, _, x, y = row["r"][0]
    down = box["y"] + (y - row["t"]) * scale
    await page.mouse.click(box["x"] + x * scale, down)
    await expect(view.locator("h3").first).to_have_text("Event 1")


async def test_targets_are_large_enough(page: Page, told: Update) -> None:
    view = await show(page, told)
    await view.focus()
    await page.keyboard.press("Enter")

    sizes = await view.locator(
        ":is(button, select, input):visible"
    ).evaluate_all(
        "all => all.map(e => e.getBoundingClientRect())"
        ".map(box => Math.min(box.width, box.height))"
    )

    assert len(sizes) > 15
    assert min(sizes) >= 24


async def test_nothing_moves_where_motion_is_reduced(
    page: Page, told: Update
) -> None:
    running = "() => document.getAnimations().length"
    view = await show(page, told)
    await view.focus()
    await page.keyboard.press("Home")
    await page.keyboard.press("ArrowRight")
    assert await page.evaluate(running) > 0

    await page.emulate_media(reduced_motion="reduce")
    await show(page, told)
    await view.focus()
    await page.keyboard.press("Home")
    await page.keyboard.press("ArrowRight")

    assert await page.evaluate(running) == 0
    await expect(view.locator(".says")).to_contain_text("2 Chat")


async def test_messages_travel_and_arrive(page: Page, told: Update) -> None:
    view = await show(page, told)
    await view.focus()
    await page.keyboard.press("Home")
    await page.evaluate(COUNT_ENVELOPES)
    await page.keyboard.press("ArrowRight")

    # One may have come and gone before anybody looks.
    await page.wait_for_function("() => window.envelopes === 1")
    await expect(page.locator(".envelope")).to_have_count(0)


async def test_view_follows_what_it_is_told(page: Page) -> None:
    talk, later = Talk(), Later()
    feed = Feed(talk.journal, later)
    updates: list[Update] = []
    view = await show(page, feed.state())
    feed.subscribe(updates.append)
    says = view.locator(".says")
    await expect(says).to_have_text("Nothing has happened yet.")
    ada = talk.join("ada")
    talk.says(ada, "hello")
    later.pass_time()

    for update in updates:
        await tell(page, update)

    await expect(view.locator(".drawing")).to_contain_text("hello")
    await expect(view.locator(".foot")).to_contain_text("following")
    # Who saves the notebook saves what was told.
    state = await page.evaluate("() => window.values.state")
    assert len(state["rows"]) == len(feed.state()["rows"])


async def test_view_asks_for_what_it_has_missed(page: Page) -> None:
    talk, later = Talk(), Later()
    feed = Feed(talk.journal, later)
    await show(page, feed.state())

    await tell(page, {"version": 9, "after": 8})

    version = feed.state()["version"]
    sent = await page.evaluate("() => window.sent")
    assert len({each.pop("view") for each in sent}) == 1
    assert sent == [
        {"type": "hello", "version": version},
        {"type": "hello", "version": version},
    ]


async def test_view_that_is_removed_listens_no_more(
    page: Page, told: Update
) -> None:
    view = await show(page, told)
    await page.evaluate("() => window.end()")
    sent = await page.evaluate("() => window.sent")
    assert [each["type"] for each in sent] == ["hello", "bye"]
    assert sent[0]["view"] == sent[1]["view"]

    await tell(page, {"version": 99, "state": {**told, "rows": []}})

    await expect(view.locator(".row.now")).to_have_count(1)


async def test_text_of_clients_runs_nowhere_and_breaks_nothing(
    page: Page,
) -> None:
    evil = "<img src=x onerror=window.hurt=1><script>window.hurt=1</script>"
    talk = Talk()
    ada = talk.join(evil, f"{evil}#1")
    talk.broadcast(ada, [ada], "waiting")
    talk.says(ada, f"{evil}\u202e\x00\ud800\"'&lt;" + "x" * 10_000)
    crash = talk.entry("crash", ada, evil, {"text": evil})
    talk.journal.add(crash)
    state = Feed(talk.journal, Later()).state()
    state["rows"][0]["w"] += "<script>window.hurt=1</script>"
    state["rows"][0]["a"] += '<rect onclick="window.hurt=1" fill="url(x)"/>'

    view = await show(page, state)
    await view.focus()
    await page.keyboard.press("Enter")
    for tab in ("Mailboxes", "Groups", "Lanes"):
        await view.get_by_role("tab", name=tab).click()

    assert await view.locator("img, script, [onclick], [onerror]").count() == 0
    assert await page.evaluate("() => window.hurt") is None
    width = await page.evaluate("() => document.body.scrollWidth")
    assert width <= 1000


async def test_page_holds_few_of_many_steps(page: Page) -> None:
    talk = Talk()
    ada = talk.join("ada")
    for number in range(1_500):
        talk.says(ada, str(number))
    view = await show(page, Feed(talk.journal, Later()).state())

    assert await view.locator(".row").count() < 60
    await expect(view.locator(".foot")).to_contain_text("older events")
    await view.focus()
    await page.keyboard.press("Home")
    assert await view.locator(".row").count() < 60


async def test_board_of_a_full_journal_is_not_shown_before_it_is_true(
    page: Page,
) -> None:
    talk, later, updates = Talk(), Later(), list[Update]()
    ada = talk.join("ada")
    talk.chatter(400, ada)
    feed = Feed(talk.journal, later)
    view = await show(page, feed.state(), follows=True)
    feed.subscribe(updates.append)
    drawing = view.locator(".drawing")

    await view.get_by_role("tab", name="Groups").click()

    await expect(drawing).to_have_text(re.compile("drawn in a moment"))
    later.pass_time()
    for update in updates:
        await tell(page, update)
    await expect(drawing).to_contain_text("group of 1")
    await view.focus()
    await page.keyboard.press("Home")
    await expect(drawing).to_have_text(re.compile("long before the page"))


async def test_page_keys_move_a_board(page: Page, told: Update) -> None:
    await page.set_viewport_size({"width": 1000, "height": 400})
    view = await show(page, told)
    await view.get_by_role("tab", name="Groups").click()
    step = view.get_by_role("slider", name="Step")
    before = await step.input_value()

    await page.keyboard.press("PageDown")

    await page.wait_for_function(
        "() => document.querySelector('.drawing').scrollTop > 0"
    )
    await expect(step).to_have_value(before)


async def test_board_is_shown_from_its_top(page: Page, told: Update) -> None:
    view = await show(page, told)
    await view.focus()
    await page.keyboard.press("End")
    drawing = view.locator(".drawing")
    assert await drawing.evaluate("all => all.scrollTop") > 0

    await view.get_by_role("tab", name="Mailboxes").click()

    assert await drawing.evaluate("all => all.scrollTop") == 0


async def test_no_row_shows_above_the_heads_at_a_zoom_of_125_percent(
    browser: Browser, told: Update
) -> None:
    size: Any = {"width": 777, "height": 900}
    page = await browser.new_page(viewport=size, device_scale_factor=1.25)
    view = await show(page, told)
    await page.add_style_tag(
        content=".mclive { margin-top: .3px } .mclive .rows * { fill: red"
        " !important; background: red !important }"
    )
    await view.focus()
    await page.keyboard.press("End")
    says = await view.locator(".says").bounding_box()
    heads = await view.locator(".heads").bounding_box()
    assert says
    assert heads
    above = says["y"] + says["height"] - 4
    picture = await page.screenshot(
        clip={
            "x": says["x"],
            "y": above,
            "width": says["width"],
            "height": heads["y"] + heads["height"] - 4 - above,
        }
    )
    assert await red_pixels(page, picture) == 0
    await page.close()


async def test_arcs_of_a_chain_cross_no_words(page: Page, told: Update) -> None:
    view = await show(page, told)
    await view.focus()
    await page.keyboard.press("Enter")

    ends = "all => all.map(e => e.getBoundingClientRect().right)"
    starts = "all => all.map(e => e.getBoundingClientRect().left)"
    texts = await view.locator(".row:not(.dim) text").evaluate_all(ends)
    arcs = await view.locator(".over path").evaluate_all(starts)

    assert len(arcs) > 1
    assert max(texts) <= min(arcs)
