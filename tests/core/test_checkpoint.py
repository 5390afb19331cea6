"""What is saved comes back to the bit; what was not saved by us is refused in words, and nothing of it is run."""

import json
import os
import pickle
import shutil
import struct
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from gpt2mini import load_model
from gpt2mini.ablations import Ablations
from gpt2mini.checkpoint import Checkpoint, load_checkpoint, load_resumable, save_checkpoint, save_portable
from gpt2mini.config import Config
from gpt2mini.corpus import Corpus
from gpt2mini.errors import CannotCreateError, CheckpointError, DiskError, NotFoundError
from gpt2mini.runs import Run, Store
from gpt2mini.seals import seal_json
from gpt2mini.starting import new_run

IDS = torch.arange(20)[None, :] % 7


@pytest.fixture
def run(config: Config, corpus: Corpus, store: Store) -> Run:
    """Return a finished run of a model without residuals."""
    trainer = new_run(replace(config, ablations=Ablations(residual=False)), corpus, store, name="run")
    list(trainer)
    assert trainer.run is not None
    return trainer.run


@pytest.fixture
def folder(run: Run) -> Path:
    return run.checkpoints()[-1].path


def test_a_model_comes_back_with_the_switches_it_was_trained_with(folder: Path) -> None:
    model = load_model(folder)
    assert model.ablations == Ablations(residual=False)
    assert not model.training
    assert model(IDS).shape == (1, 20, model.config.vocab_size)
    assert torch.equal(model(IDS), model(IDS, Ablations(residual=False)))
    assert not torch.allclose(model(IDS), model(IDS, Ablations()))


def test_a_run_folder_gives_its_latest_model(run: Run, folder: Path) -> None:
    assert load_checkpoint(run.path).step == load_checkpoint(folder).step == 10
    assert load_checkpoint(folder).run == "run"


def test_other_programs_can_read_the_weights(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    model = load_model(folder)
    assert tensors.keys() == dict(model.named_parameters()).keys()
    assert all(torch.equal(tensors[name], parameter) for name, parameter in model.named_parameters())


def test_a_portable_file_carries_everything_needed_to_write(folder: Path, tmp_path: Path, corpus: Corpus) -> None:
    original = load_checkpoint(folder)
    save_portable(tmp_path / "model.safetensors", original)
    carried = load_checkpoint(tmp_path / "model.safetensors")
    assert torch.equal(carried.model(IDS), original.model(IDS))
    assert carried.tokenizer == corpus.tokenizer
    assert (carried.step, carried.ablations) == (10, Ablations(residual=False))


def test_every_damage_of_a_portable_file_is_noticed(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_portable(path, load_checkpoint(folder))
    data = path.read_bytes()
    places = {
        "the numbers": len(data) - 1,
        "what it is": data.index(b"val_loss") + 13,
        "the checksum": data.index(b'"sha256"') + 12,
        "its name": data.index(b'"sha256"') + 3,
        "that there is one": data.index(b"is_sealed") + 3,
        "what nobody reads": data.index(b'"format"') + 10,
    }
    missed = []
    for what, place in places.items():
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with suppress(CheckpointError):
            load_model(path)
            missed.append(what)
    assert missed == []
    path.write_bytes(data)
    load_model(path)


def test_saving_over_a_checkpoint_is_refused(folder: Path) -> None:
    with pytest.raises(CannotCreateError, match="already"):
        save_checkpoint(folder, load_resumable(folder))


def test_a_save_that_fails_half_way_leaves_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumable = load_resumable(folder)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskError, match="no space left on device"):
        save_checkpoint(tmp_path / "store" / "step-000001", resumable)
    assert list((tmp_path / "store").iterdir()) == []


FILES = ("model.safetensors", "optimizer.safetensors", "state.json")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "flipped", "link", "pipe"])
def test_every_damage_is_noticed_at_resume(name: str, damage: str, folder: Path) -> None:
    victim = folder / name
    data = victim.read_bytes()
    victim.unlink()
    if damage == "empty":
        victim.write_bytes(b"")
    elif damage == "cut":
        victim.write_bytes(data[: len(data) // 2])
    elif damage == "flipped":
        middle = data.index(b'"step"') + 3 if name == "state.json" else len(data) // 2
        victim.write_bytes(data[:middle] + bytes([data[middle] ^ 16]) + data[middle + 1 :])
    elif damage == "link":
        (folder / "elsewhere").write_bytes(data)
        victim.symlink_to(folder / "elsewhere")
    elif damage == "pipe":
        os.mkfifo(victim)
    with pytest.raises((CheckpointError, NotFoundError)):
        load_resumable(folder)


@pytest.mark.parametrize("name", ["step", "updates", "log_offset", "loss", "created", "val_loss"])
def test_a_digit_of_the_state_that_changes_is_noticed(name: str, folder: Path) -> None:
    where = folder / "state.json"
    data = where.read_bytes()
    place = data.index(b",", data.index(f'"{name}"'.encode())) - 1  # the last digit of its number
    where.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    with pytest.raises(CheckpointError, match="its checksum is wrong"):
        load_resumable(folder)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, ""),
        ({"step": 9, "updates": 9}, "different steps"),
        ({"updates": 11}, "different steps"),
        ({"updates": -1}, "not a count"),
        ({"log_offset": 0.5}, "not a count"),
        ({"step": True}, "not a count"),
        ({"format": 99}, "newer version"),
        ({"format": None}, "no format number"),
        ({"files": {}}, "says nothing of model.safetensors"),
        ({"done": 3}, "makes no sense"),
        ({"usual": {"mean": "low"}}, "Usual"),
    ],
)
def test_a_state_that_is_sealed_and_wrong_is_not_believed(changes: dict[str, Any], why: str, folder: Path) -> None:
    where = folder / "state.json"
    state = {name: value for name, value in json.loads(where.read_bytes()).items() if name != "checksum"}
    where.write_bytes(seal_json(json.dumps(state | changes, indent=1).encode()))
    if not changes:
        assert load_resumable(folder).checkpoint.step == 10
        return
    with pytest.raises(CheckpointError, match=why):
        load_resumable(folder)


def test_files_of_two_checkpoints_do_not_mix(run: Run) -> None:
    first, last = run.checkpoints()[0].path, run.checkpoints()[-1].path
    shutil.copy(first / "model.safetensors", last / "model.safetensors")
    with pytest.raises(CheckpointError, match="checksum"):
        load_model(last)


def forged(folder: Path, tmp_path: Path, change: Any) -> Path:
    """Rewrite the header of a portable file by `change(header, about)`, leaving the numbers as they are."""
    data = (folder / "model.safetensors").read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    about = json.loads(header["__metadata__"]["gpt2mini"])
    change(header, about)
    del header["__metadata__"]["sha256"], about["is_sealed"]  # as somebody would who means it
    header["__metadata__"]["gpt2mini"] = json.dumps(about)
    words = json.dumps(header).encode()
    path = tmp_path / "forged.safetensors"
    path.write_bytes(struct.pack("<Q", len(words)) + words + data[8 + length :])
    return path


FORGERIES = {
    "a newer format": lambda h, a: a.update(format=99),
    "no format": lambda h, a: a.pop("format"),
    "a thousand million layers": lambda h, a: a["config"]["model"].update(n_layer=10**9),
    "one layer more": lambda h, a: a["config"]["model"].update(n_layer=3),
    "another width": lambda h, a: a["config"]["model"].update(n_embd=32),
    "a tokenizer of one letter": lambda h, a: a["tokenizer"].update(characters="a"),
    "a tokenizer that is a list": lambda h, a: a.update(tokenizer=[]),
    "an unknown switch": lambda h, a: a["ablations"].update(gravity=False),
    "a step that is a word": lambda h, a: a.update(step="ten"),
    "a tensor too many": lambda h, a: h.update(more={"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}),
    "another type": lambda h, a: h["ln_f.bias"].update(dtype="F64"),
    "another shape": lambda h, a: h["ln_f.bias"].update(shape=[1, 16]),
    "offsets beyond the end": lambda h, a: h["ln_f.bias"].update(data_offsets=[2**40, 2**40 + 64]),
    "negative offsets": lambda h, a: h["ln_f.bias"].update(data_offsets=[-64, 0]),
    "overlapping tensors": lambda h, a: h["ln_f.bias"].update(data_offsets=h["ln_f.weight"]["data_offsets"]),
    "offsets that are words": lambda h, a: h["ln_f.bias"].update(data_offsets="all"),
}


@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES.keys())
def test_no_forged_header_gets_past_the_reader(change: Any, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        load_model(forged(folder, tmp_path, change))


def test_an_honest_rewrite_of_the_header_is_accepted(folder: Path, tmp_path: Path) -> None:
    path = forged(folder, tmp_path, lambda header, about: None)
    assert torch.equal(load_model(path)(IDS), load_model(folder)(IDS))


@pytest.mark.parametrize(
    "header", [b"", b"{", b"[]", b"[" * 200_000, b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":' + b"1" * 10_000 + b"}"]
)
def test_a_header_that_is_not_one_is_refused(header: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(CheckpointError):
        load_model(path)


def test_a_header_bomb_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", 2**62) + b"{}")
    with pytest.raises(CheckpointError, match="impossible length"):
        load_model(path)


class Bomb:
    """Would write a file if anybody unpickled it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("name", ["model.pt", "model.bin", "model.ckpt", "model.safetensors", "model"])
def test_a_pickle_is_refused_under_any_name_and_never_opened(name: str, tmp_path: Path) -> None:
    path, trace = tmp_path / name, tmp_path / "trace"
    path.write_bytes(pickle.dumps(Bomb(trace)))
    with pytest.raises(CheckpointError):
        load_model(path)
    assert not trace.exists()


def test_a_safetensors_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"x": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match="not one of ours"):
        load_model(tmp_path / "other.safetensors")


def test_what_is_not_there_is_not_found(tmp_path: Path, run: Run) -> None:
    with pytest.raises(NotFoundError):
        load_model(tmp_path / "nothing.safetensors")
    for entry in run.checkpoints():
        shutil.rmtree(entry.path)
    with pytest.raises(NotFoundError, match="no checkpoint yet"):
        load_model(run.path)


def test_a_checkpoint_knows_its_model_before_the_first_step(config: Config, corpus: Corpus, store: Store) -> None:
    empty = replace(config, train=replace(config.train, steps=0))
    trainer = new_run(empty, corpus, store)
    list(trainer)
    assert trainer.run is not None
    entry = trainer.run.checkpoints()[0]
    assert isinstance(load_checkpoint(entry.path), Checkpoint)
    assert load_resumable(entry.path).updates == 0
