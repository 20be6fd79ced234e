"""Shiny: an output that follows an input."""

from shiny import App, render, ui

page = ui.page_fluid(
    ui.input_text("name", "Name", "nobody"), ui.output_text("greeting")
)


def server(input, output, session):
    @render.text
    def greeting():
        return f"hello {input.name()}"


app = App(page, server)
