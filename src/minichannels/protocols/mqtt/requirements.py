"""The package of the extra ``mqtt``, or an error that names it."""

try:
    import aiomqtt
except ImportError as error:
    raise ImportError(
        f'MQTT needs {error.name}; run pip install "minichannels[mqtt]"'
    ) from error

__all__ = ["aiomqtt"]
