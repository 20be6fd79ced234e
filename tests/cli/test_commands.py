import json
import signal
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from minichannels.__main__ import main
from minichannels.cli.serving import listen
from minichannels.flow import Flow
from minichannels.flow.web.app import UNMASKED
from support import django_settings
from support.limit import LIMIT
from support.story import GOLDEN

django_settings.set_up()  # Channels is there in the tests' process

Write = Callable[[str], None]
Capture = pytest.CaptureFixture[str]
Visits = Callable[[Callable[[str], object]], None]

FLOW = GOLDEN / "flow.json"
RECORD = ["record", "their_module:app", "--port", "0", "--open"]
HELLO = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise ValueError("no lifespan")
    await receive()
    headers = [(b"content-length", b"5")]
    await send(
        {"type": "http.response.start", "status": 200, "headers": headers}
    )
    await send({"type": "http.response.body", "body": b"hello"})
"""
KEEPS_AN_ERROR = """
import logging
async def app(scope, receive, send):
    try:
        raise ValueError("no bird")
    except ValueError:
        logging.getLogger("framework").exception("in a view")
    await send({"type": "http.response.start", "status": 500})
    await send({"type": "http.response.body", "body": b"sorry"})
"""
ECHO = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise ValueError("no lifespan")
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})
"""
FAILS = """
async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})
"""


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> Visits:
    """Have the browser that is opened do something; then comes Ctrl-C."""

    def prepare(visit: Callable[[str], object]) -> None:
        def opened(address: str) -> None:
            try:
                visit(address)
            finally:
                signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(webbrowser, "open", opened)

    return prepare


def get(address: str) -> httpx.Response:
    return httpx.get(address, trust_env=False, timeout=LIMIT)


def test_record_serves_saves_and_says_where(
    project: Write, visits: Visits, tmp_path: Path, capsys: Capture
) -> None:
    answers: list[str] = []

    def visit(address: str) -> None:
        answers.append(get(address.replace("side", "greet")).text)
        answers.append(get(f"{address}flow.txt").text)

    project(HELLO)
    visits(visit)
    saved = tmp_path / "flow.json"

    status = main(
        [*RECORD, "--path=side", f"--app-dir={tmp_path}", f"--save={saved}"]
    )

    assert status == 0
    assert answers[0] == "hello"
    assert "http.request GET /greet/" in answers[1]
    assert "/side/" not in answers[1]
    flow = Flow.from_json(saved.read_text(encoding="utf-8"))
    assert flow.events[0].payload["path"] == "/greet/"
    said = capsys.readouterr()
    first, second, last = said.out.splitlines()
    assert first.startswith("Recording their_module:app at http://127.0.0.1:")
    assert second.endswith("/side/ (Ctrl-C stops)")
    assert last == f"{len(flow)} events saved in {saved}"
    assert said.err == ""


def test_record_tells_the_error_that_a_framework_has_kept(
    project: Write, visits: Visits, tmp_path: Path
) -> None:
    told: list[str] = []

    def visit(address: str) -> None:
        get(address.replace(".flow", "birds"))
        told.append(get(f"{address}flow.txt").text)

    project(KEEPS_AN_ERROR)
    visits(visit)

    assert main([*RECORD, f"--app-dir={tmp_path}"]) == 0
    assert "ValueError in app, line 5" in told[0]


def test_record_shows_secrets_if_told_so_and_says_it(
    project: Write, visits: Visits, tmp_path: Path, capsys: Capture
) -> None:
    pages: list[str] = []
    lines: list[str] = []

    def visit(address: str) -> None:
        get(address.replace(".flow/", "in?password=s3cret"))
        live = f"{address}live".replace("http", "ws", 1)
        with connect(live, proxy=None) as page:
            lines.append(str(page.recv(LIMIT)))
        pages.append(get(address).text)

    project(HELLO)
    visits(visit)
    saved = tmp_path / "flow.json"
    line = [*RECORD, f"--app-dir={tmp_path}", f"--save={saved}"]
    line.append("--name-from=path:1")

    assert main([*line, "--show-secrets"]) == 0
    shown, said = saved.read_text(encoding="utf-8"), capsys.readouterr().err
    assert main(line) == 0

    assert "their_module.py:7" in lines[0]
    assert '"client": "in"' in shown  # as it says in its path
    assert "s3cret" in shown
    assert "s3cret" in pages[0]
    assert UNMASKED in pages[0]
    assert "s3cret" not in pages[1]
    assert UNMASKED not in pages[1]
    assert "nothing is masked: the page shows passwords" in said
    assert f"as they came, and {saved}" in said
    assert capsys.readouterr().err == ""


def test_record_sends_a_frame_again_if_the_page_asks_for_it(
    project: Write, visits: Visits, tmp_path: Path
) -> None:
    heard: list[str | bytes] = []

    def visit(address: str) -> None:
        text = get(address).text
        token = text.partition('name="flow-token" content="')[2].split('"')[0]
        root = address.replace("http", "ws", 1)
        echo = connect(root.replace(".flow", "echo"), proxy=None)
        with echo as ada, connect(f"{root}live", proxy=None) as page:
            ada.send("hi")
            heard.append(ada.recv(LIMIT))
            asks = {"type": "resend", "no": 3, "token": token}
            said = ""
            while not said.startswith("Event 3"):  # it may not know it yet
                page.send(json.dumps(asks))
                said = json.loads(page.recv(LIMIT)).get("said", said)
            heard.append(ada.recv(LIMIT))

    project(ECHO)
    visits(visit)

    assert main([*RECORD, f"--app-dir={tmp_path}"]) == 0
    assert heard == ["hi", "hi"]


def test_record_writes_a_journal_under_a_name(
    project: Write, visits: Visits, tmp_path: Path, capsys: Capture
) -> None:
    project(HELLO)
    visits(lambda address: get(address.replace(".flow", "greet")))
    folder = tmp_path / "flows"

    status = main(
        [*RECORD, f"--app-dir={tmp_path}", "--as=web-1", f"--save={folder}"]
    )

    assert status == 0
    assert f"3 events saved in {folder}" in capsys.readouterr().out
    assert {e.process for e in Flow.merge(folder)} == {"web-1"}


def test_record_writes_a_file_as_it_goes(
    project: Write, visits: Visits, tmp_path: Path, capsys: Capture
) -> None:
    project(HELLO)
    saved = tmp_path / "flow.jsonl"
    so_far: list[int] = []

    def visit(address: str) -> None:
        for _ in range(3):
            get(address.replace(".flow", "greet"))
        so_far.append(len(Flow.merge(saved)))
        assert " left out." in get(f"{address}flow.txt").text

    visits(visit)
    options = [f"--app-dir={tmp_path}", f"--save={saved}", "--keep=2"]

    status = main([*RECORD, *options])

    assert status == 0
    assert so_far == [9]
    assert f"9 events saved in {saved}" in capsys.readouterr().out
    assert main(["show", str(saved), "--text"]) == 0
    assert "http.request GET /greet/" in capsys.readouterr().out


def test_record_says_that_only_the_beginning_was_written(
    project: Write, visits: Visits, tmp_path: Path, capsys: Capture
) -> None:
    resource = pytest.importorskip("resource")  # not on Windows
    project(HELLO)
    saved = tmp_path / "flow.jsonl"
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)

    def visit(address: str) -> None:
        get(address.replace(".flow", "greet"))
        most = saved.stat().st_size  # from here on, as if the disk were full
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, limit[1]))
        get(address.replace(".flow", "greet"))

    visits(visit)
    try:
        status = main([*RECORD, f"--app-dir={tmp_path}", f"--save={saved}"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    assert status == 1
    out, err = capsys.readouterr()
    assert "saved in" not in out
    assert f"only the beginning is saved in {saved}: File too large" in err
    assert len(Flow.merge(saved)) == 3


def test_record_saves_where_it_was_started(
    project: Write,
    visits: Visits,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "elsewhere").mkdir()
    project(f"import os\nos.chdir('elsewhere')\n{HELLO}")
    visits(get)
    monkeypatch.chdir(tmp_path)

    status = main([*RECORD, "--save", "flow.json"])

    assert status == 0
    assert (tmp_path / "flow.json").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="has no such sockets")
def test_record_listens_on_a_path_too_while_the_page_stays_at_its_port(
    project: Write,
    visits: Visits,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    answers: list[str] = []
    socket = tmp_path / "app.sock"

    def visit(address: str) -> None:
        there = httpx.HTTPTransport(uds=str(socket))
        with httpx.Client(transport=there, timeout=LIMIT) as client:
            answers.append(client.get("http://localhost/greet").text)
        answers.append(get(f"{address}flow.txt").text)

    (tmp_path / "elsewhere").mkdir()
    project(f"import os\nos.chdir('elsewhere')\n{HELLO}")
    visits(visit)
    monkeypatch.chdir(tmp_path)

    assert main([*RECORD, "--uds", "app.sock"]) == 0
    assert answers[0] == "hello"
    assert "http.request GET /greet" in answers[1]
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith(f"/ and {socket}")
    assert second.startswith("The flow is at http://127.0.0.1:")
    assert not socket.exists()


def test_record_says_why_it_cannot_listen_on_a_path(
    project: Write, tmp_path: Path, capsys: Capture
) -> None:
    project(HELLO)
    line = [*RECORD, f"--app-dir={tmp_path}", f"--uds={tmp_path / 'no' / 's'}"]

    assert main(line) == 1
    assert "unix socket" in capsys.readouterr().err


def test_record_warns_when_others_can_reach_it(
    project: Write, visits: Visits, tmp_path: Path, capsys: Capture
) -> None:
    project(HELLO)
    visits(get)

    status = main([*RECORD, "--app-dir", str(tmp_path), "--host", "0.0.0.0"])

    assert status == 0
    said = capsys.readouterr()
    assert "at http://127.0.0.1:" in said.out
    assert "saved" not in said.out
    assert said.err == (
        "python -m minichannels: warning: 0.0.0.0 can be reached from other"
        " machines: whoever does may read all messages\n"
    )


def test_record_does_not_save_what_did_not_start(
    project: Write, tmp_path: Path, capsys: Capture
) -> None:
    project(FAILS)
    saved = tmp_path / "flow.json"
    saved.write_text("a former flow", encoding="utf-8")

    status = main([*RECORD, "--app-dir", str(tmp_path), "--save", str(saved)])

    assert status == 1
    assert saved.read_text(encoding="utf-8") == "a former flow"
    assert capsys.readouterr().err.endswith(
        "error: the application failed to start\n"
    )


def test_record_refuses_a_file_that_it_could_not_save(
    tmp_path: Path, capsys: Capture
) -> None:
    absent = tmp_path / "absent" / "flow.json"

    status = main([*RECORD, "--save", str(absent)])

    assert status == 2
    assert f"there is no folder '{absent.parent}'" in capsys.readouterr().err


def test_record_names_the_extra_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    name = "minichannels.cli.serving"
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    status = main(RECORD)

    assert status == 1
    assert capsys.readouterr().err == (
        "python -m minichannels: error: a server is missing: uvicorn; run pip"
        ' install "minichannels[record]"\n'
    )


def test_show_serves_the_page_of_a_saved_flow(
    visits: Visits, capsys: Capture
) -> None:
    pages: list[httpx.Response] = []

    def visit(address: str) -> None:
        pages.append(get(address))

    visits(visit)

    status = main(["show", str(FLOW), "--open"])

    assert status == 0
    assert "<h1>Flow of flow.json</h1>" in pages[0].text
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"Showing {FLOW}"
    assert second == f"The flow is at {pages[0].url} (Ctrl-C stops)"


def test_show_opens_no_browser_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)

    # The first line that it prints comes when it serves.
    class Interrupting:
        def write(self, text: str) -> None:
            signal.raise_signal(signal.SIGINT)

        def flush(self) -> None:
            pass

    monkeypatch.setattr(sys, "stdout", Interrupting())
    status = main(["show", str(FLOW)])

    assert status == 0
    assert opened == []


def test_show_writes_har_and_serves_nothing(
    tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "out.har"

    assert main(["show", str(FLOW), "--har", str(file)]) == 0

    entries = json.loads(file.read_text(encoding="utf-8"))["log"]["entries"]
    assert any(entry["_webSocketMessages"] for entry in entries)
    for name, says in {
        "out.json": "--har names a file such as flow.har",
        "none/out.har": "No such file or directory",
    }.items():
        assert main(["show", str(FLOW), "--har", str(tmp_path / name)]) > 0
        assert says in capsys.readouterr().err


def test_show_says_that_there_is_no_file(
    tmp_path: Path, capsys: Capture
) -> None:
    status = main(["show", str(tmp_path / "flow.json")])

    assert status == 2
    assert "flow.json: No such file or directory" in capsys.readouterr().err


def test_show_says_that_a_port_is_in_use(capsys: Capture) -> None:
    with listen("127.0.0.1", 0) as listener:
        port = str(listener.getsockname()[1])

        status = main(["show", str(FLOW), "--port", port])

    assert status == 1
    assert (
        "in use; stop what uses it, or take a free one"
        in capsys.readouterr().err
    )


def test_a_second_interrupt_loses_nothing(
    project: Write,
    visits: Visits,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: Capture,
) -> None:
    project(HELLO)
    visits(lambda address: get(address.replace("side", "greet")))
    saved = tmp_path / "flow.json"
    to_json = Flow.to_json

    def interrupted(flow: Flow, *, times: bool) -> str:
        signal.raise_signal(signal.SIGINT)
        text = to_json(flow, times=times)
        signal.raise_signal(signal.SIGTERM)
        return text

    monkeypatch.setattr(Flow, "to_json", interrupted)

    status = main(
        [*RECORD, "--path=side", f"--app-dir={tmp_path}", f"--save={saved}"]
    )

    out, err = capfd.readouterr()
    assert (status, err) == (0, "python -m minichannels: it ends in a moment\n")
    flow = Flow.from_json(saved.read_text(encoding="utf-8"))
    assert out.endswith(f"{len(flow)} events saved in {saved}\n")
    assert len(flow) > 0
    assert list(tmp_path.glob(".*")) == []
