"""A file whose checksums are right and whose numbers are of no use is refused by name, before anybody trains on it."""

import json
import math
import struct
from pathlib import Path

import pytest
import safetensors.torch

from gpt2mini.checkpoint import load_checkpoint, load_resumable, save_portable
from gpt2mini.config import Config
from gpt2mini.corpus import Corpus
from gpt2mini.errors import CheckpointError
from gpt2mini.runs import Store
from gpt2mini.seals import seal_json
from gpt2mini.starting import new_run
from gpt2mini.storage import sha256


@pytest.fixture
def folder(config: Config, corpus: Corpus, store: Store) -> Path:
    list(new_run(config, corpus, store, name="run"))
    return store.get("run").checkpoints()[-1].path


def resealed(folder: Path, file: str, data: bytes) -> None:
    """Put other bytes into a checkpoint, and let its state say that they are right."""
    (folder / file).write_bytes(data)
    state = json.loads((folder / "state.json").read_bytes())
    del state["checksum"]
    state["files"][file] = {"size": len(data), "sha256": sha256(data)}
    (folder / "state.json").write_bytes(seal_json(json.dumps(state, indent=1).encode()))


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_a_weight_that_is_not_finite_is_refused(odd: float, folder: Path) -> None:
    data = (folder / "model.safetensors").read_bytes()
    resealed(folder, "model.safetensors", data[:-4] + struct.pack("<f", odd))
    with pytest.raises(CheckpointError, match="is not finite"):
        load_checkpoint(folder)


@pytest.mark.parametrize(
    ("name", "odd", "why"),
    [
        ("exp_avg_sq.ln_f.bias", -1e-9, "exp_avg_sq.ln_f.bias is a square below zero"),
        ("exp_avg_sq.ln_f.bias", math.nan, "exp_avg_sq.ln_f.bias is not finite"),
        ("exp_avg.ln_f.bias", math.inf, "exp_avg.ln_f.bias is not finite"),
        ("exp_avg.ln_f.bias", -1e-9, ""),
    ],
)
def test_a_moment_that_cannot_be_is_refused(name: str, odd: float, why: str, folder: Path) -> None:
    tensors = safetensors.torch.load((folder / "optimizer.safetensors").read_bytes())
    tensors[name][0] = odd
    resealed(folder, "optimizer.safetensors", safetensors.torch.save(tensors, {"format": "pt"}))
    if not why:
        assert load_resumable(folder).moments[name][0] == pytest.approx(odd)
        return
    with pytest.raises(CheckpointError, match=why):
        load_resumable(folder)


def test_bytes_behind_the_last_number_are_refused(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_portable(path, load_checkpoint(folder))
    path.write_bytes(path.read_bytes() + bytes(4))
    with pytest.raises(CheckpointError, match="its tensors do not fill it"):
        load_checkpoint(path)
