"""``python -m minichannels``, in this process and in one of its own."""

import errno
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

import minichannels
from minichannels.__main__ import main, parser
from minichannels.flow import Flow
from support.programs import (
    command,
    make_django_project,
    make_starlette_project,
)
from support.servers import LIMIT, closing, next_frame
from support.story import GOLDEN

FLOW = GOLDEN / "flow.json"


def test_version_is_that_of_the_package(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])

    assert end.value.code == 0
    assert capsys.readouterr().out == f"{minichannels.__version__}\n"


def test_help_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])

    assert end.value.code == 0
    said = capsys.readouterr().out
    assert "record" in said
    assert "show" in said


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "the following arguments are required: command"),
        (["record"], "the following arguments are required: application"),
        (["record", "a:b", "--port", "70000"], "0 to 65535, not '70000'"),
        (["record", "a:b", "--port", "-1"], "0 to 65535, not '-1'"),
        (
            ["worker", "a:b", "c", "--as", "a b"],
            "process cannot be called 'a b'",
        ),
        (["worker", "a:b"], "the following arguments are required: channel"),
        (["record", "a:b", "--keep", "0"], "is from 1 on, not '0'"),
        (["record", "a:b", "--keep", "x"], "is from 1 on, not 'x'"),
        (["record", "a:b", "--name-from", "ip"], "not where a name stands"),
        (["record", "a:b", "--editor", "code"], "not the address of an edit"),
        (["record", "a:b", "--path", "/"], "'/' is not a path of its own"),
        (["record", "a:b", "--path", ""], "'' is not a path of its own"),
        (["record", "a:b", "--path", "../x"], "'../x' is not a path of its"),
        (["record", "a:b", "--path", "/ä/"], "'/ä/' is not a path of its"),
        (["record", "a:b", "--path", "/a?b"], "'/a?b' is not a path of its"),
    ],
)
def test_arguments_that_cannot_be_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], problem: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)

    assert end.value.code == 2
    assert problem in capsys.readouterr().err


def test_an_error_is_one_line_and_a_status(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["record", "nowhere"])

    assert status == 2
    assert capsys.readouterr().err == (
        "python -m minichannels: error: 'nowhere' names no application; write"
        " module:attribute, such as mysite.asgi:application\n"
    )


def test_a_working_directory_that_is_gone_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone() -> str:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr(os, "getcwd", gone)

    assert main(["record", "their_module:app"]) == 1
    assert "the working directory cannot be had" in capsys.readouterr().err


def test_an_error_of_the_project_has_its_traceback(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "path", sys.path[:])
    (tmp_path / "their_broken.py").write_text("1 / 0\n", encoding="utf-8")

    status = main(["record", "their_broken:app", "--app-dir", str(tmp_path)])

    assert status == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "Traceback (most recent call last):"
    assert said[1] == (
        f'  File "{tmp_path / "their_broken.py"}", line 1, in <module>'
    )
    assert said[-1] == (
        "python -m minichannels: error: their_broken raised"
        " ZeroDivisionError: division by zero"
    )


def test_interrupted_before_it_serves_it_ends(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "path", sys.path[:])
    module = tmp_path / "their_slow.py"
    module.write_text("raise KeyboardInterrupt", encoding="utf-8")

    status = main(["record", "their_slow:app", "--app-dir", str(tmp_path)])

    assert status == 130
    assert capsys.readouterr().err == ""


def test_show_prints_a_flow_as_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["show", "--text", str(FLOW)])

    assert status == 0
    stored = (GOLDEN / "flow.txt").read_text(encoding="utf-8")
    assert capsys.readouterr().out == stored


def test_record_needs_a_server_but_no_jupyter() -> None:
    script = (
        "import json, sys, minichannels.__main__, minichannels.cli.serving"
        "; print(json.dumps([*sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert loaded >= {"minichannels", "uvicorn", "websockets"}
    assert not loaded & {
        *("anywidget", "IPython", "ipykernel", "jupyter_client"),
        *("nest_asyncio", "nest_asyncio2", "psutil", "traitlets"),
    }


# As a process


async def test_a_django_project_is_recorded_as_it_is(tmp_path: Path) -> None:
    make_django_project(tmp_path)
    saved = tmp_path / "flow.json"
    arguments = [
        "mysite.asgi:application",
        "--port",
        "0",
        "--save",
        "flow.json",
    ]
    with command("record", *arguments, folder=tmp_path) as program:
        page = program.page()
        root = page.removesuffix(".flow/")
        address = root.replace("http", "ws", 1) + "ws/chat/"
        async with (
            connect(address, proxy=None) as ada,
            connect(address, proxy=None) as bob,
            httpx.AsyncClient(trust_env=False, timeout=LIMIT) as browser,
        ):
            await ada.send("hello")
            assert await next_frame(ada) == "hello"
            assert await next_frame(bob) == "hello"
            admin = await browser.get(f"{root}admin/login/")
            assert "Django administration" in admin.text
            flow = Flow.from_json((await browser.get(f"{page}flow.json")).text)
            program.interrupt()
            assert (await closing(ada))[0] == 1012
        status, said = program.wait()

    assert status == 0, said
    assert f"{len(Flow.from_json(saved.read_text()))} events" in said
    assert "Traceback" not in said
    # Nothing of the page, and all of the project.
    asked = [event.payload["path"] for event in flow if "path" in event.payload]
    assert asked == ["/ws/chat/", "/ws/chat/", "/admin/login/"]
    (sent,) = [event for event in flow if event.kind == "group_send"]
    assert (sent.group, sent.members) == ("chat_lobby", 2)
    heard = [
        event.target for event in flow if event.payload.get("text") == "hello"
    ]
    assert heard == ["ChatConsumer#1", "browser#1", "browser#2"]
    with command("show", "flow.json", folder=tmp_path) as program:
        async with httpx.AsyncClient(trust_env=False) as browser:
            shown = await browser.get(f"{program.page()}flow.json")
        program.interrupt()
        assert program.wait()[0] == 0
    assert shown.text == saved.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="ends without a signal")
async def test_a_starlette_application_is_recorded_until_sigterm(
    tmp_path: Path,
) -> None:
    make_starlette_project(tmp_path)
    saved = tmp_path / "flow.json"
    saved.write_text("a former flow", encoding="utf-8")
    arguments = ["main:app", "--port", "0", "--save", "flow.json"]
    with command("record", *arguments, folder=tmp_path) as program:
        page = program.page()
        root = page.removesuffix(".flow/")
        address = root.replace("http", "ws", 1) + "ws/chat/"
        async with connect(address, proxy=None) as ada:
            await ada.send("hello")
            assert await next_frame(ada) == "hello"
            async with httpx.AsyncClient(trust_env=False) as browser:
                assert (await browser.get(f"{root}hello/")).text == "hello"
            program.terminate()
            await closing(ada)
        status, said = program.wait()

    assert status == 0, said
    assert "events saved in flow.json" in said
    paths = [
        event["payload"]["path"]
        for event in json.loads(saved.read_text(encoding="utf-8"))["events"]
        if "path" in event["payload"]
    ]
    assert paths == ["/ws/chat/", "/hello/"]


@pytest.mark.skipif(sys.platform == "win32", reason="ends without a signal")
@pytest.mark.parametrize(
    "line",
    [
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=[10_000]).start()\n",
        "from concurrent.futures import ThreadPoolExecutor\nimport time\n"
        "ThreadPoolExecutor().submit(time.sleep, 10_000)\n",
    ],
    ids=["a thread", "a pool"],
)
async def test_another_interrupt_ends_it_although_a_thread_goes_on(
    tmp_path: Path, line: str
) -> None:
    make_starlette_project(tmp_path)
    main = tmp_path / "main.py"
    main.write_text(main.read_text() + line, encoding="utf-8")
    arguments = ["main:app", "--port", "0", "--save", "flow.json"]
    with command("record", *arguments, folder=tmp_path) as program:
        program.page()
        program.interrupt()
        program.find("(saved) in flow.json")
        program.interrupt()
        status, said = program.wait()

    assert status == 0
    assert "Exception" not in said


def test_module_is_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["minichannels", "show", "--text", str(FLOW)]
    monkeypatch.setattr(sys, "argv", arguments)
    monkeypatch.delitem(sys.modules, "minichannels.__main__")
    # What it really does would end the tests.
    monkeypatch.setattr("minichannels.cli.leaving.leave", sys.exit)

    with pytest.raises(SystemExit) as end:
        runpy.run_module("minichannels", run_name="__main__")

    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("Flow: ")


def test_editor_is_that_of_the_environment_unless_another_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["record", "a:b"]
    monkeypatch.delenv("MINICHANNELS_EDITOR", raising=False)
    assert parser().parse_args(line).editor is None
    monkeypatch.setenv("MINICHANNELS_EDITOR", "x:{path}")
    assert parser().parse_args(line).editor == "x:{path}"
    assert parser().parse_args([*line, "--editor=y:{path}"]).editor[0] == "y"
    monkeypatch.setenv("MINICHANNELS_EDITOR", "vi")

    with pytest.raises(SystemExit):
        parser().parse_args(line)

    assert "'vi' is not the address of an editor" in capsys.readouterr().err
