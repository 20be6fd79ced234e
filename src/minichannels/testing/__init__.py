"""Communicators: they play server and client for one application.

Source: Channels, "Testing".
"""

from minichannels.testing.application import ApplicationCommunicator
from minichannels.testing.http import HttpCommunicator
from minichannels.testing.websocket import WebsocketCommunicator

__all__ = [
    "ApplicationCommunicator",
    "HttpCommunicator",
    "WebsocketCommunicator",
]
