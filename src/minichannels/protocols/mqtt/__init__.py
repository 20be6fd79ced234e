"""MQTT: a client of a broker, and what may be sent over it."""

from minichannels.protocols.mqtt.client import MqttClient
from minichannels.protocols.mqtt.messages import require_filter, require_topic

__all__ = ["MqttClient", "require_filter", "require_topic"]
