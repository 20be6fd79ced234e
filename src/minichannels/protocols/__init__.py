"""Servers for protocols beyond the web: MQTT, IRC, amateur radio."""
