"""The app over runs of a model so small that training it takes a second."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pytest
from rich.cells import cell_len
from textual._context import visible_screen_stack
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Footer, Input

from gpt2mini.ablations import ALL_ON, Ablations
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig
from gpt2mini.cores import usable_cores
from gpt2mini.paths import Home
from gpt2mini.presets import Measured, PresetTimes, write_measured
from gpt2mini.runs import Store
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.screens.place import Place
from gpt2mini_tui.setup.opening import open_trainer
from gpt2mini_tui.setup.plan import NewRun

__all__ = ["RHYME", "Lab", "copy_home", "lab", "new_run", "tiny_home", "touch_in_turn", "train", "write_bench"]

P = TypeVar("P", bound=Place)

RHYME = "".join(f"{n} one for sorrow, two for joy; three for a girl, four for a boy.\n" for n in range(60))
WAGAHAI = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n" * 60

_made: dict[str, Home] = {}


def new_run(data: Path, *, ablations: Ablations = ALL_ON, name: str = "", steps: int = 30, every: int = 10) -> NewRun:
    """Return the plan of a tiny run that evaluates, samples and saves `every` so many steps."""
    often = TrainConfig(eval_every=every, sample_every=every, save_every=every)
    train = replace(often, steps=steps, batch_size=8, lr=3e-3, sample_tokens=20, device="cpu")
    return NewRun(
        config=Config(
            model=ModelConfig(vocab_size=1, n_layer=1, n_head=1, n_embd=16, block_size=16),
            data=DataConfig(data=str(data)),
            train=train,
            ablations=ablations,
        ),
        name=name,
    )


def train(home: Home, plan: NewRun) -> None:
    """Train a run to its end."""
    for _ in open_trainer(plan, home):
        pass


def tiny_home(factory: pytest.TempPathFactory) -> Home:
    """Return a home with the runs `full`, `broken` and `neko`, made once a session; leave it as it is."""
    if "home" not in _made:
        root = factory.mktemp("lab")
        rhyme, wagahai = root / "rhyme.txt", root / "wagahai.txt"
        rhyme.write_text(RHYME, encoding="utf-8")
        wagahai.write_text(WAGAHAI, encoding="utf-8")
        home = Home(root)
        train(home, new_run(rhyme, name="full"))
        train(home, new_run(rhyme, name="broken", ablations=Ablations(residual=False)))
        train(home, new_run(wagahai, name="neko"))
        _made["home"] = home
    return _made["home"]


def copy_home(home: Home, to: Path) -> Home:
    """Return a copy that may be changed, with its runs in the same order."""
    copied = Home(Path(shutil.copytree(home.root, to / "lab")))
    touch_in_turn(copied.checkpoints / run.name for run in Store(home.checkpoints).runs())
    return copied


def write_bench(home: Home, *, step: float) -> None:
    """Leave what `bench` measures: 8,192 tokens/s of the default model, so many seconds a step of the tiny preset."""
    found = Measured(
        cores=usable_cores(),
        torch="2",
        limit_one=1e10,
        limit_all=2e10,
        tokens_per_second=8192.0,
        share_of_limit=0.5,
        generated_per_second=100.0,
        threads=1,
        presets={"tiny": PresetTimes(step=step, evaluation=0.1, sample=0.1)},
    )
    write_measured(home, found)


def touch_in_turn(folders: Iterable[Path]) -> None:
    """Make each the run that was trained last."""
    for seconds, folder in enumerate(folders, int(time.time())):
        log = folder / "events.jsonl"
        os.utime(log if log.exists() else folder / "run.json", (seconds, seconds))


@dataclass(slots=True)
class Lab:
    """The app under test, driven like a person would."""

    app: LabApp
    pilot: Pilot[int]

    @property
    def screen(self) -> str:
        """What can be read on the terminal."""
        visible_screen_stack.set(self.app._background_screens)  # else a question would keep a blank screen behind it
        lines = self.app.screen._compositor.render_strips(self.app.size)
        return "\n".join(strip.text for strip in lines)

    @property
    def toasts(self) -> str:
        """Everything that was said in a toast and still stands."""
        return "\n".join(note.message for note in self.app._notifications)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    def strike(self, *keys: str) -> None:
        """Press keys without waiting until the process is idle, as `press` does: one that trains never is.

        What comes of them is to be waited for.
        """
        for key in keys:
            self.app.simulate_key(key)

    async def type(self, text: str) -> None:
        """Put a text where the cursor is; a hundred times as fast as pressing its keys."""
        await self.until(lambda: isinstance(self.app.focused, Input))  # a question is drawn before it has the focus
        assert isinstance(self.app.focused, Input)
        self.app.focused.delete_selection()
        self.app.focused.insert_text_at_cursor(text)
        await self.pilot.pause()

    async def click_on(self, words: str, *, within: Widget) -> None:
        """Click on words as soon as they can be read in a part of the screen."""

        def spots() -> Iterator[tuple[int, int]]:
            for y, line in enumerate(self.screen.splitlines()):
                before, found, _ = line.rpartition(words)
                if found and within.region.contains(x := cell_len(before), y):
                    yield x, y

        await self.until(lambda: any(spots()))
        await self.settled()
        [(x, y)] = spots()
        await self.pilot.click(offset=(x + 1, y))

    async def until(self, holds: Callable[[], object], *, seconds: float = 60.0) -> None:
        """Wait for a state."""
        for _ in range(int(seconds / 0.01)):
            if holds():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"it never happened:\n{self.screen}")

    async def sees(self, *words: str) -> None:
        """Wait until all of these can be read."""
        await self.until(lambda: all(word in self.screen for word in words))

    async def settled(self) -> None:
        """Wait until nothing is read and nothing is drawn any more."""
        pictures = [""]

        def is_calm() -> bool:
            pictures.append(self.app.export_screenshot())
            footers = self.app.screen.query(Footer) or self.app.screen_stack[0].query(
                Footer
            )  # it comes after the first frame, and its keys after it
            return any(footer.children for footer in footers) and pictures[-1] == pictures[-2]

        await self.pilot.pause(0.4)
        await self.until(is_calm)


@asynccontextmanager
async def lab(home: Home, place: type[P], *, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Lab, P]]:
    """Open the app at a place."""
    app = LabApp(home)
    async with app.run_test(size=size) as pilot:
        name = place.__name__.removesuffix("Place").lower()
        await app.action_place(name)
        yield Lab(app, pilot), app.query_one(place)
