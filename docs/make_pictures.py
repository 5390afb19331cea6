"""Takes the pictures of docs/pictures/ from the real app, with runs that it trains for them here and now.

    python docs/make_pictures.py
    python docs/make_pictures.py --home DIR --only chat xray    goes on with the runs of the last time

The app runs as it does in a terminal of 120x40, is driven by keys, and draws itself as SVG; a picture loads nothing
from anywhere. Each is taken twice, in the dark theme and in the light one. The runs take about a minute.
"""

import argparse
import asyncio
import html
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textual._context import visible_screen_stack
from textual.pilot import Pilot

from gpt2mini.ablations import ALL_ON, Ablations
from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.paths import Home
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.personal.themes import DARK, LIGHT
from gpt2mini_tui.setup.opening import open_trainer
from gpt2mini_tui.setup.plan import NewRun

PICTURES = Path(__file__).resolve().parent / "pictures"
SIZE = (120, 40)
THEMES = {"dark": DARK.name, "light": LIGHT.name}
STEPS, FLIP, BACK, STOP = 400, 200, 240, 330
"""Of the run in the Train place: its length, when residual connections go off and come back, and when it pauses."""
PATIENCE = 300.0  # seconds for anything to happen


def plan(name: str, *, on: Ablations = ALL_ON, steps: int = STEPS) -> NewRun:
    """Return a run of a small model that learns something within seconds."""
    train = TrainConfig(
        steps=steps, batch_size=8, lr=4e-3, eval_every=20, sample_every=100, save_every=100, probe_every=5, device="cpu"
    )
    model = ModelConfig(vocab_size=1, n_layer=4, n_head=4, n_embd=48, block_size=32, dropout=0.0)
    return NewRun(config=Config(model=model, train=train, ablations=on), name=name, threads=1)


class Lab:
    """The app, and somebody at its keys."""

    def __init__(self, app: LabApp, pilot: Pilot[int], folder: Path) -> None:
        self.app, self._pilot, self._folder = app, pilot, folder

    def press(self, *keys: str) -> None:
        """Press keys, without waiting for the processor to rest: a model may be training."""
        for key in keys:
            self.app.simulate_key(key)

    @property
    def screen(self) -> str:
        """What can be read."""
        visible_screen_stack.set(self.app._background_screens)  # else a question would keep a blank screen behind it
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips(self.app.size))

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for a state."""
        end = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError(f"it never happened:\n{self.screen}")
            await asyncio.sleep(0.05)

    async def sees(self, *words: str) -> None:
        """Wait until all of these can be read."""
        await self.until(lambda: all(word in self.screen for word in words))

    async def picture(self, name: str) -> None:
        """Take the screen in both themes, once it has come to rest."""
        self.app.clear_notifications()
        self.app.refresh(layout=True)
        for suffix, theme in THEMES.items():
            self.app.theme = theme
            await self._rest()
            path = self._folder / f"{name}-{suffix}.svg"
            path.write_text(plain(self.app.export_screenshot(title="gpt2mini-tui")), encoding="utf-8")
            print(f"{path.name}  {path.stat().st_size / 1000:,.0f} kB", flush=True)
        self.app.theme = DARK.name
        await self._rest()

    async def _rest(self) -> None:
        """Wait until what can be read stays the same for a moment, in colours that have been taken up."""
        before, same = "", 0
        while same < 3:
            await asyncio.sleep(0.1)
            now = self.screen
            same, before = same + 1 if now == before else 0, now
        await self._pilot.pause()


_TEXT = re.compile(
    r'<text class="(\S+)" x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)"[^>]*>([^<]*[\u2800-\u28ff][^<]*)</text>'
)
_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""Column and row of each dot of a braille pattern, in the order of its bits."""
_HIGH, _ABOVE, _DOT = 24.4, 18.5, 2.6  # a cell, what of it is above the baseline, and a dot


def plain(svg: str) -> str:
    """Return a picture that loads no font, and draws braille itself: few monospaced fonts have it."""
    svg = re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family:[^;}]*", "font-family: monospace", svg)
    svg = _TEXT.sub(_dotted, re.sub(r"terminal-\d+", "terminal", svg))
    return svg.replace("><", ">\n<").rstrip() + "\n"


def _dotted(found: re.Match[str]) -> str:
    """Return a line of text with its braille as dots of the same colour; what else stands in it stays text."""
    style, x, y, length, words = found.groups()
    letters = html.unescape(words)
    wide = float(length) / len(letters)
    dots = [
        f"M{float(x) + wide * (place + 0.25 + 0.5 * column) - _DOT / 2:.1f} "
        f"{float(y) - _ABOVE + _HIGH * (0.125 + 0.25 * row) - _DOT / 2:.1f}h{_DOT}v{_DOT}h-{_DOT}z"
        for place, letter in enumerate(letters)
        for bit, (column, row) in enumerate(_DOTS)
        if "\u2800" < letter <= "\u28ff" and (ord(letter) - 0x2800) >> bit & 1
    ]
    rest = re.sub("[\u2800-\u28ff]", "\xa0", letters)
    text = found[0].replace(f">{words}<", f">{html.escape(rest)}<") if rest.strip("\xa0") else ""
    return f'<path class="{style}" d="{"".join(dots)}"/>{text}'


# The places


async def train(lab: Lab) -> None:
    """Flip residual connections off in the middle of a run, and on again."""
    lab.press("s")
    for step in (FLIP, BACK):
        await lab.until(lambda step=step: lab.app.history.step >= step)
        lab.press("R")
    await lab.until(lambda: lab.app.history.step >= STOP)
    lab.press("p")
    await lab.sees("paused")
    await lab.picture("train")
    lab.press("p")
    await lab.until(lambda: lab.app.history.status == "done")


async def compare(lab: Lab) -> None:
    """Three runs on one chart."""
    lab.press("2")
    await lab.sees("age", "no-residual")
    for _ in range(3):
        lab.press("space", "down")
    await lab.sees("a whole", "b no-", "c no-")
    lab.press("v")
    await lab.sees("validation loss")
    await lab.picture("compare")


async def checkpoints(lab: Lab) -> None:
    """The checkpoints of a run."""
    lab.press("3")
    await lab.sees("newest first", "no-residual")
    lab.press("right")
    await lab.sees("step 400")
    lab.press("down")
    await lab.picture("checkpoints")


async def chat(lab: Lab) -> None:
    """What the model writes, in the colours of surprise, and what could come next."""
    lab.press("4")
    await lab.sees("entropy")
    lab.press(*"Once upon a time", "enter")
    await lab.sees("bits/token")
    lab.press("escape")
    await lab.sees("Walk")
    lab.press(*["left"] * 20)
    await lab.picture("chat")


async def xray(lab: Lab) -> None:
    """Who looks at whom."""
    lab.press("5")
    await lab.sees("softmax", "looks at")
    lab.press("up", "up")
    await lab.picture("xray")


async def learn(lab: Lab) -> None:
    """A question, and what may come out."""
    lab.press("6")
    await lab.sees("Four blocks without")
    lab.press("down", "down")
    await lab.picture("learn")


PLACES = {place.__name__: place for place in (train, compare, checkpoints, chat, xray, learn)}


def made(home: Home) -> None:
    """Train what is compared, unless it is there."""
    for name, on in (("no-attention", Ablations(attention=False)), ("no-residual", Ablations(residual=False))):
        if not (home.checkpoints / name).exists():
            for _ in open_trainer(plan(name, on=on), home):
                pass


async def take(home: Home, folder: Path, only: list[str]) -> None:
    """Open the app, and go from place to place."""
    app = LabApp(home, plan("whole"))
    async with app.run_test(size=SIZE) as pilot:
        lab = Lab(app, pilot, folder)
        await lab.sees("q Quit")
        for name in only:
            await PLACES[name](lab)


def main() -> int:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=PICTURES, help="where the pictures go")
    parser.add_argument("--home", type=Path, help="keep the runs here, and go on with those that are")
    parser.add_argument("--only", nargs="+", choices=PLACES, default=[*PLACES], help="the places to be taken")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as empty:
        home = Home((asked.home or Path(empty)).resolve())
        made(home)
        asyncio.run(take(home, asked.folder, asked.only))
    return 0


if __name__ == "__main__":
    sys.exit(main())
