"""NiceGUI: a page with a button that counts, for each browser its own."""

from fastapi import FastAPI
from nicegui import ui

app = FastAPI()


@ui.page("/")
def page():
    count = {"value": 0}

    def more():
        count["value"] += 1
        label.set_text(f"pressed {count['value']} times")

    label = ui.label("pressed 0 times")
    ui.button("more", on_click=more)


ui.run_with(app)
