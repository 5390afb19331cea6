"""The lab in a real browser: a key that is pressed there trains a run here, and a second tab looks on."""

import asyncio
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse

from gpt2mini.runs import Run

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
LIMIT = 90
"""Seconds after which nothing more is expected: three programs start at once, two of them load torch."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="there is no chromium here"),
]


class Tab:
    """A page of the browser, spoken to by the DevTools protocol."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.asked: list[str] = []
        """Every address that the page loaded, or tried to."""
        self.said: list[str] = []
        """What went wrong, as the console shows it: a page that would have loaded something else, above all."""

    async def do(self, method: str, **params: object) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json(timeout=LIMIT)
            if message.get("id") == number:
                assert "error" not in message, message
                return dict(message["result"])
            self._take(message["method"], message["params"])

    def _take(self, method: str, params: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.asked.append(params["url"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.said.append(params["entry"]["text"])

    async def open(self, url: str) -> None:
        for domain in ("Page", "Network", "Log"):
            await self.do(f"{domain}.enable")
        await self.do("Page.navigate", url=url)

    async def asks(self, expression: str) -> Any:
        return (await self.do("Runtime.evaluate", expression=expression))["result"].get("value")

    async def press(self, key: str) -> None:
        await self.do("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        await self.do("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def is_drawn(self) -> None:
        """Wait for the first frame of the app."""
        await until_true(self.asks, "document.body.className.includes('-first-byte')")
        await self.asks("document.querySelector('.xterm-helper-textarea').focus()")


async def until_true(asks: Callable[[str], Any], expression: str) -> None:
    end = time.monotonic() + LIMIT
    while not await asks(expression):
        assert time.monotonic() < end, expression
        await asyncio.sleep(0.1)


async def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.1)


@asynccontextmanager
async def tab(devtools: str) -> AsyncIterator[Tab]:
    async with ClientSession() as client:
        async with client.put(f"{devtools}/json/new?about:blank") as answer:
            about = await answer.json()
        async with client.ws_connect(about["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            yield Tab(socket)
        async with client.get(f"{devtools}/json/close/{about['id']}"):
            pass


@pytest.fixture
def devtools(tmp_path: Path) -> Iterator[str]:
    words = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    words += ["--remote-debugging-port=0", f"--user-data-dir={tmp_path / 'browser'}", "about:blank"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as browser:
        assert browser.stderr is not None
        try:
            for line in browser.stderr:
                if found := re.search(r"DevTools listening on ws://([^/]+)/", line):
                    yield f"http://{found[1]}"
                    break
        finally:
            browser.stderr.close()
            browser.terminate()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-u", "-m", "gpt2mini_tui", "serve", "--port", "0", "--home", str(tmp_path / "lab")]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env={**os.environ, "GPT2MINI_CONFIG": ""}
    ) as server:
        try:
            yield server
        finally:
            server.terminate()
            assert server.wait(LIMIT) == 128 + signal.SIGTERM


def next_link(serving: subprocess.Popen[str]) -> str:
    assert serving.stdout is not None
    return serving.stdout.readline().strip()


async def test_a_run_is_trained_in_one_tab_and_looked_at_in_another(
    devtools: str, serving: subprocess.Popen[str], tmp_path: Path
) -> None:
    link = next_link(serving)
    run = Run(tmp_path / "lab" / "checkpoints" / "tales-1")
    async with tab(devtools) as first:
        await first.open(link)
        await first.is_drawn()
        await first.press("s")
        await until(run.is_locked)
        async with tab(devtools) as second:  # the same browser, so it has the cookie
            await second.open(link.partition("?")[0])
            await second.is_drawn()
            await second.press("x")  # stops a run; here it may not
            await until(lambda: run.summary().step > 3)
            assert run.is_locked()
            assert second.said == []
        assert run.is_locked()  # whoever looked on has left, and it goes on
        assert first.said == []
        own = re.match(r"http://[^/]+", link)
        assert own is not None
        elsewhere = [url for url in first.asked if not url.startswith((own[0], own[0].replace("http", "ws"), "data:"))]
        assert elsewhere == []
        assert any("/ws?width=" in url for url in first.asked)
    await until(lambda: not run.is_locked())  # its tab is closed: it has saved
    assert run.summary().status == "stopped"
    assert run.checkpoints()[-1].step == run.summary().step
    assert json.loads((run.path / "run.json").read_text())["format"] == 1
