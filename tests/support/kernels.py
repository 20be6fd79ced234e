"""A Jupyter kernel, and what a person does with it."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from jupyter_client.manager import KernelManager, start_new_kernel

LIMIT = 30


class Kernel:
    """A kernel, and what a person does with it."""

    def __init__(self, manager: KernelManager, client: Any) -> None:
        self.manager = manager
        self.client = client

    def run(self, *cells: str) -> list[str]:
        """Run cells, queued at once; return what each showed or raised."""
        sent = [
            self.client.execute(cell, stop_on_error=False) for cell in cells
        ]
        shown = dict.fromkeys(sent, "")
        left = set(sent)
        while left:
            message = self.client.get_iopub_msg(timeout=LIMIT)
            cell = message["parent_header"].get("msg_id")
            content = message["content"]
            if cell in shown:
                shown[cell] += self._text(message["msg_type"], content)
            if content.get("execution_state") == "idle":
                left.discard(cell)
        return list(shown.values())

    @staticmethod
    def _text(kind: str, content: Any) -> str:
        if kind == "error":
            return f"{content['ename']}: {content['evalue']}"
        if kind == "execute_result":
            return str(content["data"]["text/plain"])
        if kind == "display_data":
            return f"{content['data']['text/plain']}\n"
        return str(content["text"]) if kind == "stream" else ""

    def interrupt(self, cell: str) -> str:
        """Run a cell that prints and then waits, and interrupt it then.

        Returns:
            What it raised, long before its own wait of a minute was over.
        """
        request = self.client.execute(cell, stop_on_error=False)
        while (message := self._next())["msg_type"] != "stream":
            pass
        self.manager.interrupt_kernel()
        while (message := self._next())["msg_type"] != "error":
            assert message["parent_header"]["msg_id"] == request
        return str(message["content"]["ename"])

    def interrupt_again(self, cell: str) -> str:
        """Run a cell that prints and then blocks, and interrupt it twice.

        More often only if a busy machine has lost one: an interrupt that comes
        late meets the next cell.

        Returns:
            What it raised.
        """
        self.client.execute(cell, stop_on_error=False)
        while self._next()["msg_type"] != "stream":
            pass
        for patience in (1, LIMIT / 3, LIMIT / 3):
            self.manager.interrupt_kernel()
            with suppress(queue.Empty):
                while True:
                    message = self.client.get_iopub_msg(timeout=patience)
                    if message["msg_type"] == "error":
                        return str(message["content"]["ename"])
        raise TimeoutError(f"not interrupted after {LIMIT} s: {cell}")

    def _next(self) -> Any:
        return self.client.get_iopub_msg(timeout=LIMIT)


def start(**options: Any) -> tuple[KernelManager, Any]:
    """Start a kernel; return its manager, and a client.

    Its ports are looked for before it starts. If another process has taken one
    of them in the meantime it dies at once, and is started once more.

    Args:
        options: its folder ``cwd`` and its environment ``env``.
    """
    begin = partial(
        start_new_kernel,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        **options,
    )
    try:
        return begin()
    except RuntimeError:
        return begin()


@contextmanager
def started(**options: Any) -> Iterator[Kernel]:
    """Start a kernel, and end it; see :func:`start`."""
    manager, client = start(**options)
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
