import subprocess
import sys
import textwrap

import pytest


@pytest.mark.parametrize("package", ["uvicorn", "websockets", "h11"])
def test_the_lab_says_what_to_install(package: str) -> None:
    program = f"""
    import sys
    sys.modules[{package!r}] = None
    import minichannels
    try:
        import minichannels.lab
    except ImportError as error:
        print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == (
        f'the lab needs {package}; run pip install "minichannels[lab]"\n'
    )


def test_the_lab_says_so_in_this_process_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in list(sys.modules):
        if name.startswith("minichannels.lab"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    with pytest.raises(ImportError, match="the lab needs uvicorn"):
        import minichannels.lab  # noqa: F401


def test_a_process_ends_at_once_while_a_server_runs() -> None:
    program = """
    import asyncio
    from minichannels.lab import serve

    async def application(scope, receive, send):
        if scope["type"] != "lifespan":
            await send({"type": "websocket.accept"})
            await asyncio.Event().wait()

    async def main():
        await serve(application).connect(name="ada")

    asyncio.run(main())
    print("end")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )

    assert (done.stdout, done.stderr) == ("end\n", "")
