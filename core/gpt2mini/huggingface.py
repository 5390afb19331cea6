"""GPT-2 folders as Hugging Face `transformers` reads and writes them: a checkpoint leaves as one, or comes in as one.

    config.json             shape, activation, dropout
    model.safetensors       the weights, each Linear transposed (GPT-2's Conv1D), the head left out where it is tied
    tokenizer.json          bytes or characters to ids, for the `tokenizers` library
    tokenizer_config.json, generation_config.json

Nothing of Hugging Face is imported. What GPT-2 there cannot express is refused, not approximated; a part that is
switched off in a way it can express leaves with its output projection set to zero, so that it adds nothing.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from gpt2mini.ablations import ALL_ON, Ablations
from gpt2mini.bpe import END_OF_TEXT, BpeTokenizer
from gpt2mini.checkpoint import Checkpoint
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig, parameter_shapes
from gpt2mini.errors import CheckpointError, LabError, NotFoundError, UsageError
from gpt2mini.model import GPT2Mini
from gpt2mini.storage import new_folder, parse_json, read_json, read_regular, write_file
from gpt2mini.tensorfile import check_layout, read_tensors
from gpt2mini.tensorhead import read_head
from gpt2mini.tokenizer import PLACEHOLDERS, CharTokenizer, Tokenizer

__all__ = ["read_folder", "write_folder"]

ACTIVATIONS = {"gelu": "gelu", "gelu_tanh": "gelu_new", "relu": "relu", "identity": "linear"}
"""Our names and theirs; `gelu_new` is the tanh approximation (Hendrycks & Gimpel 2016)."""

_OURS = {theirs: ours for ours, theirs in ACTIVATIONS.items()} | {"gelu_pytorch_tanh": "gelu_tanh"}
_NAMES = {"tok_emb": "wte", "pos_emb": "wpe", "blocks": "h", "ln1": "ln_1", "ln2": "ln_2"}
_PREFIX = "transformer."
_CONV = re.compile(r".*\.(c_attn|c_proj|c_fc)\.weight")
_BUFFERS = r"(transformer\.)?h\.\d+\.attn\.(masked_)?bias"
_DEFAULTS = {
    "vocab_size": 50257,
    "n_positions": 1024,
    "n_embd": 768,
    "n_layer": 12,
    "n_head": 12,
    "activation_function": "gelu_new",
    "resid_pdrop": 0.1,
    "scale_attn_weights": True,
    "tie_word_embeddings": True,
}
_FIXED = {"layer_norm_epsilon": 1e-5, "scale_attn_by_inverse_layer_idx": False, "add_cross_attention": False}
_TOKENIZER_LIMIT = 32 * 2**20  # bytes


def write_folder(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a folder that `from_pretrained` takes, whole or not at all.

    Raises UsageError for switches that GPT-2 has no word for, CannotCreateError if there is such a folder, DiskError.
    """
    _refuse_inexpressible(checkpoint.ablations)
    tensors = {_their_name(name): tensor for name, tensor in _their_weights(checkpoint)}
    end = _end_of_text(checkpoint.tokenizer)
    plain = {
        "config.json": _their_config(checkpoint, end),
        "generation_config.json": {"_from_model_config": True, "bos_token_id": end, "eos_token_id": end},
        "tokenizer_config.json": _tokenizer_config(checkpoint, end),
    }
    with new_folder(folder) as aside:
        write_file(aside / "model.safetensors", safetensors.torch.save(tensors, {"format": "pt"}))
        write_file(aside / "tokenizer.json", _tokenizer_json(checkpoint.tokenizer).encode())
        for name, content in plain.items():
            write_file(aside / name, json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n")


def read_folder(folder: Path) -> Checkpoint:
    """Return the model of such a folder, ready to be asked, under the switches that it was made for.

    Raises NotFoundError, and CheckpointError for one that is damaged, or not a GPT-2 that can be built here.
    """
    try:
        plain = read_json(folder / "config.json")
    except NotFoundError as error:
        raise NotFoundError("this is not a Hugging Face folder", where=folder, why="it has no config.json") from error
    model, on = _our_config(plain, folder / "config.json")
    weights = _read_weights(folder, model)
    network = GPT2Mini(model, ablations=on)
    own = dict(network.named_parameters())
    with torch.no_grad():
        for name, tensor in weights.items():
            own[name].copy_(tensor.T if _CONV.fullmatch(name) else tensor)
    tokenizer = _read_tokenizer(folder, model.vocab_size)
    return Checkpoint(
        model=network.eval(),
        tokenizer=tokenizer,
        config=Config(
            model=model,
            data=DataConfig(data="", tokenizer=tokenizer.kind),
            train=TrainConfig(),
            ablations=on,
        ),
        ablations=on,
        step=0,
        run="",
    )


# Out


def _refuse_inexpressible(on: Ablations) -> None:
    reasons = {
        "residual connections off": not on.residual and (on.attention or on.mlp),
        f"LayerNorm {on.ln_style}": on.ln_style != "pre",
        "no causal mask": not on.causal_mask and on.attention,
    }
    odd = [words for words, holds in reasons.items() if holds]
    if odd:
        raise UsageError(
            f"GPT-2 of Hugging Face has no word for {' and '.join(odd)}", do="Keep this model in its own format."
        )


def _their_weights(checkpoint: Checkpoint) -> Iterator[tuple[str, Tensor]]:
    on = checkpoint.ablations
    off = [".attn.c_proj."] * (not on.attention) + [".mlp.c_proj."] * (not on.mlp)
    off += ["pos_emb."] * (not on.position_embedding)
    for name, parameter in checkpoint.model.named_parameters():
        tensor = parameter.detach().cpu()
        if any(part in name for part in off):
            tensor = torch.zeros_like(tensor)
        yield name, (tensor.T if _CONV.fullmatch(name) else tensor).contiguous()


def _their_name(name: str) -> str:
    parts = [_NAMES.get(part, part) for part in name.split(".")]
    return ".".join(parts) if parts[0] == "lm_head" else _PREFIX + ".".join(parts)


def _their_config(checkpoint: Checkpoint, end: int | None) -> dict[str, Any]:
    model, on = checkpoint.config.model, checkpoint.ablations
    p = model.dropout if on.dropout else 0.0
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": model.vocab_size,
        "n_positions": model.block_size,
        "n_embd": model.n_embd,
        "n_layer": model.n_layer,
        "n_head": model.n_head,
        "n_inner": None,
        "activation_function": ACTIVATIONS[on.activation],
        "resid_pdrop": p,
        "embd_pdrop": p,
        "attn_pdrop": p,
        "layer_norm_epsilon": 1e-5,
        "initializer_range": 0.02,
        "scale_attn_weights": on.attention_scale,
        "tie_word_embeddings": model.tied_embeddings,
        "bos_token_id": end,
        "eos_token_id": end,
        "dtype": "float32",
    }


def _tokenizer_config(checkpoint: Checkpoint, end: int | None) -> dict[str, Any]:
    special = {} if end is None else dict.fromkeys(("bos_token", "eos_token", "unk_token"), END_OF_TEXT)
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": checkpoint.config.model.block_size,
        "clean_up_tokenization_spaces": False,
        **special,
    }


def _tokenizer_json(tokenizer: Tokenizer) -> str:
    """Return a `tokenizer.json`. Characters are byte-pair encoding without a single pair, and without the bytes."""
    if isinstance(tokenizer, BpeTokenizer):
        return tokenizer.definition
    vocab = {tokenizer.decode([number]): number for number in range(tokenizer.vocab_size)}
    stand_in = next((mark for mark in PLACEHOLDERS if mark in vocab), None)
    plain: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {"type": "Fuse"},
        "model": {"type": "BPE", "unk_token": stand_in, "fuse_unk": False, "vocab": vocab, "merges": []},
    }
    return json.dumps(plain, ensure_ascii=False)


def _end_of_text(tokenizer: Tokenizer) -> int | None:
    return tokenizer.id_of(END_OF_TEXT) if isinstance(tokenizer, BpeTokenizer) else None


# In


def _our_config(plain: object, where: Path) -> tuple[ModelConfig, Ablations]:
    """Return the shape and the switches of a config.json; what it leaves out is as in GPT-2, 124M parameters."""
    if not isinstance(plain, dict) or plain.get("model_type") != "gpt2":
        kind = plain.get("model_type") if isinstance(plain, dict) else None
        raise CheckpointError("this is not a GPT-2", where=where, why=f"its model_type is {str(kind)[:40]!r}")
    said: dict[str, Any] = _DEFAULTS | plain
    width = said["n_embd"]
    odd = [name for name, wanted in _FIXED.items() if said.get(name, wanted) != wanted]
    if said.get("n_inner") not in (None, 4 * width if isinstance(width, int) else None):
        odd.append("n_inner")
    if str(said["activation_function"]) not in _OURS:
        odd.append("activation_function")
    if odd:
        value = str(said[odd[0]])[:40]
        raise CheckpointError("this GPT-2 cannot be built here", where=where, why=f"its {odd[0]} is {value}")
    try:
        model = ModelConfig(
            vocab_size=said["vocab_size"],
            n_layer=said["n_layer"],
            n_head=said["n_head"],
            n_embd=said["n_embd"],
            block_size=said["n_positions"],
            dropout=said["resid_pdrop"],
            tied_embeddings=said["tie_word_embeddings"],
            scaled_init=True,
        )
        on = ALL_ON.with_switch("activation", _OURS[said["activation_function"]])
        on = on.with_switch("attention_scale", said["scale_attn_weights"])
    except UsageError as error:
        raise CheckpointError("this GPT-2 cannot be built here", where=where, why=str(error)) from error
    return model, on


def _read_weights(folder: Path, model: ModelConfig) -> dict[str, Tensor]:
    """Return the weights by our names, still in their layout."""
    where = folder / "model.safetensors"
    try:
        head = read_head(where)
    except NotFoundError as error:
        raise _without_weights(folder) from error
    prefix = _PREFIX if any(name.startswith(_PREFIX) for name in head.header) else ""
    spare = re.compile(f"{_BUFFERS}|lm_head\\.weight" if model.tied_embeddings else _BUFFERS)
    theirs = {name: _their_name(name).replace(_PREFIX, prefix, 1) for name in parameter_shapes(model)}
    expected = {
        theirs[name]: shape[::-1] if _CONV.fullmatch(name) else shape for name, shape in parameter_shapes(model).items()
    }
    check_layout(head, expected, where, spare=spare)
    found = read_tensors(read_regular(where, limit=head.size), expected, where, spare=spare)
    return {name: found[theirs[name]] for name in theirs}


def _without_weights(folder: Path) -> LabError:
    if (folder / "model.safetensors.index.json").exists():
        do = "Save it in one: save_pretrained(folder, max_shard_size=...)."
        return CheckpointError("the weights are in several files", where=folder, do=do)
    if (folder / "pytorch_model.bin").exists():
        return CheckpointError(
            "the weights are in a file that can run code when it is opened, so it is not opened here",
            where=folder / "pytorch_model.bin",
            do="Convert it to safetensors where you trust it.",
        )
    return NotFoundError("there are no weights", where=folder, why="it has no model.safetensors")


def _read_tokenizer(folder: Path, vocab_size: int) -> Tokenizer:
    """Return the tokenizer of a folder: a `tokenizer.json`, else GPT-2's own two files."""
    where = folder / "tokenizer.json"
    try:
        if where.exists():
            return _our_tokenizer(read_regular(where, limit=_TOKENIZER_LIMIT).decode(), vocab_size)
        where = folder / "vocab.json"
        vocab = parse_json(read_regular(where, limit=_TOKENIZER_LIMIT), where=where)
        where = folder / "merges.txt"
        lines = read_regular(where, limit=_TOKENIZER_LIMIT).decode().splitlines()
        merges = [line for line in lines if line.strip() and not line.startswith("#version")]
        if not isinstance(vocab, dict):
            raise UsageError("the vocabulary is not an object")
        added = {END_OF_TEXT: vocab[END_OF_TEXT]} if END_OF_TEXT in vocab else {}
        return BpeTokenizer.from_vocabulary(vocab, merges, added=added, vocab_size=vocab_size)
    except (UsageError, UnicodeDecodeError) as error:
        raise CheckpointError("cannot read the tokenizer", where=where, why=str(error)) from error


def _our_tokenizer(text: str, vocab_size: int) -> Tokenizer:
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError("it is not JSON", why=str(error)[:80]) from error
    match plain:
        case {"pre_tokenizer": None, "model": {"type": "BPE", "merges": [], "vocab": dict(vocab)}}:
            pieces = sorted(vocab, key=lambda piece: str(vocab[piece]).zfill(8))
            characters = "".join(pieces)
            if len(characters) != vocab_size or [vocab[piece] for piece in pieces] != list(range(vocab_size)):
                raise UsageError("its tokens are not the characters of a text, numbered from 0")
            return CharTokenizer(characters)
    return BpeTokenizer.from_json(text, vocab_size=vocab_size)
