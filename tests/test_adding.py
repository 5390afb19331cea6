"""A switch is added by its declaration and its use, a probe by its declaration; everything else follows.

Done for real, to a copy of the source in an interpreter that knows of no other.
"""

import os
import shutil
import site
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

SWITCH = """
    final_norm: bool = setting(True, live=True, help="Normalise once more at the end.", expect="Logits of any size.")

    def __post_init__("""

SEEN_EVERYWHERE = """
import torch
from click.testing import CliRunner
from gpt2mini.ablations import ALL_ON, SWITCHES, Ablations
from gpt2mini.config import Config, ModelConfig
from gpt2mini.events import Switched, from_json, to_json
from gpt2mini.model import GPT2Mini
from gpt2mini_tui.cli import main
from gpt2mini_tui.personal.preferences import in_force
from gpt2mini_tui.switches import letter
from make_reference import REFERENCE

assert "--no-final-norm" in CliRunner().invoke(main, ["train", "--help"]).stdout
assert "--no-final-norm" in REFERENCE["commands.md"]()
assert in_force()["switches"]["final_norm"].value is False
off = ALL_ON.with_switch("final_norm", False)
event = Switched(step=1, name="final_norm", value=False, ablations=off)
assert from_json(to_json(event)) == event
assert SWITCHES["final_norm"].live and letter("final_norm") == "F"
model = GPT2Mini(ModelConfig(vocab_size=5, n_layer=1, n_head=1, n_embd=8, block_size=4))
with torch.no_grad():
    model.tok_emb.weight.normal_(0, 1, generator=torch.Generator().manual_seed(1))
ids = torch.tensor([[1, 2, 3]])
assert not torch.allclose(model(ids, ALL_ON), model(ids, off))
"""

PANEL = """
import asyncio
from pathlib import Path
from gpt2mini.paths import Home
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.widgets.switch_panel import SwitchPanel

async def look() -> None:
    app = LabApp(Home(Path("lab")))
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(2000):
            for panel in app.query(SwitchPanel):
                panel.cursor = -1  # the last one, which scrolls into view
            strips = app.screen._compositor.render_strips(app.size)
            if any("final norm" in strip.text for strip in strips):
                return
            await pilot.pause(0.01)
        raise AssertionError("the panel does not show it")

asyncio.run(look())
"""

PROBE = '''
    loudest: tuple[float, ...] = _probe(
        label="loudest channel",
        title="loudest channel after each block",
        meaning="Far above 3, a few channels carry everything.",
        of="stream",
        measure=lambda x: (x.abs().amax(dim=2) / x.std(dim=2, correction=0)).mean(),
        unit="standard deviations",
    )
    """Largest absolute value of a position, the mean over positions."""


PROBES: tuple[Probe, ...] ='''

MEASURED = """
import asyncio, json
from pathlib import Path
from textual.app import App
from click.testing import CliRunner
from gpt2mini.events import Probed, from_json, to_json
from gpt2mini.probes import PROBES
from gpt2mini.runs import Run
from gpt2mini_tui.cli import main
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.summaries import summary
from gpt2mini_tui.widgets.layer_map import LayerMap
from make_reference import REFERENCE
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

Path("rhyme.txt").write_text("one for sorrow, two for joy, three for a girl, four for a boy. " * 20)
small = "--n-layer 2 --n-head 1 --n-embd 8 --block-size 8 --batch-size 2 --device cpu".split()
words = "train --data rhyme.txt --name one --steps 2 --probe-every 1 --tensorboard boards --home lab".split()
done = CliRunner().invoke(main, [*words, *small])
assert done.exit_code == 0, done.output
run = Run(Path("lab/checkpoints/one"))
old, new = [event for event in run.events() if isinstance(event, Probed)]
assert len(new.loudest) == 2 and all(1 < number < 3 for number in new.loudest)
line = json.loads(to_json(old))
del line["loudest"]
before = from_json(json.dumps(line))
assert before.loudest == () and before.token_cosines == old.token_cosines  # a log of before it was there

history = History()
for event in (before, new):
    history.add(event)
probe = PROBES[-1]
assert [len(row) for row in history.layers.values(probe)] == [2, 2]
assert history.layers.values(probe)[1] == new.loudest and history.layers.labels(probe) == ["0", "1"]
assert any(line.startswith("Loudest channel after each block (standard dev") for line in summary(history))
board = EventAccumulator("boards/one")
board.Reload()
assert [one.step for one in board.Scalars("loudest channel/block 1")] == [1, 2]
page = REFERENCE["events.md"]()
assert "- `loudest`, array of numbers. In standard deviations. Largest absolute value" in page
assert "carry everything" in page

class Shown(App[None]):
    def compose(self):
        yield LayerMap(margin=8)

async def look() -> None:
    app = Shown()
    async with app.run_test(size=(100, 10)) as pilot:
        shown = app.query_one(LayerMap)
        shown.styles.border = ("round", "white")
        shown.show(history.layers, len(PROBES) - 1, limits=(1.0, 2.0), cursor=None, hint="")
        await pilot.pause()
        lines = [strip.text for strip in app.screen._compositor.render_strips(app.size)]
        assert "loudest channel after each block (standard deviations)" in lines[0]
        assert any("Far above 3, a few channels carry everything." in line for line in lines)
        assert any(line.strip("│ ").startswith("1 ") for line in lines)

asyncio.run(look())
"""


@pytest.fixture
def change(tmp_path: Path) -> Callable[[str, str, str], None]:
    for name in ("core", "gpt2mini_tui", "docs", "data"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "prepared", "pictures")
        )

    def change(file: str, before: str, after: str) -> None:
        source = (tmp_path / file).read_text(encoding="utf-8")
        assert source.count(before) == 1
        (tmp_path / file).write_text(source.replace(before, after), encoding="utf-8")

    return change


def run(code: str, folder: Path, **env: str) -> None:
    """Run code against the copy: without `site`, no editable install is found."""
    packages = site.getsitepackages()[0]
    path = [folder / "core", folder, folder / "docs", packages]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GPT2MINI_")}
    env = clean | {"PYTHONPATH": os.pathsep.join(map(str, path)), "GPT2MINI_CONFIG": "", **env}
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_switch_is_its_declaration_and_its_use(change: Callable[[str, str, str], None], tmp_path: Path) -> None:
    change("core/gpt2mini/ablations.py", "\n    def __post_init__(", SWITCH)
    change("core/gpt2mini/model.py", "x = self.ln_f(x)", "x = self.ln_f(x) if on.final_norm else x")
    run(SEEN_EVERYWHERE, tmp_path, GPT2MINI_SWITCHES_FINAL_NORM="false")
    run(PANEL, tmp_path)


def test_a_probe_is_its_declaration(change: Callable[[str, str, str], None], tmp_path: Path) -> None:
    change("core/gpt2mini/probes.py", "\n\nPROBES: tuple[Probe, ...] =", PROBE)
    run(MEASURED, tmp_path)
