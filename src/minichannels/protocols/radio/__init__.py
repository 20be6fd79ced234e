"""Amateur radio: a station with a modem, or with the internet instead."""

from minichannels.protocols.radio.heard import Recent
from minichannels.protocols.radio.internet import AprsIs
from minichannels.protocols.radio.station import Radio

__all__ = ["AprsIs", "Radio", "Recent"]
