"""Streamlit: a script that runs again for each browser."""

from pathlib import Path

from streamlit.starlette import App

app = App(Path(__file__).with_name("streamlit_script.py"))
