"""The lab behind HTTP: what is refused, what is served, and that a session is a process that ends with its tab."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType, WSServerHandshakeError

from gpt2mini.errors import CannotCreateError
from gpt2mini.eventlog import EventLog
from gpt2mini.paths import Home
from gpt2mini_tui.serving.gate import Gate
from gpt2mini_tui.serving.server import LabServer

ECHO = """
import sys
out = sys.stdout.buffer
out.write(b"__GANGLION__\\n")
def say(data):
    out.write(b"D" + len(data).to_bytes(4, "big") + data)
    out.flush()
say(b"hello from the app")
while head := sys.stdin.buffer.read(5):
    data = sys.stdin.buffer.read(int.from_bytes(head[1:], "big"))
    if b'"quit"' in data:
        open(sys.argv[1], "w").write("saved")
        break
    say(data)
"""
"""A program that speaks as an app does in the browser: it greets, echoes, and saves when it is told to quit."""


@dataclass
class Site:
    """A server, and a browser that has not been let in."""

    server: LabServer
    gate: Gate
    client: ClientSession
    port: int
    links: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.client.get(f"{self.url}{path}", headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text()

    async def enter(self) -> None:
        assert (await self.get(f"/?token={self.gate.token}"))[0] == 200

    async def socket(self, **headers: str) -> ClientWebSocketResponse:
        return await self.client.ws_connect(f"{self.url}/ws?width=100&height=30", headers=headers)

    async def own_socket(self) -> ClientWebSocketResponse:
        return await self.socket(Origin=self.url)

    async def refused(self, **headers: str) -> int:
        with pytest.raises(WSServerHandshakeError) as refusal:
            await self.socket(**headers)
        return refusal.value.status


@asynccontextmanager
async def site(home: Path, *, sessions: int = 2, run: str = "") -> AsyncIterator[Site]:
    gate = Gate("127.0.0.1")
    links: list[str] = []
    complaints: list[str] = []
    server = LabServer(Home(home), gate, sessions=sessions, run=run, announce=links.append, complain=complaints.append)
    async with (
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as client,  # unsafe: it takes cookies from an address
        server.open("127.0.0.1", 0) as port,
    ):
        yield Site(server, gate, client, port, links, complaints)


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a session be the echoing program; return the file that it writes when it is told to quit."""
    saved = tmp_path / "saved"
    monkeypatch.setattr(LabServer, "command", lambda _: [sys.executable, "-c", ECHO, str(saved)])
    return saved


async def until(holds: Callable[[], object]) -> None:
    for _ in range(3000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never happened")


async def said(socket: ClientWebSocketResponse) -> Any:
    async with asyncio.timeout(30):
        return (await socket.receive()).data


@pytest.mark.parametrize(
    "path", ["/", "/page.css", "/static/js/textual.js", "/ws", "/nothing", "/?token=wrong", "/?token="]
)
async def test_nobody_comes_in_without_the_link(path: str, tmp_path: Path) -> None:
    async with site(tmp_path) as lab:
        status, words = await lab.get(path, Origin=lab.url)
        assert status == 403
        assert "link" in words


async def test_a_link_is_good_once_and_then_there_is_another(tmp_path: Path) -> None:
    async with site(tmp_path) as lab:
        first = lab.gate.token
        status, page = await lab.get(f"/?token={first}")
        assert status == 200
        assert 'url=/"' in page
        assert lab.links == [lab.gate.token] != [first]
        assert (await lab.get("/"))[0] == 200
        assert (await lab.get(f"/?token={first}"))[0] == 403
        lab.client.cookie_jar.clear()
        assert (await lab.get("/"))[0] == 403
        assert (await lab.get(f"/?token={lab.links[0]}"))[0] == 200


async def test_the_cookie_is_for_this_server_alone(tmp_path: Path) -> None:
    async with site(tmp_path) as lab, lab.client.get(f"{lab.url}/?token={lab.gate.token}") as answer:
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith(f"gpt2mini-{lab.port}=")
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie


async def test_a_foreign_name_is_refused_even_with_the_cookie(tmp_path: Path) -> None:
    async with site(tmp_path) as lab:
        await lab.enter()
        cookie = "; ".join(f"{one.key}={one.value}" for one in lab.client.cookie_jar)
        status, words = await lab.get("/", Host="evil.example.org", Cookie=cookie)
        assert (status, "does not go by that name" in words) == (403, True)
        assert (await lab.get("/", Host=f"localhost:{lab.port}", Cookie=cookie))[0] == 200


async def test_a_foreign_page_is_refused_even_with_the_cookie(tmp_path: Path, echo: Path) -> None:
    async with site(tmp_path) as lab:
        await lab.enter()
        assert (await lab.get("/", Origin="http://evil.example.org"))[0] == 403
        assert await lab.refused(Origin="http://evil.example.org") == 403
        assert await lab.refused(Origin=f"http://127.0.0.1:{lab.port + 1}") == 403
        assert await lab.refused(Origin="null") == 403
        assert await lab.refused() == 403  # no browser opens a socket without saying from which page


async def test_a_socket_needs_the_cookie(tmp_path: Path, echo: Path) -> None:
    async with site(tmp_path) as lab:
        assert await lab.refused(Origin=lab.url) == 403
        assert await lab.refused(Origin=lab.url, Cookie=f"gpt2mini-{lab.port}={lab.gate.token}") == 403
        await lab.enter()
        assert await said(await lab.own_socket()) == b"hello from the app"


async def test_the_page_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    async with site(tmp_path) as lab:
        await lab.enter()
        page, style = (await lab.get("/"))[1], (await lab.get("/page.css"))[1]
        assert f'"ws://127.0.0.1:{lab.port}/ws"' in page
        assert not re.findall(r"(?:https?:)?//(?!127\.0\.0\.1)", page + style)
        for place in re.findall(r'(?:src|href)="(/[^"]+)"', page) + re.findall(r'url\("([^"]+)"\)', style):
            assert (await lab.client.get(f"{lab.url}{place}")).status == 200
        async with lab.client.get(f"{lab.url}/") as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert f"connect-src 'self' ws://127.0.0.1:{lab.port}" in policy
            assert "frame-ancestors 'none'" in policy
        assert (await lab.get("/?ping=http://evil.example.org"))[0] == 303


async def test_a_session_speaks_and_saves_when_its_tab_is_closed(tmp_path: Path, echo: Path) -> None:
    async with site(tmp_path) as lab:
        await lab.enter()
        socket = await lab.own_socket()
        assert await said(socket) == b"hello from the app"
        for nonsense in (
            "{",
            "3",
            "[]",
            '["stdin"]',
            '["stdin", 3]',
            '["resize", {"width": "x"}]',
            '["fire"]',
            "[" * 9999,
        ):
            await socket.send_str(nonsense)
        await socket.send_bytes(b"\0")
        await socket.send_json(["ping", "7"])
        assert json.loads(await said(socket)) == ["pong", "7"]
        await socket.send_json(["stdin", "é"])
        assert await said(socket) == "é".encode()
        await socket.send_json(["resize", {"width": 10**9, "height": -1}])
        assert json.loads(await said(socket)) == {"type": "resize", "width": 1000, "height": 1}
        assert not echo.exists()
        await socket.close()
        await until(echo.exists)


async def test_only_so_many_sessions_at_a_time(tmp_path: Path, echo: Path) -> None:
    async with site(tmp_path, sessions=1) as lab:
        await lab.enter()
        first = await lab.own_socket()
        await said(first)
        assert await lab.refused(Origin=lab.url) == 503
        assert "All 1 sessions are taken" in (await lab.get("/"))[1]
        await first.close()
        await until(lambda: lab.server.taken == 0)
        assert await said(await lab.own_socket()) == b"hello from the app"


async def test_the_end_of_the_server_saves_every_session(tmp_path: Path, echo: Path) -> None:
    async with site(tmp_path) as lab:
        await lab.enter()
        socket = await lab.own_socket()
        await said(socket)
        listening = asyncio.create_task(last_words(socket))
    assert await listening is WSMsgType.CLOSE
    assert echo.read_text() == "saved"


async def test_a_program_that_fails_says_why_and_the_session_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = [sys.executable, "-c", "import sys; sys.exit('no lab today')"]
    monkeypatch.setattr(LabServer, "command", lambda _: failing)
    async with site(tmp_path) as lab:
        await lab.enter()
        assert await last_words(await lab.own_socket()) is WSMsgType.CLOSE
        assert lab.complaints == ["no lab today"]
    assert capsys.readouterr().out == ""


async def last_words(socket: ClientWebSocketResponse) -> WSMsgType:
    return (await socket.receive()).type


async def test_whoever_comes_while_a_run_is_training_looks_on(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints" / "tales-1"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    async with site(tmp_path) as lab:
        assert lab.server.command()[3:] == ["launch", "--home", str(tmp_path)]
        log = EventLog(folder)
        assert lab.server.command()[3:] == ["watch", "tales-1", "--home", str(tmp_path)]
        log.close()
        assert lab.server.command()[3] == "launch"
    async with site(tmp_path, run="other") as lab:
        assert lab.server.command()[3:5] == ["watch", "other"]


async def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    async with site(tmp_path) as lab:
        other = LabServer(Home(tmp_path), Gate("127.0.0.1"), sessions=1, announce=print, complain=print)
        with pytest.raises(CannotCreateError, match="cannot listen there"):
            async with other.open("127.0.0.1", lab.port):
                raise AssertionError("it listens")
