"""A Flask application behind a2wsgi, which runs it in threads."""

from a2wsgi import WSGIMiddleware
from flask import Flask, request

flask = Flask(__name__)


@flask.get("/hello/<name>")
def hello(name):
    return {"hello": name}


@flask.post("/length")
def length():
    return str(len(request.get_data()))


@flask.get("/parts")
def parts():
    return (f"part {number}\n" for number in range(5))


app = WSGIMiddleware(flask)
