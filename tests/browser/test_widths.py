"""The live view in narrow and in wide windows: what is cut is told in full."""

import json

import pytest
from playwright.async_api import Page, expect

from minichannels.flow.live.feed import Feed, Update
from minichannels.flow.web.app import STATIC
from support.journals import Later, Talk
from support.live import asked, screenshot, show, tell

LONG = "the-browser-with-a-name-that-is-too-long-for-any-chip"
IS_WHOLE = "e => e.scrollWidth <= e.clientWidth"


@pytest.fixture
def talk() -> Talk:
    """Return two who talk over a layer, and one of a long name."""
    talk = Talk()
    ada = talk.join("ada", "ConsumerOfAVeryLongName#17")
    talk.join("bob")
    long = talk.join(LONG)
    long.user = "somebody"
    for text in "abcdef":
        talk.broadcast(ada, [ada, long], "waiting")
        talk.says(ada, text)
    return talk


async def resize(page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 900})


@pytest.mark.parametrize("width", [1280, 1600, 1920, 2560])
@pytest.mark.parametrize("tab", ["Mailboxes", "Groups"])
async def test_a_board_and_the_details_beside_it_fill_a_window(
    page: Page, talk: Talk, width: int, tab: str
) -> None:
    await resize(page, width)
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)

    await view.get_by_role("tab", name=tab).click()

    await screenshot(page, f"wide-{tab}-{width}")
    whole = await view.bounding_box()
    picture = await view.locator(".drawing > svg").bounding_box()
    details = view.locator(".event")
    assert whole
    assert picture
    end = picture["x"] + picture["width"]
    if width > 1500:
        beside = await details.bounding_box()
        assert beside
        assert 0 <= beside["x"] - end < 20  # a scrollbar
        assert beside["width"] >= 360
        assert abs(beside["y"] - picture["y"]) < 4
        end = beside["x"] + beside["width"]
        await expect(details).to_contain_text('"f"')
    else:
        await expect(details).to_be_hidden()
    assert 0 <= whole["x"] + whole["width"] - end < 20
    drawing = view.locator(".drawing")
    assert await drawing.evaluate(IS_WHOLE)


async def test_details_stand_beside_a_list_in_a_wide_window_alone(
    page: Page, talk: Talk
) -> None:
    view = await show(page, Feed(talk.journal, Later()).state())
    await view.get_by_role("tab", name="List").click()
    await view.locator(".lines .line .type").last.click()
    for width, is_beside in ((1000, False), (1600, True)):
        await resize(page, width)
        list_ = await view.locator(".drawing").bounding_box()
        details = await view.locator(".event").bounding_box()
        assert list_
        assert details
        end = list_["x"] + list_["width"]
        assert (details["x"] >= end) is is_beside
        assert (details["y"] >= list_["y"] + list_["height"]) is not is_beside


async def test_rows_of_a_narrow_list_have_whole_names(
    page: Page, talk: Talk
) -> None:
    await resize(page, 420)
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    await view.get_by_role("tab", name="List").click()
    await screenshot(page, "narrow-list")

    rows = view.locator(".lines .line")
    who = rows.last.locator("[role=gridcell]").nth(2)
    await expect(who).to_have_text("ada → ConsumerOfAVeryLongName#17")
    for part in await who.locator("span").all():
        assert await part.evaluate(IS_WHOLE)
    # Rows stand below each other, the last one at the end.
    first, second = [await rows.nth(i).bounding_box() for i in (-2, -1)]
    drawing = await view.locator(".drawing").bounding_box()
    assert first
    assert second
    assert drawing
    assert first["y"] + first["height"] == pytest.approx(second["y"], abs=1)
    bottom = drawing["y"] + drawing["height"]
    assert second["y"] + second["height"] == pytest.approx(bottom, abs=1)


@pytest.mark.parametrize("width", [420, 640, 1280])
async def test_numbers_of_six_digits_are_whole(
    page: Page, talk: Talk, width: int
) -> None:
    lane = talk.journal.open_lane("z", "app#z")
    asks = talk.add("receive", lane, "http.request", {"method": "GET"})
    crash = talk.add("crash", lane, "KeyError", {"text": "'eu'"})
    crash.status, crash.cause = "raised", asks.id
    state = Feed(talk.journal, Later()).state()
    for told in state["events"]:
        told["no"] += 123_000
        told["cause"] = told["cause"] and told["cause"] + 123_000
    await resize(page, width)
    view = await show(page, state, follows=True)
    await view.get_by_role("tab", name="List").click()

    row = view.locator(".lines .line").last
    await row.locator(".payload").click()

    number = row.locator("[role=gridcell]").first
    await expect(number).to_contain_text("1230")
    assert await number.evaluate(IS_WHOLE)
    box = await number.bounding_box()
    twist = await number.locator(".twist").bounding_box()
    assert box
    assert twist
    assert box["height"] < 45  # the number stands beside it, and not below
    reason = view.get_by_role("list", name="Why").get_by_role("button").last
    assert await reason.evaluate(IS_WHOLE)


async def test_list_of_a_page_at_twice_its_size_has_room_for_payloads(
    page: Page, talk: Talk
) -> None:
    talk.says(talk.join("late", "ConsumerOfAVeryLongName#17"), "a word " * 9)
    await resize(page, 640)
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)

    await view.get_by_role("tab", name="List").click()

    row = view.locator(".lines .line").last
    payload = await row.locator(".payload").bounding_box()
    assert payload
    assert payload["width"] > 300
    await expect(row.locator(".time")).to_be_visible()


@pytest.mark.parametrize("width", [420, 1280])
async def test_a_name_that_is_cut_is_there_in_full(
    page: Page, talk: Talk, width: int
) -> None:
    await resize(page, width)
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    full = f"{LONG} (somebody)"

    chip = view.get_by_role("button", name=full)

    words = chip.locator("span")
    assert not await words.evaluate(IS_WHOLE)
    style = "e => getComputedStyle(e).textOverflow"
    assert await words.evaluate(style) == "ellipsis"
    await expect(chip).to_have_attribute("title", full)
    heads = view.get_by_role("img", name="Columns: ")
    await expect(heads).to_have_attribute(
        "aria-label",
        f"Columns: ada: ConsumerOfAVeryLongName#17; bob: Chat#bob;"
        f" {full}: Chat#{LONG}",
    )
    title = heads.locator("rect title").last
    await expect(title).to_have_text(f"{full}: Chat#{LONG}")


@pytest.mark.parametrize("width", [320, 420, 800])
async def test_all_of_a_narrow_page_can_be_reached(
    page: Page, talk: Talk, width: int
) -> None:
    await resize(page, width)
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    css = (STATIC / "page.css").read_text(encoding="utf-8")
    await page.add_style_tag(content=css)
    await page.evaluate("() => document.querySelector('main').id = 'view'")
    await view.focus()
    await page.keyboard.press("Enter")
    await expect(view.locator(".event")).to_be_visible()

    for part in (".foot .keys", ".foot > span >> nth=-1", "ol", ".drawing"):
        await view.locator(part).scroll_into_view_if_needed()
        await expect(view.locator(part)).to_be_in_viewport()
    await screenshot(page, f"narrow-page-{width}")
    body = "() => document.body.scrollWidth <= innerWidth"
    assert await page.evaluate(body)


async def test_payload_of_what_is_chosen_is_in_a_narrow_window(
    page: Page, talk: Talk
) -> None:
    await page.set_viewport_size({"width": 400, "height": 700})
    view = await show(page, Feed(talk.journal, Later()).state())
    await view.get_by_role("tab", name="List").click()
    rows, payload = view.locator(".lines .line"), view.locator(".event pre")

    await rows.filter(has_text="ada").first.click()

    await expect(payload).to_be_in_viewport(ratio=1)
    await expect(view.locator(".line.now")).to_be_in_viewport()
    # Whoever has gone back to the rows sees what the next one carried, too.
    await page.evaluate("scrollTo(0, 0)")
    await expect(payload).not_to_be_in_viewport()
    await page.keyboard.press("ArrowDown")
    await expect(payload).to_be_in_viewport(ratio=1)


async def test_details_that_have_little_room_are_shown_from_their_top(
    page: Page, talk: Talk
) -> None:
    deep = json.dumps({str(n): {"of": "many letters" * 5} for n in range(9)})
    talk.says(talk.join("eve"), deep)
    await resize(page, 1200)
    view = await show(page, Feed(talk.journal, Later()).state())
    await page.add_style_tag(
        content="main .mclive .event { max-height: 160px }"
    )
    await view.get_by_role("tab", name="List").click()

    await view.locator(".lines .line", has_text="letters").click()

    await expect(view.locator("h3").first).to_be_in_viewport(ratio=1)


async def test_chips_of_a_narrow_view_have_one_line_that_keys_move(
    page: Page, talk: Talk
) -> None:
    talk.crowd(20)
    await resize(page, 360)
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    chips = view.get_by_role("group", name="Filters")
    box = await chips.bounding_box()
    assert box
    assert box["height"] < 45
    assert await page.evaluate("() => document.body.scrollWidth") <= 360
    last = view.get_by_role("button", name="only lost")
    await expect(last).not_to_be_in_viewport()
    await view.get_by_role("combobox", name="Type").focus()

    await page.keyboard.press("Tab")

    await expect(last).to_be_focused()
    await expect(last).to_be_in_viewport()


@pytest.mark.parametrize("width", [360, 768, 1600])
async def test_what_an_event_carried_comes_first_and_no_word_is_cut(
    page: Page, talk: Talk, width: int
) -> None:
    long = "AConsumerThatHasANameOfManyWordsAndNoSpaceBetweenThem#7"
    crash = talk.add("crash", talk.join("eve", long), "KeyError", {"text": ""})
    crash.status = "raised"
    await resize(page, width)
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    await view.focus()
    await page.keyboard.press("Enter")

    details = view.locator(".event")
    await expect(details.locator("h3").first).to_contain_text("RAISED")
    for part in [details, *await details.locator("li, li span").all()]:
        assert await part.evaluate(IS_WHOLE)
    parts = details.locator(":scope > div").first.locator(":scope > *")
    names = await parts.evaluate_all("all => all.map(e => e.localName)")
    assert names[:4] == ["h3", "div", "pre", "dl"]


async def test_keys_move_a_long_payload_that_has_the_focus_and_no_row(
    page: Page, talk: Talk
) -> None:
    talk.says(talk.join("late"), "a word " * 900)
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    await view.focus()
    await page.keyboard.press("Enter")
    payload, says = view.locator("pre"), view.locator(".says")
    said = await says.inner_text()

    await payload.press("End")

    await page.wait_for_function(
        "() => document.querySelector('pre').scrollTop > 0"
    )
    assert await says.inner_text() == said


async def test_what_is_wider_than_the_window_is_reached_by_keyboard(
    page: Page, talk: Talk
) -> None:
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    hint = view.locator(".key", has_text="sideways")
    await expect(hint).to_be_hidden()
    await resize(page, 420)
    await expect(hint).to_be_visible()
    head = view.get_by_text("what moved")
    await expect(head).not_to_be_in_viewport()
    await view.focus()
    step = await view.locator(".says").inner_text()

    for _ in range(8):
        await page.keyboard.press("Shift+ArrowRight")

    await expect(head).to_be_in_viewport()
    await page.keyboard.press("Shift+ArrowLeft")
    await expect(view.locator(".says")).to_have_text(step)


async def test_who_is_at_a_button_of_the_details_stays_there(
    page: Page, talk: Talk
) -> None:
    later, updates = Later(), list[Update]()
    feed = Feed(talk.journal, later)
    view = await show(page, feed.state(), follows=True)
    feed.subscribe(updates.append)
    await view.focus()
    await page.keyboard.press("Enter")
    button = view.get_by_role("button", name="copy payload")
    await button.focus()
    first = await button.element_handle()

    talk.says(talk.join("late"), "more")
    later.pass_time()
    await tell(page, updates[-1])
    await expect(view.locator(".drawing")).to_contain_text("more")

    await expect(button).to_be_focused()
    assert await first.evaluate("e => e.isConnected")
    # A change of what it tells throws nobody out, either.
    mark = view.get_by_role("button", name="bookmark")
    await mark.focus()
    await page.keyboard.press("Enter")
    await expect(mark).to_have_attribute("aria-pressed", "true")
    await expect(mark).to_be_focused()


NEXT_FRAMES = """async () => {
  for (let frame = 0; frame < 3; frame++)
    await new Promise(requestAnimationFrame);
}"""
REACH = """parts => {
  const view = document.querySelector(".drawing").getBoundingClientRect();
  const inside = part => {
    const { left, right } = part.getBoundingClientRect();
    return left >= view.left && right <= view.right;
  };
  return [parts.length, parts.filter(part => !inside(part)).length];
}"""


@pytest.mark.parametrize("crowd", [0, 9])
async def test_words_of_the_lanes_have_the_room_of_the_window(
    page: Page, talk: Talk, crowd: int
) -> None:
    talk.crowd(crowd)
    talk.says(talk.join("last"), "some words that are longer than one line")
    feed, updates = Feed(talk.journal, Later()), list[Update]()
    feed.subscribe(updates.append)
    view = await show(page, feed.state(), follows=True, fits="yes")
    await view.get_by_role("tab", name="Lanes").click()
    texts, lines = view.locator(".row .words text"), list[int]()

    for width in (420, 800, 1280, 2560):
        await resize(page, width)
        await page.evaluate(NEXT_FRAMES)
        while asks := await asked(page, "fit"):  # one after another
            feed.hear(asks[0])
            await tell(page, updates[-1])
            await page.evaluate(NEXT_FRAMES)
        await screenshot(page, f"words-{crowd}-{width}")
        shown, outside = await texts.evaluate_all(REACH)
        assert shown > 4
        assert outside == 0
        lines.append(await view.locator(".row.now .words text").count())

    assert lines[-1] == 2  # a number and one line
    assert min(lines[0], lines[2]) > 2


async def test_words_below_the_arrows_stay_when_these_are_moved(
    page: Page, talk: Talk
) -> None:
    feed = Feed(talk.journal, Later())
    feed.hear({"letters": 50, "below": True})
    await resize(page, 420)
    view = await show(page, feed.state(), follows=True, fits="yes")
    words = view.locator(".row.now .words text").last
    lane = view.locator(".heads text").first
    before, head = await words.bounding_box(), await lane.bounding_box()

    await view.focus()
    await page.keyboard.press("Shift+ArrowRight")
    # What has been moved is drawn in the next frame.
    await page.evaluate("() => new Promise(requestAnimationFrame)")
    await page.evaluate("() => new Promise(requestAnimationFrame)")

    assert before
    assert head
    for part, start, by in ((words, before, 0), (lane, head, -120)):
        after = await part.bounding_box()
        assert after
        assert after["x"] - start["x"] == pytest.approx(by, abs=1)


async def test_what_is_looked_at_in_wide_lanes_moves_none_of_them(
    page: Page, talk: Talk
) -> None:
    feed, updates = Feed(talk.journal, Later()), list[Update]()
    feed.subscribe(updates.append)
    await resize(page, 1920)
    view = await show(page, feed.state(), follows=True, fits="yes")
    await view.get_by_role("tab", name="Lanes").click()
    details = view.locator(".event")
    await expect(details).to_contain_text('"f"')
    while asks := await asked(page, "fit"):
        feed.hear(asks[0])
        await tell(page, updates[-1])
        await page.evaluate(NEXT_FRAMES)
    row = view.locator(".row.now")
    before = await row.bounding_box()

    await page.keyboard.press("Enter")
    await expect(view.locator(".over")).to_have_count(1)
    await page.evaluate(NEXT_FRAMES)

    assert await asked(page, "fit") == []
    assert await row.bounding_box() == before


COUNT_DRAWINGS = """() => {
  window.drawn = 0;
  const { replaceChildren } = Element.prototype;
  Element.prototype.replaceChildren = function (...parts) {
    if (this.className === "play") window.drawn += 1;  // once each time
    return replaceChildren.apply(this, parts);
  };
}"""


@pytest.mark.parametrize("width", [420, 1000, 1920])
async def test_a_view_is_drawn_once_for_each_room_that_it_has(
    page: Page, talk: Talk, width: int
) -> None:
    talk.chatter(60, talk.join("last"))
    await resize(page, width)
    await page.evaluate(COUNT_DRAWINGS)
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    await page.evaluate(NEXT_FRAMES)

    assert await page.evaluate("() => window.drawn") == 1

    await resize(page, width - 100)
    await page.evaluate(NEXT_FRAMES)
    assert await page.evaluate("() => window.drawn") == 2
    await expect(view.locator(".row.now")).to_be_in_viewport()


async def test_a_view_in_a_notebook_asks_for_no_other_words(
    page: Page, talk: Talk
) -> None:
    await show(page, Feed(talk.journal, Later()).state(), follows=True)

    await resize(page, 420)
    await page.evaluate(NEXT_FRAMES)

    assert await asked(page, "fit") == []
