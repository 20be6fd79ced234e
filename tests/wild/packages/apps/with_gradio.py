"""Gradio: a function with a form, called over its queue."""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # it would tell its makers

import gradio
from fastapi import FastAPI


def greet(name):
    return f"hello {name}"


form = gradio.Interface(greet, "text", "text", api_name="greet")
app = gradio.mount_gradio_app(FastAPI(), form, path="")
