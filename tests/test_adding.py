"""A switch is added by its declaration and its use, a view of the layers in one file; everything else follows.

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

QUANTITY = """QUANTITIES: tuple[Quantity, ...] = (
    Quantity(
        name="depth",
        title="gradient of each block beside that of the last",
        meaning="1 in all blocks is healthy.",
        read=lambda event: tuple(norm / event.grad_norms[-1] for norm in event.grad_norms),
        labels=_blocks,
    ),
"""

SHOWN = """
from dataclasses import fields
from gpt2mini.events import Probed
from gpt2mini_tui.folds.layers import QUANTITIES, Layers

numbers = {field.name: (3.0, 2.0) for field in fields(Probed) if field.name != "step"}
layers = Layers()
layers.add(Probed(step=1, **{**numbers, "attention_entropies": ((1.0,), (1.0,))}))
assert QUANTITIES[0].name == "depth"
assert layers.values(QUANTITIES[0]) == [(1.5, 1.0)]
assert layers.labels(QUANTITIES[0]) == ["0", "1"]
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


def test_a_view_of_the_layers_is_one_entry(change: Callable[[str, str, str], None], tmp_path: Path) -> None:
    change("gpt2mini_tui/folds/layers.py", "QUANTITIES: tuple[Quantity, ...] = (\n", QUANTITY)
    run(SHOWN, tmp_path)
