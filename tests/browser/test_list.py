"""The list of a live view: found, followed and unfolded, also by keyboard."""

import json
import re

import pytest
from playwright.async_api import Locator, Page, Route, expect

from minichannels.flow.live import steps
from minichannels.flow.live.feed import Feed, Update
from support.journals import Later, Talk
from support.live import asked, screenshot, show, tell

EVIL = "<img src=x onerror=window.hurt=1>"


def asks(talk: Talk, client: str, path: str, status: int) -> None:
    """Let a client ask for a page."""
    lane = talk.journal.open_lane(client, f"app#{client}")
    request = {"method": "GET", "path": path}
    talk.add("receive", lane, "http.request", request)
    talk.add("send", lane, "http.response.start", {"status": status})
    last = talk.add("send", lane, "http.response.body", {"body": b"12345"})
    last.ends = True


@pytest.fixture
def talk() -> Talk:
    """Return a busy application: nine clients, requests, and one evil."""
    talk = Talk()
    lanes = [talk.join(f"c{number}") for number in range(1, 10)]
    asks(talk, "x", "/missing", 404)
    for lane in lanes:
        talk.says(lane, f"hello of {lane.client}")
    asks(talk, "y", "/fine", 200)
    talk.says(lanes[8], EVIL)
    return talk


def lines(view: Locator) -> Locator:
    return view.locator(".lines .line")


async def test_list_is_first_above_eight_connections_and_follows(
    page: Page, talk: Talk
) -> None:
    later, updates = Later(), list[Update]()
    feed = Feed(talk.journal, later)
    view = await show(page, feed.state())
    feed.subscribe(updates.append)
    chosen = view.get_by_role("tab", selected=True)
    await expect(chosen).to_have_text("List")
    await expect(lines(view).last).to_contain_text(EVIL)
    await screenshot(page, "list")

    talk.says(talk.join("late"), "the newest")
    later.pass_time()
    for update in updates:
        await tell(page, update)

    await expect(lines(view).last).to_contain_text("the newest")
    await expect(lines(view).last).to_be_in_viewport()
    assert await page.evaluate("() => window.hurt") is None
    assert await view.locator("img").count() == 0


async def test_list_finds_and_unfolds_an_exchange(
    page: Page, talk: Talk
) -> None:
    view = await show(page, Feed(talk.journal, Later()).state())

    await view.get_by_role("searchbox").fill("status:4xx")

    await expect(lines(view)).to_have_count(1)
    exchange = lines(view).first
    await expect(exchange).to_contain_text("x → app#x")
    await expect(exchange).to_contain_text("404 /missing")
    await expect(exchange.locator(".size")).to_have_text("5 B")
    await expect(exchange).to_have_attribute("aria-expanded", "false")
    await exchange.locator(".twist").click()
    await expect(lines(view)).to_have_count(4)
    await expect(exchange).to_have_attribute("aria-expanded", "true")
    await view.get_by_role("searchbox").fill("/(/")
    await expect(view.locator(".found")).to_contain_text("Invalid regular")


async def test_a_response_that_failed_is_gone_to_as_what_was_lost(
    page: Page, talk: Talk
) -> None:
    asks(talk, "z", "/broken", 503)
    talk.chatter(50, talk.join("late"))
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    await view.focus()

    await page.keyboard.press("x")

    now = view.locator('.line[aria-selected="true"]')
    await expect(now).to_contain_text("503")
    await expect(view.locator(".done")).to_have_text("loss 1 of 1")


async def test_row_of_a_request_has_what_it_carried_and_a_delivery_no_group(
    page: Page, talk: Talk
) -> None:
    lane = talk.journal.open_lane("z", "app#z")
    request = {"method": "POST", "path": "/price", "body": b'{"price":2}'}
    talk.add("receive", lane, "http.request", request)
    talk.add("send", lane, "http.response.start", {"status": 500})
    member = talk.join("member")
    _, copy = talk.broadcast(member, [member], "waiting")
    talk.after("read", copy).source = "chat"

    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)

    exchange = lines(view).filter(has_text="POST").locator(".payload")
    await expect(exchange).to_have_text('500 /price {"price":2}')
    read = lines(view).filter(has_text="chat → Chat#member").last
    await expect(read.locator(".payload")).to_have_text("1")


async def test_row_of_a_request_says_that_what_it_sent_reached_nobody(
    page: Page,
) -> None:
    talk = Talk()
    lane = talk.journal.open_lane("ada", "order#1")
    talk.add("receive", lane, "http.request", {"method": "GET", "path": "/o"})
    entry = talk.entry("group_send", lane, "order.placed", {}, "layer")
    entry.group = "user_1"
    talk.journal.add(entry)
    talk.add("send", lane, "http.response.start", {"status": 200})
    view = await show(page, Feed(talk.journal, Later()).state())
    await view.get_by_role("tab", name="List").click()

    await expect(lines(view)).to_have_count(1)
    await expect(lines(view).locator(".badge.note")).to_have_text(
        "to nobody here"
    )
    await expect(lines(view)).to_have_class("line now")  # nothing is lost


async def test_frames_are_found_by_the_path_of_their_websocket(
    page: Page, talk: Talk
) -> None:
    lane = talk.journal.open_lane("ada", "live#1")
    path = {"path": "/auctions/lamp/live"}
    talk.add("receive", lane, "websocket.connect", path)
    talk.says(lane, "120")
    talk.add("send", lane, "websocket.send", {"text": "sold"})
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    search = view.get_by_role("searchbox")

    await search.fill("path:/auctions/lamp type:websocket.send")

    await expect(lines(view)).to_have_count(1)
    await expect(lines(view)).to_contain_text("sold")
    await lines(view).click()
    facts = view.locator("dl")
    await expect(facts).to_contain_text("path/auctions/lamp/live")
    # But a frame does not hold it: only what names the field is about it.
    await search.fill("auctions")
    await expect(lines(view)).to_have_count(1)
    await expect(lines(view)).to_contain_text("websocket.connect")


async def test_what_a_search_does_not_find_is_looked_at_no_more(
    page: Page, talk: Talk
) -> None:
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    search, title = view.get_by_role("searchbox"), view.locator("h3").first
    await lines(view).filter(has_text="hello of c7").click()
    number = await title.inner_text()

    await search.fill("hello of")
    await expect(title).to_have_text(number)
    await search.fill("hello of c3")

    await expect(view.locator(".event")).to_be_hidden()


async def test_body_of_an_exchange_is_a_click_away_from_its_row(
    page: Page, talk: Talk
) -> None:
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    details = view.locator(".event")
    row = lines(view).filter(has_text="200 /fine")
    await row.locator(".type").click()
    await expect(details.locator("pre")).to_contain_text("/fine")
    others = details.locator(".others", has_text="one exchange with")
    assert await others.get_by_role("button").count() == 2

    await others.get_by_role("button").last.click()

    await expect(details.locator("pre")).to_contain_text("12345")
    await expect(row).to_have_attribute("aria-selected", "true")
    await expect(others.get_by_role("button")).to_have_count(2)
    # A frame of a WebSocket is no part of an exchange.
    await lines(view).last.locator(".type").click()
    await expect(others).to_have_count(0)


async def test_what_is_held_while_a_server_begins_anew_stays_as_it_was(
    page: Page, talk: Talk
) -> None:
    other = Talk()
    other.says(other.join("next"), "of the new server")
    state = Feed(other.journal, Later()).state()
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    await lines(view).filter(has_text="hello of c7").click()
    await page.keyboard.press("b")
    star = view.get_by_role("img", name="bookmarked")
    await view.get_by_role("button", name="Hold").click()

    await tell(page, {"version": 1, "state": state, "isNew": True})

    await expect(view.locator(".event pre")).to_contain_text("hello of c7")
    await view.get_by_role("searchbox").fill("hello of")
    await expect(star).to_have_count(1)
    await expect(view.locator(".event pre")).to_contain_text("hello of c7")
    await view.get_by_role("searchbox").fill("")
    await view.get_by_role("button", name="Go on").click()
    await view.get_by_role("tab", name="List").click()
    await expect(lines(view).last).to_contain_text("of the new server")
    await expect(star).to_have_count(0)
    await expect(view.locator(".event")).to_be_hidden()


async def test_loss_that_is_too_old_to_be_shown_is_counted(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MOST_STEPS", 20)
    talk = Talk()
    ada = talk.join("ada")
    crash = talk.add("crash", ada, "KeyError", {"text": "'eu'"})
    crash.status = "raised"
    talk.chatter(30, ada)
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    foot = view.locator(".foot")
    await expect(foot).to_contain_text("14 older events left out, 1 of them")
    await view.focus()

    await page.keyboard.press("x")

    await expect(view.locator(".done")).to_have_text(
        "nothing lost is shown; 1 of the older events, which are left out, was"
    )
    await view.get_by_role("button", name="1 lost before").press("Enter")
    before = view.get_by_role("list", name="Lost before what is shown")
    await expect(before.get_by_role("listitem")).to_have_text(
        [re.compile(r"4RAISED Chat#ada raises KeyError: 'eu' at 0\.\d{3} s")]
    )
    await expect(view.locator(".before")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(before).to_be_hidden()
    await expect(view.get_by_text("1 lost before")).to_be_focused()


async def test_search_says_what_it_has_not_looked_through(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MOST_STEPS", 280)
    talk, later = Talk(), Later()
    talk.chatter(300, talk.join("ada"))
    feed, updates = Feed(talk.journal, later), list[Update]()
    feed.subscribe(updates.append)
    view = await show(page, feed.state(), follows=True)
    search, found = view.get_by_role("searchbox"), view.locator(".found")

    await search.fill('text:"30"')

    await expect(found).to_have_text("0 events; older events are still coming")
    await expect(view.locator(".empty")).to_contain_text("still coming")
    says = view.locator(".says")
    await expect(says).to_contain_text("is here yet: older events are still")
    later.pass_time()
    await tell(page, updates[-1])
    await expect(found).to_have_text("1 event; 23 without a row not searched")
    await search.fill('text:"3"')
    await expect(view.locator(".empty")).to_contain_text("23 older events")
    await view.get_by_role("button", name="Clear").click()
    await expect(found).to_have_text("0 events")
    await expect(view.locator(".empty")).to_contain_text("so far. Filters")


async def test_search_goes_on_among_events_without_a_row_if_asked(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MOST_STEPS", 20)
    talk = Talk()
    talk.chatter(40, talk.join("ada"))
    feed = Feed(talk.journal, Later())
    view = await show(page, feed.state(), follows=True)
    search = view.get_by_role("searchbox")
    button = view.get_by_role("button", name="without a row")
    await expect(button).to_be_hidden()
    await search.fill('text:/^"1\\d?"$/')
    await asked(page, "others")

    await button.click()

    panel = view.locator(".without")
    await expect(panel).to_be_focused()
    await expect(panel).to_contain_text("Asked for all that is kept")
    await tell(page, feed.hear((await asked(page, "others"))[0]))
    lines = panel.get_by_role("listitem")
    await expect(lines).to_have_count(11)
    await expect(panel).to_contain_text("11 of 23 events without a row")
    await expect(button).to_have_text("found without a row ✕")
    await expect(view.locator(".found")).to_have_text("0 events")
    newest = lines.first
    await expect(newest).to_contain_text("ada → Chat#ada")
    await newest.locator("summary").press("Enter")
    await expect(newest.locator("pre")).to_have_text('{"text": "19"}')
    await screenshot(page, "list-without-a-row")
    await search.fill('text:"7"')
    await expect(lines).to_have_count(1)
    await panel.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(button).to_be_focused()
    # What nobody waits for any more is not shown.
    await tell(page, {"others": []})
    await expect(panel).to_be_hidden()


async def test_pattern_that_takes_too_long_is_given_up_and_the_page_goes_on(
    page: Page, talk: Talk
) -> None:
    letters = "a" * 200  # at which each more would take twice as long
    talk.says(talk.join("ada"), letters)
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    search, found = view.get_by_role("searchbox"), view.locator(".found")

    for pattern in ("/(a|a)*b/", "/(a?a)*b/"):
        await search.fill(pattern)
        await expect(found).to_contain_text(f"{pattern} may search for ever")
        await expect(lines(view).last).to_contain_text("aaa")

    await page.evaluate("""() => {
        let now = performance.now();
        performance.now = () => (now += 1001);
    }""")
    await search.fill("/^a+b/")
    await expect(found).to_contain_text("/^a+b/ takes too long")
    await expect(lines(view)).to_have_count(0)
    await search.fill("aaa")
    await expect(found).to_have_text("1 event")


async def test_rows_of_the_list_are_told_one_by_one_to_screen_readers(
    page: Page, talk: Talk
) -> None:
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    rows, spoken = view.get_by_role("treegrid"), view.locator(".spoken")
    await rows.focus()
    assert await rows.get_attribute("aria-activedescendant") is None
    before = await spoken.inner_text()

    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")

    now = view.get_by_role("row", selected=True)
    await expect(now).to_contain_text("hello of c9")
    name = await now.get_attribute("id")
    assert await rows.get_attribute("aria-activedescendant") == name
    assert await spoken.inner_text() == before
    exchange = view.get_by_role("row", name="200 /fine")
    await expect(exchange).to_have_attribute("aria-expanded", "false")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(exchange).to_have_attribute("aria-expanded", "true")
    inner = view.locator('.line[aria-level="2"]')
    await expect(inner).to_have_count(3)
    await view.get_by_role("tab", name="Lanes").click()
    await expect(view).to_be_focused()


async def test_what_comes_by_itself_is_spoken_every_few_seconds(
    page: Page, talk: Talk
) -> None:
    await page.clock.install()
    feed, updates = Feed(talk.journal, later := Later()), list[Update]()
    feed.subscribe(updates.append)
    view = await show(page, feed.state(), follows=True)
    says, spoken = view.locator(".says"), view.locator(".spoken")
    await expect(spoken).to_contain_text("window.hurt")

    for word in ("first", "second", "third"):
        talk.says(talk.join(word), word)
        later.pass_time()
        await tell(page, updates.pop())
        await page.clock.run_for(100)
        await expect(says).to_contain_text(word)
        await expect(spoken).to_contain_text("window.hurt")

    await page.clock.run_for(3_000)
    await expect(spoken).to_contain_text("third")
    await view.focus()
    await page.keyboard.press("ArrowUp")
    await expect(spoken).to_have_text(await says.inner_text())


async def test_list_of_what_is_later_says_so(page: Page, talk: Talk) -> None:
    view = await show(page, Feed(talk.journal, Later()).state())
    await view.focus()
    await page.keyboard.press("Home")

    await view.get_by_role("searchbox").fill("hello of")

    await expect(lines(view)).to_have_count(9)
    await expect(view.locator(".says")).to_have_text(
        "Nothing that passes the filters has happened up to here;"
        " 9 later do: → or End goes there."
    )


async def test_exchange_that_unfolds_has_nothing_from_before_clear(
    page: Page, talk: Talk
) -> None:
    later, updates = Later(), list[Update]()
    feed = Feed(talk.journal, later)
    lane = talk.journal.open_lane("slow", "app#slow")
    asked = {"method": "GET", "path": "/slow"}
    talk.add("receive", lane, "http.request", asked)
    later.pass_time()
    view = await show(page, feed.state())
    feed.subscribe(updates.append)
    await view.get_by_role("button", name="Clear").click()
    talk.add("send", lane, "http.response.start", {"status": 200})
    talk.add("send", lane, "http.response.body", {"body": b""}).ends = True
    later.pass_time()
    for update in updates:
        await tell(page, update)

    await view.locator(".twist").click()

    types = view.locator(".lines .type")
    await expect(types).to_have_text(
        ["GET", "http.response.start", "http.response.body"]
    )


async def test_what_is_gone_to_has_some_rows_beside_it(
    page: Page, talk: Talk
) -> None:
    crash = talk.add("crash", talk.join("z"), "KeyError", {"text": "'z'"})
    crash.status = "raised"
    talk.chatter(100, talk.join("late"))
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    now = view.locator('.line[aria-selected="true"]')
    await expect(now).to_contain_text('"99"')

    await view.focus()
    await page.keyboard.press("x")

    await expect(now).to_contain_text("KeyError")
    head = await view.locator(".line.head").bounding_box()
    row = await now.bounding_box()
    assert head
    assert row
    above = (row["y"] - head["y"] - head["height"]) / row["height"]
    assert above == pytest.approx(3, abs=0.2)


async def test_next_loss_stays_where_more_comes_in_the_same_step(
    page: Page, talk: Talk
) -> None:
    later, updates = Later(), list[Update]()
    feed = Feed(talk.journal, later)
    view = await show(page, feed.state(), follows=True)
    feed.subscribe(updates.append)
    lanes = [talk.join(f"d{number}") for number in range(3)]
    for _ in range(12):  # so many at once that they are one step
        talk.broadcast(lanes[0], lanes, "dropped")
    talk.says(lanes[0], "the newest")
    later.pass_time()
    for update in updates:
        await tell(page, update)
    said, title = view.locator(".says"), view.locator("h3").first
    await expect(said).to_contain_text("the newest")
    await view.focus()

    await page.keyboard.press("x")
    await page.keyboard.press("Enter")

    lost = await said.locator("b").inner_text()
    assert "full" in await said.inner_text()
    await expect(title).to_contain_text(lost.split()[0])
    count = view.locator(".mono").first
    before = await count.inner_text()
    talk.says(lanes[0], "newer")
    later.pass_time()
    await tell(page, updates[-1])
    await expect(count).not_to_have_text(before)
    assert await said.locator("b").inner_text() == lost
    # What is told of follows, if that is what one looks at.
    await page.keyboard.press("End")
    talk.says(lanes[0], "after the end")
    later.pass_time()
    await tell(page, updates[-1])
    await expect(said).to_contain_text("after the end")
    number = await said.locator("b").inner_text()
    await expect(title).to_have_text(f"Event {number}")


async def test_row_of_a_request_is_unfolded_and_folded_again_by_key(
    page: Page, talk: Talk
) -> None:
    view = await show(page, Feed(talk.journal, Later()).state())
    await view.get_by_role("searchbox").fill("path:/fine")
    now = view.locator('.line[aria-selected="true"]')
    await lines(view).first.locator(".type").click()

    for _ in range(2):
        await page.keyboard.press("Enter")
        await expect(lines(view)).to_have_count(4)
        await expect(now).to_have_attribute("aria-expanded", "true")
        for key in ("ArrowDown", "ArrowDown", "ArrowUp"):
            await page.keyboard.press(key)
        await expect(now).to_contain_text("http.request")
        await page.keyboard.press("ArrowUp")
        await expect(now).to_have_attribute("aria-expanded", "true")
        await page.keyboard.press("Enter")
        await expect(lines(view)).to_have_count(1)


async def test_list_says_who_is_logged_in_and_who_returned_too_early(
    page: Page, talk: Talk
) -> None:
    for number, user in ((1, "ada"), (2, EVIL)):
        lane = talk.join(f"browser#{number}")
        lane.user = user
    early = talk.add("return", lane, "websocket.close", {})
    early.reason, early.ends = "client sees 1006", True
    view = await show(page, Feed(talk.journal, Later()).state())
    last = lines(view).last
    await expect(last).to_contain_text("EARLY returns without websocket.close")
    await expect(last).to_contain_text("client sees 1006")
    await screenshot(page, "list-users")

    await view.get_by_role("searchbox").fill("client:ada")

    await expect(lines(view)).to_have_count(3)
    await expect(lines(view).first).to_contain_text("browser#1 (ada) →")
    await lines(view).first.click()
    await expect(view.locator("dl")).to_contain_text("userada")
    assert await page.evaluate("() => window.hurt") is None


async def test_chips_and_heads_say_who_is_logged_in(page: Page) -> None:
    talk = Talk()
    asks(talk, "browser#1", "/", 200)
    asks(talk, "browser#1", "/style.css", 200)
    talk.join("browser#1").user = "ada"
    view = await show(page, Feed(talk.journal, Later()).state())
    chip = view.get_by_role("button", name="browser#1 (ada)", exact=True)
    await expect(view.locator(".heads")).to_contain_text("(ada)")
    await screenshot(page, "lanes-users")
    # A browser's head has three lines, and none is cut.
    above = await view.locator(".heads svg").evaluate(
        "e => Math.min(...[...e.querySelectorAll('text')].map("
        "t => t.getBoundingClientRect().top - e.getBoundingClientRect().top))"
    )
    assert above >= 0

    await chip.click()

    await expect(chip).to_have_attribute("aria-pressed", "false")


async def test_chips_say_who_has_no_columns(page: Page, talk: Talk) -> None:
    later, updates = Later(), list[Update]()
    feed = Feed(talk.journal, later)
    view = await show(page, feed.state())
    feed.subscribe(updates.append)
    chips = view.get_by_role("group", name="Filters")
    says = re.compile(
        r"c1c2c3.*6 more:c4c5c6c7c8and 3 others", re.DOTALL | re.IGNORECASE
    )

    await expect(chips).to_have_text(says)
    await view.get_by_role("tab", name="Lanes").click()
    await expect(view.locator(".heads")).to_contain_text("6 more")
    await screenshot(page, "lanes-chips")

    # Whoever is at a chip stays there while more come.
    chip = view.get_by_role("button", name="c5", exact=True)
    await chip.focus()
    talk.join("c10")
    later.pass_time()
    await tell(page, updates[-1])
    await expect(chips).to_contain_text("7 more:c4")
    await expect(chips).to_contain_text("and 4 others")
    await expect(chip).to_be_focused()


async def test_list_is_used_by_keyboard_and_says_what_is_chosen(
    page: Page, talk: Talk
) -> None:
    view = await show(page, Feed(talk.journal, Later()).state())
    await view.focus()

    await page.keyboard.press("/")
    await page.keyboard.type("hello")
    await expect(lines(view)).to_have_count(9)
    await page.keyboard.press("Escape")
    await view.focus()
    await page.keyboard.press("ArrowUp")

    await expect(view.locator(".says")).to_contain_text("hello of c8")
    now = view.locator('.line[aria-selected="true"]')
    await expect(now).to_contain_text("hello of c8")
    await expect(view.locator("h3").first).to_contain_text("Event")


@pytest.mark.parametrize("tab", ["List", "Lanes"])
async def test_page_keys_go_on_by_what_the_window_shows(
    page: Page, talk: Talk, tab: str
) -> None:
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    await view.get_by_role("tab", name=tab).click()
    slider = view.get_by_role("slider", name="Step")
    last = int(await slider.input_value())

    await page.keyboard.press("PageUp")

    above = int(await slider.input_value())
    assert 5 < last - above < 30
    await page.keyboard.press("PageDown")
    await expect(slider).to_have_value(str(last))


async def test_what_is_chosen_in_the_list_has_the_lanes_columns(
    page: Page, talk: Talk
) -> None:
    feed, updates = Feed(talk.journal, Later()), list[Update]()
    view = await show(page, feed.state())
    feed.subscribe(updates.append)
    await view.get_by_role("searchbox").fill("hello of c7")
    await lines(view).first.click()
    await view.get_by_role("tab", name="Lanes").click()

    feed.hear((await page.evaluate("() => window.sent"))[-1])
    await tell(page, updates[-1])

    await expect(view.locator(".heads")).to_contain_text("c7")
    await expect(view.locator(".heads")).not_to_contain_text("c1")


async def test_one_connection_alone_a_hold_and_a_clear(
    page: Page, talk: Talk
) -> None:
    later, updates = Later(), list[Update]()
    feed = Feed(talk.journal, later)
    view = await show(page, feed.state())
    feed.subscribe(updates.append)
    await lines(view).last.click()

    await view.get_by_role("button", name="only c9").click()
    await expect(lines(view)).to_have_count(5)
    await view.get_by_role("button", name="only c9 ✕").click()
    await view.get_by_role("button", name="Clear").click()
    await expect(lines(view)).to_have_count(0)
    await expect(view.locator(".event")).to_be_hidden()
    await expect(view.locator(".says")).to_contain_text("passes the filters")
    await view.get_by_role("button", name="Hold").click()
    talk.says(talk.join("late"), "the newest")
    later.pass_time()
    for update in updates:
        await tell(page, update)
    await expect(view.locator(".foot")).to_contain_text("held")
    await expect(lines(view)).to_have_count(0)

    await view.get_by_role("button", name="Go on").click()

    await expect(lines(view).last).to_contain_text("the newest")
    # What was looked at before it was cleared holds nothing back.
    await expect(view.locator(".foot")).to_contain_text("following")
    await expect(view.locator(".says")).to_contain_text("the newest")


async def test_where_nothing_is_shown_stands_why_until_something_comes(
    page: Page, talk: Talk
) -> None:
    later, updates = Later(), list[Update]()
    feed = Feed(talk.journal, later)
    view = await show(page, feed.state())
    feed.subscribe(updates.append)
    await view.get_by_role("searchbox").fill(EVIL + "later")
    await view.get_by_role("button", name="only lost").click()
    await view.get_by_role("button", name="c5", exact=True).click()
    why = view.locator(".drawing .empty")

    for tab in ("Lanes", "List"):
        await view.get_by_role("tab", name=tab).click()
        await expect(why).to_have_text(
            f"Nothing matches “{EVIL}later” so far."
            " Filters too: only lost; without c5."
        )
        await expect(why).to_be_in_viewport()
    await screenshot(page, "list-nothing")
    assert await page.evaluate("() => window.hurt") is None

    crash = talk.add("crash", talk.join("late"), f"{EVIL}later", {})
    crash.status = "raised"
    later.pass_time()
    for update in updates:
        await tell(page, update)
    await expect(lines(view)).to_have_count(1)
    await expect(why).to_have_count(0)
    await view.get_by_role("tab", name="Lanes").click()
    await expect(view.locator(".row")).to_have_count(1)
    await expect(why).to_have_count(0)


async def test_lanes_before_the_first_match_say_where_it_is(
    page: Page, talk: Talk
) -> None:
    view = await show(page, Feed(talk.journal, Later()).state())
    await view.get_by_role("tab", name="Lanes").click()
    await view.focus()
    await page.keyboard.press("Home")

    await view.get_by_role("searchbox").fill("hello of")

    why = view.locator(".drawing .empty")
    await expect(why).to_have_text(
        "Nothing matches “hello of” up to this step;"
        " 9 later do: → or End goes there."
    )
    await view.focus()
    await page.keyboard.press("ArrowRight")
    await expect(why).to_have_count(0)
    await expect(view.locator(".row")).to_have_count(1)


async def test_view_of_nothing_says_that_it_waits_for_something(
    page: Page,
) -> None:
    view = await show(page, Feed(Talk().journal, Later()).state())

    why = view.locator(".drawing .empty")

    await expect(why).to_have_text(
        "Nothing has happened yet; what comes is shown here."
    )
    await view.get_by_role("searchbox").fill("client:ada")
    await expect(why).to_have_text(
        "Nothing has happened yet; what comes and matches “client:ada”"
        " is shown here."
    )
    await view.get_by_role("button", name="only lost").click()
    await expect(why).to_contain_text(
        "matches “client:ada” and passes the filters (only lost) is shown here"
    )
    view = await show(page, Feed([], Later()).state())
    await expect(why).to_have_text("Nothing has happened.")


async def test_two_connections_of_one_name_can_be_told_apart(
    page: Page, talk: Talk
) -> None:
    lane = talk.join("browser#1", "ConsumerOfAVeryLongName#17")
    asks(talk, "browser#1", "/history", 200)
    talk.says(lane, "hello")
    view = await show(page, Feed(talk.journal, Later()).state())

    await view.get_by_role("searchbox").fill("client:browser#1")
    await lines(view).last.locator(".type").click()

    number = lines(view).last.locator("b")
    await expect(number).to_have_text("#17")
    whole = "e => e.scrollWidth <= e.clientWidth"
    assert await number.evaluate(whole)
    button = view.get_by_role("button", name="only browser#1 (WebSocket)")
    await expect(button).to_be_visible()


async def test_a_mailbox_is_followed_by_its_own_name(
    page: Page, talk: Talk
) -> None:
    box = talk.journal.named_lane("channel#1")
    letter = talk.entry("deliver", box, "chat.message", {"n": 1})
    letter.source = "layer"
    talk.journal.add(letter)
    view = await show(page, Feed(talk.journal, Later()).state())

    await lines(view).last.locator(".type").click()

    button = view.get_by_role("button", name="only channel#1")
    await expect(button).to_be_visible()


async def test_line_of_code_opens_the_editor_by_click_and_by_key(
    page: Page, talk: Talk
) -> None:
    sends = talk.says(talk.join("ada"), "hi")
    chat = "/home/ada/project/chat.py"
    sends.calls = ((chat, 7, "Chat.receive"), (chat, 3, "main"))
    state = Feed(talk.journal, Later()).state()
    view = await show(
        page, state, editor="https://editor.example/{path}:{line}"
    )
    opened: list[str] = []

    async def open_(route: Route) -> None:
        opened.append(route.request.url)
        await route.fulfill(body="opened")

    await page.context.route("https://editor.example/**", open_)

    for act in ("click", "key"):
        async with page.context.expect_page() as other:
            if act == "click":
                await lines(view).last.get_by_role("link").click()
            else:
                await lines(view).last.locator(".type").click()
                await page.keyboard.press("o")
        await (await other.value).wait_for_load_state()
        await (await other.value).close()

    assert opened == ["https://editor.example/home/ada/project/chat.py:7"] * 2
    details = view.locator(".event dl")
    await expect(details).to_contain_text("project/chat.py:7 in Chat.receive")
    await expect(details).to_contain_text("called by")
    await expect(view.locator(".done")).to_have_text("project/chat.py:7 opened")
    await screenshot(page, "list-lines")


async def test_line_of_code_is_a_text_where_no_editor_is_known(
    page: Page, talk: Talk
) -> None:
    chat = "/home/ada/project/chat.py"
    talk.says(talk.join("ada"), "hi").calls = ((chat, 7, "Chat.receive"),)
    view = await show(page, Feed(talk.journal, Later()).state())

    await lines(view).last.locator(".type").click()

    await expect(lines(view).last).to_contain_text("chat.py:7")
    await expect(view.locator("a")).to_have_count(0)
    await page.keyboard.press("o")
    await expect(view.locator(".done")).to_contain_text(f"{chat}:7 (--editor")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("o")
    await expect(view.locator(".done")).to_contain_text("No line of your own")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('42["ack",12345678901234567890]', '42["ack",12345678901234567890]'),
        ('451-/all,7["file",{"num":0}]', '451-/all,7["file",{"num":0}]'),
        (
            f'42["update",{{"tag":"input","label":"{"x" * 50}"}}]',
            f"""42[
    "update",
    {{
      "tag": "input",
      "label": "{"x" * 50}"
    }}
  ]""",
        ),
    ],
    ids=["ack", "files", "event"],
)
async def test_frame_of_socket_io_is_opened_as_json_is(
    page: Page, text: str, shown: str
) -> None:
    talk = Talk()
    talk.says(talk.join("ada"), text)
    view = await show(page, Feed(talk.journal, Later()).state())
    await view.focus()

    await page.keyboard.press("End")
    await page.keyboard.press("Enter")

    payload = view.locator(".event pre")
    assert await payload.inner_text() == f'{{\n  "text": {shown}\n}}'


async def test_text_that_is_cut_or_none_of_socket_io_stays_a_text(
    page: Page,
) -> None:
    talk = Talk()
    ada = talk.join("ada")
    talk.says(ada, f'42["update","{"long " * 2_000}"]')
    talk.says(ada, "42 [sic] is no such frame")
    view = await show(page, Feed(talk.journal, Later()).state())
    payload = view.locator(".event pre")
    await view.focus()

    await page.keyboard.press("End")
    await page.keyboard.press("Enter")
    await expect(payload).to_have_text('{"text": "42 [sic] is no such frame"}')
    await page.keyboard.press("ArrowLeft")

    await expect(payload).to_contain_text('"text": 42[')
    await expect(payload).to_contain_text("…")


async def test_behind_a_search_one_is_at_the_end_or_at_what_was_chosen(
    page: Page, talk: Talk
) -> None:
    later, updates = Later(), list[Update]()
    feed = Feed(talk.journal, later)
    view = await show(page, feed.state())
    feed.subscribe(updates.append)
    talk.chatter(60, talk.join("late"))
    later.pass_time()
    for update in updates:
        await tell(page, update)
    search, foot = view.get_by_role("searchbox"), view.locator(".foot")
    now = view.locator(".line.now")

    await search.fill("hello")
    await search.press("Enter")
    await page.keyboard.press("End")
    await expect(now).to_contain_text("hello of c9")
    await search.fill("")

    await expect(now).to_contain_text("59")
    await expect(now).to_be_in_viewport()
    await expect(foot).to_contain_text("following")

    await search.fill("hello")
    await search.press("Enter")
    await page.keyboard.press("End")
    await page.keyboard.press("Enter")
    await search.fill("")

    await expect(now).to_contain_text("hello of c9")
    await expect(now).to_be_in_viewport()
    await expect(foot).not_to_contain_text("following")


async def test_lines_of_code_are_found_as_their_rows_say_them(
    page: Page, talk: Talk
) -> None:
    ada = talk.join("ada")
    calls = ("/home/ada/chat.py", 7, "tell"), ("/home/ada/bot.py", 3, "main")
    talk.says(ada, "hi").calls = calls
    talk.says(ada, "ho").calls = calls[:1]
    lane = talk.journal.open_lane("z", "app#z")
    talk.add("receive", lane, "http.request", {"method": "GET", "path": "/z"})
    begins = talk.add("send", lane, "http.response.start", {"status": 200})
    begins.calls = (("/home/ada/views.py", 9, "page"),)
    view = await show(page, Feed(talk.journal, Later()).state())
    search = view.get_by_role("searchbox")

    for words, count in {
        "chat.py:7": 2,
        "bot.py": 0,  # the row does not say who called it; the details do
        "code:bot.py": 1,
        "code:chat.py -code:bot": 1,
        "code:views.py:9": 1,  # a request is one row
        "code:nowhere": 0,
    }.items():
        await search.fill(words)
        await expect(lines(view)).to_have_count(count)


async def test_who_is_logged_in_is_whole_where_there_is_room(
    page: Page, talk: Talk
) -> None:
    lane = talk.join("browser#1", "Chat#1")
    lane.user = "ada_lovelace"
    talk.says(lane, "hi")
    view = await show(page, Feed(talk.journal, Later()).state())

    # Of few letters is whom she talks to, so her name has most of the room.
    await view.get_by_role("searchbox").fill("client:ada_lovelace hi")

    await expect(lines(view)).to_have_count(1)
    named = view.locator(".lines .client", has_text="ada_lovelace")
    await expect(named).to_have_text("browser#1 (ada_lovelace)")
    assert await named.evaluate("e => e.scrollWidth <= e.clientWidth")


@pytest.mark.parametrize("width", [1000, 860, 666, 560, 420, 320])
async def test_columns_of_a_narrow_list_give_way(
    page: Page, talk: Talk, width: int
) -> None:
    sends = talk.says(talk.join("late", "ConsumerOfAVeryLongName#17"), "hi")
    sends.calls = (("/home/ada/project/chat.py", 7, "Chat.receive"),)
    await page.set_viewport_size({"width": width, "height": 900})
    view = await show(page, Feed(talk.journal, Later()).state())
    await screenshot(page, f"list-{width}")

    whole = "e => e.scrollWidth <= e.clientWidth"
    assert await view.locator(".drawing").evaluate(whole)
    payload = await lines(view).last.locator(".payload").bounding_box()
    assert payload
    assert payload["width"] >= 60
    assert payload["x"] + payload["width"] <= width


async def test_keys_act_on_what_is_said_and_details_follow_the_step(
    page: Page, talk: Talk
) -> None:
    view = await show(page, Feed(talk.journal, Later()).state())
    await view.get_by_role("searchbox").fill("hello")
    await lines(view).first.locator(".type").click()

    await page.keyboard.press("End")
    await page.keyboard.press("b")

    said = view.locator(".says")
    await expect(said).to_contain_text("hello of c9")
    await expect(said).to_contain_text("bookmarked")
    number = await said.locator("b").inner_text()
    title = view.locator("h3").first
    await expect(title).to_have_text(f"Event {number}")
    now = view.locator('.line[aria-selected="true"]')
    await expect(now).to_contain_text("hello of c9")


async def test_the_next_loss_is_each_of_a_folded_step_and_of_a_request(
    page: Page, talk: Talk
) -> None:
    later, updates = Later(), list[Update]()
    feed = Feed(talk.journal, later)
    view = await show(page, feed.state(), follows=True)
    feed.subscribe(updates.append)
    lanes = [talk.join(f"d{number}") for number in range(3)]
    for _ in range(12):
        talk.broadcast(lanes[0], lanes, "dropped")
    later.pass_time()
    lane = talk.journal.open_lane("z", "app#z")
    asked = {"method": "GET", "path": "/breaks"}
    talk.add("receive", lane, "http.request", asked)
    crash = talk.add("crash", lane, "KeyError", {"text": "'of z'"})
    crash.status = "raised"
    later.pass_time()
    for update in updates:
        await tell(page, update)
    # The list has a row for each, and the lanes have not.
    foot = view.locator(".foot")
    await expect(foot).not_to_contain_text("too many at once")
    await view.get_by_role("tab", name="Lanes").click()
    await expect(foot).to_contain_text("events folded: too many at once")
    await view.get_by_role("tab", name="List").click()
    done, said = view.locator(".done"), view.locator(".says")
    now = view.locator('.line[aria-selected="true"]')
    await view.get_by_role("searchbox").fill("/^d2$|^z$/")
    await view.focus()

    for number in range(1, 14):
        await page.keyboard.press("x")
        await expect(done).to_have_text(f"loss {number} of 13")
        receiver = "d2" if number < 13 else "app#z"
        await expect(now).to_contain_text(receiver)
    await expect(now).to_contain_text("KeyError")
    await expect(now).to_have_class(re.compile("inner"))
    # What is not lost is not said as if it were, though others of its step are.
    lost = re.compile("lost")
    await expect(said).to_have_class(lost)
    await expect(said).not_to_contain_text("at once, folded")
    await view.get_by_role("searchbox").fill("to:layer")
    await lines(view).first.locator(".type").click()
    await expect(said).not_to_have_class(lost)
    shown = await said.locator("b").inner_text()
    await expect(view.locator(".mono").first).to_have_text(f"{shown} of 102")
    await view.get_by_role("searchbox").fill("/^d2$|^z$/")
    await view.get_by_role("button", name="Next lost message").click()
    await view.focus()
    await page.keyboard.press("End")
    await screenshot(page, "list-next-lost")

    await view.get_by_role("tab", name="Lanes").click()
    await view.focus()
    for number in (1, 2):
        await page.keyboard.press("x")
        await expect(done).to_have_text(f"loss {number} of 13")
        await expect(said).to_contain_text("full 1/1")
    await page.keyboard.press("x")
    # Nobody may be there to unfold it, as in a notebook that was saved.
    await expect(done).to_have_text(re.compile("3 of 13, folded in this pic"))
    asked = (await page.evaluate("() => window.sent"))[-1]
    feed.hear(asked)
    await tell(page, updates[-1])
    await expect(done).to_have_text("loss 3 of 13, unfolded")
    ring = view.locator(".over circle")
    await expect(ring).to_be_in_viewport()
    for number in (4, 5, 12, 13):
        while f"{number} of" not in await done.inner_text():
            await page.keyboard.press("x")
        await expect(done).to_have_text(f"loss {number} of 13")
        await expect(ring).to_be_in_viewport()
        await expect(said).to_contain_text(
            "full 1/1" if number < 13 else "KeyError"
        )
    await screenshot(page, "lanes-next-lost")
    await view.get_by_role("searchbox").fill("hello")
    await view.focus()
    await page.keyboard.press("x")
    await expect(done).to_have_text("nothing lost is shown")


@pytest.mark.parametrize("key", ["Enter", "Escape"])
async def test_keys_go_on_from_a_search_to_what_it_found(
    page: Page, talk: Talk, key: str
) -> None:
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    await view.focus()
    await page.keyboard.press("/")
    search = view.get_by_role("searchbox")
    await expect(search).to_be_focused()
    await search.press_sequentially("hello of c3")

    await page.keyboard.press(key)
    await page.keyboard.press("b")

    await expect(view.get_by_role("treegrid")).to_be_focused()
    await expect(search).to_have_value("hello of c3")
    await expect(view.locator(".says")).to_contain_text("★ bookmarked")


async def test_who_is_followed_keeps_the_columns_of_the_lanes(
    page: Page, talk: Talk
) -> None:
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    await view.get_by_role("searchbox").fill("hello of c7")
    await view.locator(".lines .line .type").last.click()
    await view.get_by_role("button", name="only c7").click()
    followed = await asked(page, "choose")

    await view.get_by_role("tab", name="Lanes").click()

    assert [ask["choose"] for ask in await asked(page, "choose")] == [
        followed[-1]["choose"]
    ]


async def test_list_says_where_events_lack_that_were_too_many_at_once(
    page: Page,
) -> None:
    talk, later = Talk(), Later()
    lanes, updates = talk.crowd(3), list[Update]()
    feed = Feed(talk.journal, later)
    view = await show(page, feed.state())
    await view.get_by_role("tab", name="List").click()
    feed.subscribe(updates.append)
    talk.chatter(900, *lanes)
    later.pass_time()
    for update in updates:
        await tell(page, update)
    await expect(view.locator(".foot")).to_contain_text("following")
    await view.focus()
    await page.keyboard.press("Home")
    gap = view.locator(".line.gap")
    await gap.scroll_into_view_if_needed()
    await expect(gap).to_have_text(
        "389 events without a row: too many at once."
        " A search can go on among them."
    )
    await screenshot(page, "gap")
    for width in (390, 320):
        await page.set_viewport_size({"width": width, "height": 700})
        await page.wait_for_function(
            "() => { const row = document.querySelector('.line.gap');"
            " return row && row.scrollHeight <= row.clientHeight"
            " && row.scrollWidth <= row.clientWidth; }"
        )
        await screenshot(page, f"gap-{width}")
    await page.set_viewport_size({"width": 1000, "height": 900})
    await page.wait_for_function(
        "() => document.querySelector('.line.gap')?.clientHeight < 30"
    )

    # Whoever goes on by keys goes over it, and a click on it chooses nothing.
    now = view.locator(".lines .line.now")
    before = gap.locator("xpath=preceding-sibling::*[1]")
    await before.click()
    await page.keyboard.press("ArrowDown")
    after = (await now.inner_text()).split()[0]
    await gap.click()
    assert (await now.inner_text()).split()[0] == after
    await page.keyboard.press("ArrowUp")
    assert (await now.inner_text()).split()[0] == "20"
    assert after == "410"

    search, foot = view.get_by_role("searchbox"), view.locator(".foot")
    await search.fill("websocket")
    await expect(gap).to_have_count(0)
    await search.fill("nothing like it")
    await expect(view.locator(".empty")).to_contain_text(
        "so far (389 without a row)."
    )
    await search.fill("")
    await expect(foot).to_contain_text("389 events without a row")
    await view.get_by_role("button", name="Clear").click()
    await expect(view.locator(".empty")).to_contain_text("so far. Filters")
    await expect(foot).not_to_contain_text("without a row")
    await view.get_by_role("tab", name="Lanes").click()
    await expect(foot).not_to_contain_text("folded:")
    await view.get_by_role("button", name="Show earlier").click()
    await expect(foot).to_contain_text("889 events folded: too many at once")


async def test_new_view_knows_what_another_one_has_chosen(
    page: Page, talk: Talk
) -> None:
    feed = Feed(talk.journal, Later())
    feed.hear({"choose": [2, 3], "only_websockets": True})
    feed.rest()
    view = await show(page, feed.state())
    only = view.get_by_role("button", name="WebSockets only")
    await expect(only).to_have_attribute("aria-pressed", "true")
    await view.focus()
    await page.keyboard.press("Escape")

    (ask,) = await asked(page, "choose")

    assert (ask["choose"], ask["only_websockets"]) == ([], True)
    feed.hear({"choose": [4]})  # as yet another one does
    feed.refresh()
    await tell(
        page, {"version": feed.state()["version"], "state": feed.state()}
    )
    await page.evaluate("() => new Promise(requestAnimationFrame)")
    await page.keyboard.press("Escape")
    assert len(await asked(page, "choose")) == 1


async def test_chips_stay_in_another_view_and_when_a_page_is_loaded_again(
    page: Page, talk: Talk
) -> None:
    state = Feed(talk.journal, Later()).state()
    view = await show(page, state)
    chip = view.get_by_role("button", name="c3", exact=True)
    kinds = view.get_by_role("combobox", name="Type")
    await chip.click()
    await kinds.select_option("websocket.connect")
    await expect(view.locator(".foot")).to_contain_text("hidden by filters")
    foot = await view.locator(".foot").inner_text()
    chips = await page.evaluate("() => window.values.chips")

    await show(page, state, chips=chips)

    await expect(chip).to_have_attribute("aria-pressed", "false")
    await expect(kinds).to_have_value("websocket.connect")
    assert await view.locator(".foot").inner_text() == foot
    await kinds.select_option("")
    await chip.click()
    assert await page.evaluate("() => window.values.chips") == ""
    await show(page, state, chips=chips.replace("websocket.connect", "not.yet"))
    await expect(kinds).to_have_value("not.yet")
    # What is hidden has a chip, however many others there are.
    last = view.get_by_role("button", name="y", exact=True)
    await expect(last).to_have_count(0)
    await show(page, state, chips=json.dumps({"clients": ["y"]}))
    await expect(last).to_have_attribute("aria-pressed", "false")
    for wrong in ("null", "{", "7", '{"clients":7,"type":null}'):
        await show(page, state, chips=wrong)
        await expect(chip).to_have_attribute("aria-pressed", "true")
        await expect(kinds).to_have_value("")


async def test_saved_view_that_nobody_answers_has_all_that_there_is(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MANY_STEPS", 20)
    monkeypatch.setattr(steps, "FIRST_STEPS", 5)
    talk, updates = Talk(), list[Update]()
    talk.chatter(30, talk.join("ada"))
    feed = Feed(talk.journal, Later())
    await page.clock.install()
    view = await show(page, feed.state())
    foot = view.locator(".foot")
    await expect(foot).to_contain_text("older events are still coming")

    await page.clock.fast_forward("00:20")

    await expect(foot).to_contain_text("28 older events left out")
    assert (await page.evaluate("() => window.values.state"))["is_whole"]
    # Who is late is heard all the same; and of whom one has heard more comes.
    feed.subscribe(updates.append)
    feed.refresh()
    await tell(page, updates[-1])
    await expect(foot).not_to_contain_text("older")
    await show(page, Feed(talk.journal, Later()).state())
    await tell(page, {"said": "Not sent"})
    await page.clock.fast_forward("00:20")
    await expect(foot).to_contain_text("older events are still coming")


async def test_escape_ends_the_search_and_then_what_is_followed(
    page: Page, talk: Talk
) -> None:
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    await lines(view).filter(has_text="hello of c3").click()
    await view.get_by_role("button", name="only c3").click()
    search = view.get_by_role("searchbox")
    await search.fill("hello")
    await search.press("Escape")
    await expect(lines(view)).to_have_count(1)

    await page.keyboard.press("Escape")  # what is looked at comes first
    await expect(view.locator(".event")).to_be_hidden()
    await expect(search).to_have_value("hello")
    await page.keyboard.press("Escape")
    await expect(search).to_have_value("")
    await expect(view.locator(".done")).to_have_text("Search for “hello” ended")
    await expect(lines(view).filter(has_text="→ Chat#c4")).to_have_count(0)
    await page.keyboard.press("Escape")

    await expect(lines(view).filter(has_text="hello of c4")).to_have_count(1)
    await expect(lines(view).filter(has_text="hello of c3")).to_have_class(
        re.compile("now")  # what was found is there, with all around it
    )


async def test_escape_leads_back_from_the_rules(page: Page, talk: Talk) -> None:
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    await lines(view).last.click()
    chip = view.get_by_role("button", name="Fold…")
    await chip.click()
    rules = view.locator(".rules textarea")
    await expect(rules).to_be_focused()

    await rules.press("Escape")

    await expect(rules).to_be_hidden()
    await expect(chip).to_be_focused()
    await expect(chip).to_have_attribute("aria-expanded", "false")
    await expect(view.locator(".event")).to_be_visible()  # nothing is let go


async def test_answer_to_head_has_no_size(page: Page, talk: Talk) -> None:
    lane = talk.journal.open_lane("z", "app#z")
    request = {"method": "HEAD", "path": "/page"}
    talk.add("receive", lane, "http.request", request)
    talk.add("send", lane, "http.response.start", {"status": 200})
    talk.add("send", lane, "http.response.body", {"body": b"12345"})

    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)

    exchange = lines(view).filter(has_text="HEAD")
    await expect(exchange.locator(".size")).to_have_text("0 B")


async def test_row_of_a_stream_says_that_its_client_has_left(
    page: Page, talk: Talk
) -> None:
    for client, left in (("stays", False), ("goes", True)):
        lane = talk.journal.open_lane(client, f"app#{client}")
        request = {"method": "GET", "path": "/events"}
        talk.add("receive", lane, "http.request", request)
        talk.add("send", lane, "http.response.start", {"status": 200})
        if left:
            end = talk.entry("receive", lane, "http.disconnect", {})
            end.reason = "client left"
            talk.journal.add(end)

    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)

    streams = lines(view).filter(has_text="/events").locator(".payload")
    await expect(streams).to_have_text(
        ["200 /events", "200 /events client left"]
    )


@pytest.mark.parametrize("leaves_out", ["Clear", "a search"])
async def test_board_is_of_now_where_no_step_is_shown(
    page: Page, leaves_out: str
) -> None:
    talk = Talk()
    lane = talk.join("ada")
    talk.broadcast(lane, [lane], "waiting")
    view = await show(page, Feed(talk.journal, Later()).state(), follows=True)
    await view.get_by_role("tab", name="Mailboxes").click()
    drawing = view.locator(".drawing")
    words = await drawing.inner_text()
    assert "Chat#ada" in words

    if leaves_out == "Clear":
        await view.get_by_role("button", name="Clear").click()
    else:
        await view.get_by_role("searchbox").fill("what nobody has said")

    await expect(view.locator(".foot")).to_contain_text("step 0 of 0")
    assert await drawing.inner_text() == words


async def test_row_of_a_request_that_was_read_late_has_what_it_carried(
    page: Page,
) -> None:
    talk = Talk()
    lane = talk.journal.open_lane("z", "app#z")
    request = {"method": "POST", "path": "/late"}
    talk.add("receive", lane, "http.request", request)
    talk.add("receive", lane, "http.request", {**request, "body": b"hello"})
    talk.add("send", lane, "http.response.start", {"status": 200})
    view = await show(page, Feed(talk.journal, Later()).state())
    await view.get_by_role("tab", name="List").click()

    exchange = lines(view).locator(".payload")
    await expect(exchange).to_have_text("200 /late hello")
