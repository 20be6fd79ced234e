"""Stores of sessions for tests."""

from minichannels.sessions import MemoryStore
from support.clock import Clock


class Told(MemoryStore):
    """A store in memory that tells what it was asked."""

    def __init__(self) -> None:
        super().__init__(Clock())
        self.told: list[str] = []

    def load(self, key: str) -> str | None:
        self.told.append("load")
        return super().load(key)

    def create(self, text: str, seconds: float) -> str:
        self.told.append("create")
        return super().create(text, seconds)

    def delete(self, key: str) -> None:
        self.told.append("delete")
        super().delete(key)


class AsyncStore:
    """A store that one has to wait for."""

    def __init__(self) -> None:
        self.inner = MemoryStore(Clock())

    async def load(self, key: str) -> str | None:
        return self.inner.load(key)

    async def create(self, text: str, seconds: float) -> str:
        return self.inner.create(text, seconds)

    async def update(self, key: str, text: str, seconds: float) -> str | None:
        return self.inner.update(key, text, seconds)

    async def delete(self, key: str) -> None:
        self.inner.delete(key)
