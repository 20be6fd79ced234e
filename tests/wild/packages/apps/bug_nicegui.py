"""NiceGUI: each browser counts how often its own button was pressed."""

from fastapi import FastAPI
from nicegui import ui

app = FastAPI()
labels = {}


@ui.page("/{name}")
def page(name):
    count = {"value": 0}
    labels["count"] = ui.label(f"{name} pressed 0 times")

    def more():
        count["value"] += 1
        labels["count"].set_text(f"{name} pressed {count['value']} times")

    ui.button("more", on_click=more)


ui.run_with(app)
