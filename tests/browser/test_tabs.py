"""The tabs of a live view, by keyboard and by mouse."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from minichannels.flow.live.feed import Feed, Update
from support import django_settings, story
from support.journals import Later
from support.live import show


@pytest.fixture(scope="module")
def told() -> Update:
    """Return the story of the drawings, as a feed tells it."""
    django_settings.set_up()
    return Feed(asyncio.run(story.tell()).journal or (), Later()).state()


async def test_arrows_go_from_tab_to_tab_and_round(
    page: Page, told: Update
) -> None:
    view = await show(page, told)
    says = await view.locator(".says").inner_text()
    tabs = view.get_by_role("tab")
    assert await tabs.count() == 4
    chosen = view.get_by_role("tab", selected=True)
    await chosen.focus()

    for key, name in (
        ("ArrowRight", "Mailboxes"),
        ("ArrowRight", "Groups"),
        ("End", "List"),
        ("ArrowRight", "Lanes"),
        ("ArrowLeft", "List"),
        ("Home", "Lanes"),
    ):
        await page.keyboard.press(key)
        await expect(chosen).to_have_text(name)
        await expect(chosen).to_be_focused()
        panel = view.get_by_role("tabpanel", name=name)
        await expect(panel).to_be_visible()
    # To the view arrows are steps, and none was gone.
    await expect(view.locator(".says")).to_have_text(says)


async def test_the_tab_key_stops_at_the_chosen_tab_alone(
    page: Page, told: Update
) -> None:
    view = await show(page, told)
    await view.get_by_role("tab", name="Groups").press("Enter")
    await expect(view.get_by_role("tab", selected=True)).to_have_text("Groups")

    await page.keyboard.press("Tab")
    beyond = view.get_by_role("tab").and_(page.locator(":focus"))
    await expect(beyond).to_have_count(0)
    await page.keyboard.press("Shift+Tab")

    await expect(view.get_by_role("tab", name="Groups")).to_be_focused()


async def test_other_keys_mean_at_a_tab_what_they_mean_in_the_view(
    page: Page, told: Update
) -> None:
    view = await show(page, told)
    await view.get_by_role("tab", name="Lanes").focus()

    await page.keyboard.press("Shift+ArrowRight")
    await page.keyboard.press("x")

    await expect(view.locator(".done")).to_contain_text("loss 2 of")
    await expect(view.get_by_role("tab", selected=True)).to_have_text("Lanes")


async def test_whoever_clicks_a_tab_goes_on_with_the_steps(
    page: Page, told: Update
) -> None:
    view = await show(page, told)
    await view.get_by_role("tab", name="List").click()
    await expect(view.get_by_role("treegrid")).to_be_focused()

    await page.keyboard.press("Home")
    await page.keyboard.press("ArrowRight")

    await expect(view.locator(".says")).to_contain_text("2 Chat")
    await expect(view.get_by_role("tab", selected=True)).to_have_text("List")
