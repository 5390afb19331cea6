"""What a model file says of its model, read without torch: a list, or a form, need not wait two seconds for it."""

import math
import typing
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gpt2mini.ablations import Ablations
from gpt2mini.config import Config
from gpt2mini.errors import CheckpointError, LabError, UsageError
from gpt2mini.manifest import FORMAT
from gpt2mini.settings import fits, from_plain
from gpt2mini.storage import parse_json
from gpt2mini.tensorhead import read_head
from gpt2mini.tokenizer import tokenizer_from_plain

__all__ = ["about", "as_it_stood", "description", "whole"]


def as_it_stood(checkpoint: Path) -> Config:
    """Return the configuration of a checkpoint folder, switches included, after all that was changed on the way.

    That is what a fork begins with. Raises NotFoundError and CheckpointError.
    """
    where = checkpoint / "model.safetensors"
    told = about(description(read_head(where).header, where), where)
    config: Config = told["config"]
    return replace(config, ablations=told["ablations"])


def description(header: Mapping[str, Any], where: Path) -> dict[str, Any]:
    """Return what the header of a model file says about the model, of this format or of an older one."""
    metadata = header.get("__metadata__")
    words = metadata.get("gpt2mini") if isinstance(metadata, dict) else None
    if not isinstance(words, str):
        raise CheckpointError(
            "this safetensors file is not one of ours", where=where, why="it does not say which model it holds"
        )
    plain = parse_json(words.encode("utf-8", "surrogatepass"), where=where)
    if not isinstance(plain, dict) or not isinstance(plain.get("format"), int):
        raise CheckpointError("cannot read the model", where=where, why="its description is damaged")
    if plain["format"] > FORMAT:
        raise CheckpointError("this model was saved by a newer version", where=where, do="Update gpt2mini-tui.")
    return plain


def about(plain: Mapping[str, Any], where: Path) -> dict[str, Any]:
    """Return the parts of a checkpoint that a description holds, checked."""
    try:
        config = from_plain(Config, plain.get("config"))
        tokenizer = tokenizer_from_plain(plain.get("tokenizer"))
        ablations = from_plain(Ablations, plain.get("ablations"))
        if tokenizer.vocab_size != config.model.vocab_size:
            raise UsageError(f"{tokenizer.vocab_size} tokens, but a model of {config.model.vocab_size}")
    except (LabError, ValueError) as error:
        raise CheckpointError("cannot read the model", where=where, why=str(error)) from error
    val_loss = plain.get("val_loss")
    return {
        "config": config,
        "tokenizer": tokenizer,
        "ablations": ablations,
        "step": whole(plain, "step", where),
        "run": str(plain.get("run", ""))[:200],
        "val_loss": float(typing.cast(float, val_loss)) if fits(val_loss, float) else math.nan,
    }


def whole(plain: Mapping[str, Any], name: str, where: Path) -> int:
    """Return a count that a file holds under a name; raises CheckpointError for anything else."""
    value = plain.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise CheckpointError("the checkpoint is damaged", where=where, why=f"{name!r} is not a count")
    return value
