"""A model leaves as a Hugging Face folder and comes back; `tests/extra` asks their library whether it agrees."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from byte_pairs import ENGLISH
from gpt2mini.ablations import ALL_ON, Ablations
from gpt2mini.adopting import adopt_run
from gpt2mini.checkpoint import Checkpoint, load_checkpoint, verify
from gpt2mini.config import Config, ModelConfig
from gpt2mini.errors import CannotCreateError, CheckpointError, LabError, NotFoundError, UsageError
from gpt2mini.huggingface import read_folder, write_folder
from gpt2mini.model import GPT2Mini
from gpt2mini.runs import Store
from gpt2mini.tokenizer import CharTokenizer, Tokenizer

CHARACTERS = CharTokenizer.from_text("hello, world?\n")


def made(on: Ablations = ALL_ON, tokenizer: Tokenizer = CHARACTERS, **shape: Any) -> Checkpoint:
    size = {"n_layer": 2, "n_head": 2, "n_embd": 8, "block_size": 12} | shape
    config = Config(model=ModelConfig(vocab_size=tokenizer.vocab_size, **size), ablations=on)
    model = GPT2Mini(config.model, seed=2, ablations=on).eval()
    return Checkpoint(model=model, tokenizer=tokenizer, config=config, ablations=on, step=3, run="r")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(tmp_path / "out", made(tokenizer=ENGLISH))
    return tmp_path / "out"


@pytest.mark.parametrize("tokenizer", [CHARACTERS, ENGLISH])
@pytest.mark.parametrize("tied", [True, False])
def test_a_model_comes_back_as_it_left(tokenizer: Tokenizer, tied: bool, tmp_path: Path) -> None:
    checkpoint = made(Ablations(activation="gelu_tanh"), tokenizer, tied_embeddings=tied)
    write_folder(tmp_path / "out", checkpoint)
    back = read_folder(tmp_path / "out")
    ids = torch.arange(10)[None]
    assert torch.equal(back.model(ids), checkpoint.model(ids))
    assert back.tokenizer == tokenizer
    assert back.ablations == checkpoint.ablations


@pytest.mark.parametrize(
    ("on", "word"),
    [
        (Ablations(residual=False), "residual"),
        (Ablations(ln_style="post"), "LayerNorm post"),
        (Ablations(ln_style="none"), "LayerNorm none"),
        (Ablations(causal_mask=False), "causal mask"),
    ],
)
def test_what_gpt2_cannot_express_is_refused(on: Ablations, word: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"no word for .*{word}"):
        write_folder(tmp_path / "out", made(on))
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_is_off_adds_nothing_in_what_leaves(tmp_path: Path) -> None:
    checkpoint = made(Ablations(attention=False, position_embedding=False))
    write_folder(tmp_path / "out", checkpoint)
    back = read_folder(tmp_path / "out")
    ids = torch.arange(10)[None]
    assert back.ablations.attention
    torch.testing.assert_close(back.model(ids), checkpoint.model(ids))
    assert float(checkpoint.model.pos_emb.weight.detach().abs().sum()) > 0


def test_a_folder_is_never_written_over(folder: Path) -> None:
    with pytest.raises(CannotCreateError):
        write_folder(folder, made())


def edited(**values: object) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        plain = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(plain | values))

    return edit


def gone(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def filled(name: str, data: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(data) and None


def with_a_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def in_parts(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model.safetensors.index.json")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (edited(model_type="llama"), "llama"),
        (edited(n_inner=7), "n_inner"),
        (edited(n_embd="8"), "n_inner|n-embd"),
        (edited(n_layer=10**9), "n-layer"),
        (edited(n_head=3), "n-head"),
        (edited(activation_function="silu"), "activation_function is silu"),
        (edited(activation_function=["gelu"]), "activation_function"),
        (edited(layer_norm_epsilon=1e-6), "layer_norm_epsilon"),
        (edited(scale_attn_by_inverse_layer_idx=True), "scale_attn_by_inverse"),
        (edited(scale_attn_weights="yes"), "attention-scale"),
        (edited(vocab_size=100), "tokens, the model only|amiss|not fit"),
        (edited(n_positions=13), "wpe"),
        (edited(tie_word_embeddings=False), "lm_head"),
        (gone("config.json"), "no config.json"),
        (gone("model.safetensors"), "no weights"),
        (gone("tokenizer.json"), "no such file"),
        (filled("config.json", b"[]"), "model_type"),
        (filled("config.json", b"{"), "not JSON"),
        (filled("tokenizer.json", b"\xff"), "tokenizer"),
        (filled("tokenizer.json", b"{}"), "tokenizer"),
        (filled("model.safetensors", b"\0" * 40), "safetensors"),
        (with_a_pickle, "can run code"),
        (in_parts, "several files"),
    ],
)
def test_what_cannot_be_built_is_a_sentence(spoil: Callable[[Path], None], why: str, folder: Path) -> None:
    spoil(folder)
    with pytest.raises((CheckpointError, NotFoundError)) as caught:
        read_folder(folder)
    assert re.search(why, str(caught.value)), str(caught.value)


def test_masks_among_the_weights_and_a_tied_head_are_passed_over(folder: Path) -> None:
    where = folder / "model.safetensors"
    tensors = safetensors.torch.load(where.read_bytes())
    tensors["transformer.h.0.attn.bias"] = torch.ones(1, 1, 12, 12)
    tensors["transformer.h.1.attn.masked_bias"] = torch.tensor(-1e4)
    tensors["lm_head.weight"] = tensors["transformer.wte.weight"].clone()
    where.write_bytes(safetensors.torch.save(tensors, {"format": "pt"}))
    assert torch.equal(read_folder(folder).model.tok_emb.weight, tensors["transformer.wte.weight"])
    tensors["transformer.h.0.attn.extra"] = torch.ones(1)
    where.write_bytes(safetensors.torch.save(tensors, {"format": "pt"}))
    with pytest.raises(LabError, match="amiss"):
        read_folder(folder)


def test_an_adopted_model_is_a_run_like_any_other(folder: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    checkpoint = read_folder(folder)
    run = adopt_run(checkpoint, store, stem="gpt2")
    assert run.name == "gpt2-1"
    summary = run.summary()
    assert (summary.status, summary.step, summary.steps, summary.problem) == ("done", 0, 0, "")
    verify(run.path / "step-000000")
    assert not (run.path / "step-000000" / "optimizer.safetensors").exists()
    again = load_checkpoint(run.path)
    ids = torch.arange(10)[None]
    assert torch.equal(again.model(ids), checkpoint.model(ids))
    assert again.tokenizer == ENGLISH
    with pytest.raises(CannotCreateError):
        adopt_run(checkpoint, store, name="gpt2-1")
