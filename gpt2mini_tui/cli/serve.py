"""`gpt2mini-tui serve`."""

import asyncio
import signal
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from gpt2mini.errors import LabError
from gpt2mini_tui.cli.complete import complete_runs
from gpt2mini_tui.cli.group import Command, the_home
from gpt2mini_tui.cli.output import note, say
from gpt2mini_tui.cli.picking import find_runs

if TYPE_CHECKING:
    from gpt2mini_tui.serving.gate import Gate
    from gpt2mini_tui.serving.server import LabServer

__all__ = ["serve"]

_EXAMPLES = """
gpt2mini-tui serve
gpt2mini-tui serve tales-1 --port 0
gpt2mini-tui serve --host 0.0.0.0 --allow-host lab.example.org --sessions 20
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("run", default="", shell_complete=complete_runs)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where to listen; by default for this machine only."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any that is free."
)
@click.option("--allow-host", "names", metavar="NAME", multiple=True, help="Another name that this server goes by.")
@click.option(
    "--sessions", type=click.IntRange(1, 100), default=4, show_default=True, help="At the same time, at most."
)
def serve(run: str, host: str, port: int, names: tuple[str, ...], sessions: int) -> int:
    """Show the lab in a browser, or one run for looking on.

    Each line on standard output is a link that lets one browser in; once it is used, another is printed. Each tab is a
    session, as a terminal of its own; closing it saves what it trains. While a run is training, here or in another
    process, a new session looks on at that run and cannot touch it.

    Only this machine can reach the server. From another one, `ssh -L 8000:localhost:8000 MACHINE` brings it there; with
    --host it listens to the network, where nothing is encrypted unless you put a proxy with TLS before it.
    """
    if find_spec("textual_serve") is None:
        raise LabError("serving is not installed", do='Install it: pip install "gpt2mini-tui[serve]".')
    home = the_home()
    for found in find_runs([run] if run else [], home):
        found.manifest()
    from gpt2mini_tui.serving.gate import Gate, is_loopback
    from gpt2mini_tui.serving.server import LabServer

    gate = Gate(host, names)
    links = _Links(host)
    server = LabServer(home, gate, sessions=sessions, run=run, announce=links.say, complain=note)
    if not is_loopback(host):
        note("Whoever has a link and reaches this machine can use the lab; what goes to and fro is not encrypted.")
    return asyncio.run(_serve(server, gate, links, port))


async def _serve(server: "LabServer", gate: "Gate", links: "_Links", port: int) -> int:
    """Serve until a signal; return the exit code."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    caught: list[int] = []

    def stop(number: int, _: object) -> None:
        caught.append(number)
        loop.call_soon_threadsafe(over.set)

    before = {number: signal.signal(number, stop) for number in _wanted()}
    try:
        async with server.open(links.host, port) as links.port:
            note("Ctrl-C ends it, and saves what is trained in the sessions.")
            links.say(gate.token)
            await over.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 + caught[0]


def _wanted() -> list[int]:
    """Return the signals to listen to; Windows has no SIGHUP."""
    return [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class _Links:
    """The links that are printed."""

    def __init__(self, host: str) -> None:
        self.host, self.port = host, 0

    def say(self, token: str) -> None:
        """Print the link with this token."""
        name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(
            self.host, f"[{self.host}]" if ":" in self.host else self.host
        )
        say(f"http://{name}:{self.port}/?token={token}")
