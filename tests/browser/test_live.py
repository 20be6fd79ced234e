"""The live view in a real JupyterLab, by keyboard, through its survivals."""

from pathlib import Path

from playwright.async_api import Locator, expect

from support.jupyter import Learner
from support.notebooks import write_notebook

CHAT = """
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab import serve
from minichannels.layers import InMemoryChannelLayer, channel_layers

channel_layers.set("default", InMemoryChannelLayer(capacity=1))

class Chat(AsyncWebsocketConsumer):
    groups = ["chat"]

    async def receive(self, text_data=None, bytes_data=None):
        message = {"type": "chat.message", "text": text_data}
        await self.channel_layer.group_send("chat", message)

    async def chat_message(self, event):
        await self.send(event["text"])

server = serve(Chat.as_asgi())
layer = channel_layers["default"]
ada = await server.connect("/", name="ada")
"""
# A mailbox for one message that nobody reads.
LOSES = """
await layer.group_add("chat", "unread")
for text in ("one", "two", "three"):
    await ada.send(text)
    await ada.recv()
await server.settle()
"""
LIVE = "server.flow.live()"
FOLLOW = """
await ada.send("again")
await ada.recv()
print(len(server.flow.journal.watchers))
"""
BLOCKS = """
import pathlib
import time

from websockets.sync.client import connect

with connect(server.url.replace("http", "ws")) as eve:
    eve.send("hello from eve")
    eve.recv()
    end = time.monotonic() + 20
    while not pathlib.Path("go").exists() and time.monotonic() < end:
        time.sleep(0.05)
print("was let go" if time.monotonic() < end else "nobody let it go")
"""

THEME = """theme => window.jupyterapp.commands.execute(
  "apputils:change-theme", { theme })"""


def view_of(learner: Learner) -> Locator:
    return learner.page.locator(".jp-OutputArea .mclive")


async def open_again(learner: Learner, name: str) -> None:
    """Load the page anew, once more if JupyterLab was too early.

    Its widget manager says that a kernel is connected to all who wait for
    their models, also while it still reads those of the notebook.
    """
    lost = learner.page.get_by_text("model not found")
    await learner.load(name)
    await expect(view_of(learner).or_(lost)).to_be_visible()
    if await lost.count():
        await learner.load(name)


async def press(view: Locator, *keys: str) -> None:
    for key in keys:
        await view.page.keyboard.press(key)


async def test_live_is_driven_by_keyboard(
    learner: Learner, notebooks: Path
) -> None:
    write_notebook(notebooks / "x-live.ipynb", CHAT, LOSES, LIVE)
    await learner.open("x-live.ipynb")
    await learner.run_all()
    view = view_of(learner)
    says, count = view.locator(".says"), view.locator(".bar .mono").first

    # It opens paused at the first loss.
    await expect(says).to_contain_text("dropped at unread")
    await expect(view.get_by_role("button", name="Play")).to_be_visible()
    await learner.screenshot("x-live-opened")
    await learner.page.evaluate(THEME, "JupyterLab Dark")
    await expect(view).to_have_class("mclive dark")
    await learner.screenshot("x-live-dark")
    await learner.page.evaluate(THEME, "JupyterLab Light")
    await expect(view).to_have_class("mclive")
    first_loss = await count.inner_text()

    await view.focus()
    await press(view, "x")
    await expect(says).to_contain_text("three")
    await press(view, "x")
    await expect(count).to_have_text(first_loss)
    await press(view, "ArrowLeft")
    await expect(says).to_contain_text("ada sends websocket.receive")
    await press(view, "Home")
    await expect(says).to_contain_text("ada sends websocket.connect")
    await press(view, "ArrowRight", "Space")
    await expect(view.get_by_role("button", name="Pause")).to_be_visible()
    await expect(says).not_to_contain_text("websocket.connect")
    await press(view, "End")
    await expect(view.locator(".foot")).to_contain_text("following")
    await press(view, "x", "Enter")
    why = view.locator("ol[aria-label=Why] li")
    await expect(why).to_have_count(3)
    await expect(why.first).to_contain_text("ada sends websocket.receive")
    await expect(why.last).to_contain_text("dropped")
    await expect(view.locator("pre")).to_contain_text('"text": "two"')
    await expect(view.locator(".row.dim")).not_to_have_count(0)
    await learner.screenshot("x-live-why")
    await press(view, "Escape")
    await expect(view.locator(".row.dim")).to_have_count(0)
    await view.get_by_role("button", name="only lost").press("Enter")
    await expect(view.locator(".foot")).to_contain_text("hidden by filters")
    await view.focus()
    await press(view, "Home")
    await expect(says).to_contain_text("websocket.receive")
    await view.get_by_role("tab", name="Mailboxes").press("Enter")
    await expect(view.get_by_text("What waits in each")).to_be_visible()
    await view.get_by_role("tab", name="Groups").press("Enter")
    await expect(view.get_by_text("Who is in which group")).to_be_visible()
    assert await learner.errors() == []  # X has not cut a cell
    assert learner.problems == []


async def test_live_follows_while_a_cell_blocks(
    learner: Learner, notebooks: Path
) -> None:
    (notebooks / "go").unlink(missing_ok=True)
    write_notebook(notebooks / "x-blocks.ipynb", CHAT, LIVE, BLOCKS)
    await learner.open("x-blocks.ipynb")
    await learner.run_to("flow.live")
    view = view_of(learner)
    await expect(view.locator(".foot")).to_contain_text("following")

    await learner.page.evaluate(RUN_LAST)
    await expect(view.locator(".drawing")).to_contain_text("hello from eve")
    assert (await learner.outputs(3)) == []  # the cell still blocks
    (notebooks / "go").touch()

    await expect(
        learner.page.get_by_text("was let go", exact=True)
    ).to_be_visible()
    assert learner.problems == []


async def test_cell_that_is_run_again_leaves_nothing_that_follows(
    learner: Learner, notebooks: Path
) -> None:
    write_notebook(notebooks / "x-again.ipynb", CHAT, LIVE, FOLLOW)
    await learner.open("x-again.ipynb")
    await learner.run_all()
    view = view_of(learner)
    for _ in range(3):
        await learner.run_cell("server.flow.live")
        await expect(view.locator(".foot")).to_contain_text("following")

    await learner.run_cell("await ada.send")

    await expect(view.locator(".drawing")).to_contain_text("again")
    (output,) = await learner.outputs(3)
    assert output["text"] == "1\n"
    assert learner.problems == []


async def test_page_that_is_loaded_anew_leaves_nothing_that_follows(
    learner: Learner, notebooks: Path
) -> None:
    write_notebook(notebooks / "x-anew.ipynb", CHAT, LIVE, FOLLOW)
    await learner.open("x-anew.ipynb")
    await learner.run_to("server.flow.live")
    await expect(view_of(learner).locator(".foot")).to_contain_text("following")

    await learner.load("x-anew.ipynb")  # what has not been saved is not there
    await learner.run_cell("await ada.send")

    (output,) = await learner.outputs(3)
    assert output["text"] == "0\n"
    assert learner.problems == []


# Runs the last cell, and does not wait for it.
RUN_LAST = """() => {
  const { commands, shell } = window.jupyterapp;
  const notebook = shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.length - 1;
  void commands.execute("notebook:run-cell");
}"""
SAVE = """async () => {
  await window.jupyterapp.shell.currentWidget.context.save();
}"""
# The setting "Save Widget State Automatically" of JupyterLab, on or off.
TOGGLE_STATE = """async () => await window.jupyterapp.commands.execute(
  "@jupyter-widgets/jupyterlab-manager:saveWidgetState")"""


async def test_live_survives_reloads_and_the_kernels_death(
    learner: Learner, notebooks: Path
) -> None:
    write_notebook(notebooks / "x-survives.ipynb", CHAT, LOSES, LIVE)
    await learner.open("x-survives.ipynb")
    await learner.page.evaluate(TOGGLE_STATE)
    await learner.run_all()
    view = view_of(learner)
    says = view.locator(".says")
    await expect(says).to_contain_text("dropped")
    await learner.page.evaluate(SAVE)

    # The page is loaded again, the kernel lives.
    await open_again(learner, "x-survives.ipynb")
    await expect(says).to_contain_text("dropped at unread")
    await view.focus()
    await press(view, "Home")
    await expect(says).to_contain_text("websocket.connect")

    # The kernel dies, the page stays.
    await learner.end_kernel()
    await press(view, "x", "Enter")
    await expect(view.locator("ol li")).to_have_count(3)

    # The page is loaded again, and that kernel is no more.
    await open_again(learner, "x-survives.ipynb")
    await expect(says).to_contain_text("dropped at unread")
    await view.focus()
    await press(view, "Home")
    await expect(says).to_contain_text("websocket.connect")
    await learner.page.evaluate(TOGGLE_STATE)
    assert learner.problems == []
