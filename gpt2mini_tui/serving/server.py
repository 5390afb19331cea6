"""The pages and the socket of the lab in a browser. Every request passes the gate; nothing is loaded from elsewhere.

A session is a process of the app, as in a terminal of its own. A run is trained by one of them only: whoever comes
while one is training looks on.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from string import Template

import textual_serve
from aiohttp import WSCloseCode, WSMsgType, web

from gpt2mini.errors import CannotCreateError, reason
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui.serving.gate import Gate
from gpt2mini_tui.serving.seats import PATIENCE, Seat, size_of

__all__ = ["LabServer"]

_LONGEST = 2**20
"""Bytes of one message from a browser, which may paste a text."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self' {socket}; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_LET_IN = (
    '<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/"><link rel="icon" href="data:,">'
    "<title>gpt2mini</title>"
)
"""Not a redirection: that would be somebody else's page leading here, so that a strict cookie stays at home."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LabServer:
    """Serves the lab until it is told to stop."""

    def __init__(
        self,
        home: Home,
        gate: Gate,
        *,
        sessions: int,
        run: str = "",
        announce: Callable[[str], None],
        complain: Callable[[str], None],
    ) -> None:
        """Serve so many sessions at a time, all of them looking on at `run` if there is one.

        `announce` takes the token of a new link, once the one before it has been used; `complain` what a session has to
        say on standard error.
        """
        self._home, self._gate, self._limit, self._run = home, gate, sessions, run
        self._announce, self._complain = announce, complain
        self.taken = 0
        """Sessions that there are now."""
        self._sockets: set[web.WebSocketResponse] = set()
        self._cookie = "gpt2mini"

    @asynccontextmanager
    async def open(self, host: str, port: int) -> AsyncIterator[int]:
        """Listen while this is entered; gives the port, and raises CannotCreateError for one that is taken."""
        runner = web.AppRunner(self._app(), access_log=None, handle_signals=False, shutdown_timeout=PATIENCE + 5)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            try:
                await site.start()
            except (OSError, OverflowError) as error:
                why = reason(error)
                do = "Name another --port; 0 takes any that is free."
                raise CannotCreateError("cannot listen there", where=f"{host}:{port}", why=why, do=do) from error
            actual = int(runner.addresses[0][1])
            self._cookie = f"gpt2mini-{actual}"  # a browser keeps one jar for all ports of a machine
            yield actual
        finally:
            await runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        static = Path(str(textual_serve.__file__)).with_name("static")
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/page.css", self._style),
                web.get("/ws", self._session),
                web.static("/static", static),
            ]
        )
        app.on_response_prepare.append(_protect)
        app.on_shutdown.append(self._close)
        return app

    # What is asked of every request

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request through that is from this server's own page, in a browser that was let in."""
        host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
        if not self._gate.is_ours(host):
            return _refusal("This server does not go by that name. `serve --allow-host NAME` gives it another one.")
        if origin is not None and not self._gate.is_same_origin(origin, host):
            return _refusal("Only the lab's own page may ask for this.")
        if request.path == "/ws" and origin is None:
            return _refusal("This is for browsers.")
        if request.path == "/" and "token" in request.query:
            return self._welcome(request.query["token"])
        if not self._gate.knows(request.cookies.get(self._cookie, "")):
            return _refusal("Open the link that `gpt2mini-tui serve` printed last. Each lets one browser in.")
        return await handler(request)

    def _welcome(self, token: str) -> web.Response:
        cookie = self._gate.let_in(token)
        if not cookie:
            return _refusal("This link was used already, or is not one. `gpt2mini-tui serve` printed another.")
        response = web.Response(text=_LET_IN, content_type="text/html")
        response.set_cookie(self._cookie, cookie, httponly=True, samesite="Strict", path="/")
        self._announce(self._gate.token)
        return response

    # What there is

    async def _page(self, request: web.Request) -> web.Response:
        if request.query_string:  # the script of textual-serve would obey some of it
            return web.Response(status=303, headers={"Location": "/"})
        if self.taken >= self._limit:
            return self._full()
        page = Template(_resource("page.html")).substitute(socket=f"{_socket_of(request)}/ws")
        return web.Response(text=page, content_type="text/html")

    async def _style(self, _: web.Request) -> web.Response:
        return web.Response(text=_resource("page.css"), content_type="text/css")

    async def _session(self, request: web.Request) -> web.StreamResponse:
        """Be the terminal of a process of the app for as long as the browser is there."""
        if self.taken >= self._limit:
            return self._full()
        self.taken += 1
        socket = web.WebSocketResponse(heartbeat=15, max_msg_size=_LONGEST)
        try:
            await socket.prepare(request)
            self._sockets.add(socket)
            seat = Seat(
                self.command(),
                write_bytes=socket.send_bytes,
                write_str=socket.send_str,
                close=socket.close,
                complain=self._complain,
            )
            try:
                await seat.start(*size_of(request.query.get("width"), request.query.get("height")))
                await _pass_on(socket, seat)
            finally:
                await seat.leave()
                await socket.close()
        finally:
            self._sockets.discard(socket)
            self.taken -= 1
        return socket

    def _full(self) -> web.Response:
        sentence = f"All {self._limit} sessions are taken. Close one, or allow more with `serve --sessions`.\n"
        return web.Response(status=503, text=sentence)

    def command(self) -> list[str]:
        """Return the command of a new session: looking on where a run is training, else the whole lab."""
        watched = self._run or next((run.name for run in Store(self._home.checkpoints).runs() if run.is_locked()), "")
        what = ["watch", watched] if watched else ["launch"]
        return [sys.executable, "-m", "gpt2mini_tui", *what, "--home", str(self._home.root)]

    async def _close(self, _: web.Application) -> None:
        """End every session: its process saves first."""
        closing = [socket.close(code=WSCloseCode.GOING_AWAY) for socket in self._sockets]
        await asyncio.gather(*closing, return_exceptions=True)


async def _pass_on(socket: web.WebSocketResponse, seat: Seat) -> None:
    """Hand what the browser says to the process; what makes no sense is passed over."""
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            continue
        try:
            words = json.loads(message.data)
        except (ValueError, RecursionError):
            continue
        match words:
            case ["stdin", str(typed)]:
                await seat.send_bytes(typed.encode("utf-8", "replace"))
            case ["resize", {"width": int(width), "height": int(height)}]:
                await seat.set_terminal_size(*size_of(width, height))
            case ["ping", str(when)]:
                await socket.send_json(["pong", when])
            case ["blur"]:
                await seat.blur()
            case ["focus"]:
                await seat.focus()


async def _protect(request: web.Request, response: web.StreamResponse) -> None:
    """Forbid a browser whatever the page does not need: above all, to load anything from elsewhere."""
    response.headers.update(_HEADERS)
    response.headers["Content-Security-Policy"] = _POLICY.format(socket=_socket_of(request))


def _socket_of(request: web.Request) -> str:
    """Return the address of this server for sockets, by the name that the browser knows it by; the gate has seen it."""
    scheme = "wss" if request.headers.get("X-Forwarded-Proto", request.scheme) == "https" else "ws"
    return f"{scheme}://{request.headers.get('Host', '')}"


def _refusal(sentence: str) -> web.Response:
    return web.Response(status=403, text=f"{sentence}\n")


def _resource(name: str) -> str:
    return (resources.files("gpt2mini_tui.serving") / name).read_text(encoding="utf-8")
