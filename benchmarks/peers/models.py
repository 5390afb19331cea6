"""The same GPT-2, as others build it: from a checkout that the user names, from transformers, from torch's own layers.

All have the same sizes, dropout in the same places, tied weights, AdamW at the same rate and a clipped gradient, and
train in their own eager loop. Nothing of theirs is part of this project.
"""

import contextlib
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gpt2mini.ablations import ALL_ON
from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.learner import Learner

RATE, CLIP = 3e-4, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What is trained."""

    V: int = 65
    B: int = 32
    T: int = 256
    L: int = 4
    H: int = 4
    C: int = 128

    def config(self) -> Config:
        """Return the same as a configuration."""
        model = ModelConfig(vocab_size=self.V, n_layer=self.L, n_head=self.H, n_embd=self.C, block_size=self.T)
        return Config(model=model, train=TrainConfig(batch_size=self.B))


class Encoder(nn.Module):
    """A GPT from nn.TransformerEncoder with a causal mask."""

    def __init__(self, size: Size) -> None:
        """Build it; norm first, GELU, a last norm, tied weights."""
        super().__init__()
        self.tok, self.pos = nn.Embedding(size.V, size.C), nn.Embedding(size.T, size.C)
        layer = nn.TransformerEncoderLayer(size.C, size.H, 4 * size.C, 0.1, "gelu", batch_first=True, norm_first=True)
        self.body = nn.TransformerEncoder(layer, size.L, nn.LayerNorm(size.C), enable_nested_tensor=False)
        self.head = nn.Linear(size.C, size.V, bias=False)
        self.head.weight = self.tok.weight
        self.mask = nn.Transformer.generate_square_subsequent_mask(size.T)

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean loss of predicting x from itself."""
        hidden = F.dropout(self.tok(x) + self.pos.weight[: x.shape[1]], 0.1)
        scores = self.head(self.body(hidden, mask=self.mask, is_causal=True))
        return F.cross_entropy(scores.flatten(0, 1), x.flatten())


def ours(size: Size, threads: int, _: str) -> Callable[[], float]:
    """Return a step of this project."""
    x = torch.randint(size.V, (size.B, size.T))
    learner = Learner(size.config(), device="cpu", threads=threads)
    if threads > 1:
        learner.choose_threads(x, x)
    steps = iter(range(10**9))
    return lambda: learner.step(x, x, on=ALL_ON, step=next(steps), lr=RATE).loss


def nanogpt(size: Size, threads: int, path: str) -> Callable[[], float]:
    """Return a step of nanoGPT's model in the loop of its train.py."""
    model = nanogpt_model(size, path)
    with contextlib.redirect_stdout(io.StringIO()):
        optimizer = model.configure_optimizers(0.1, RATE, (0.9, 0.95), "cpu")
    return _loop(size, threads, model, optimizer, lambda x: model(x, x)[1])


def nanogpt_model(size: Size, path: str) -> Any:
    """Return nanoGPT's model from a checkout."""
    sys.path.insert(0, path)
    from model import GPT, GPTConfig  # type: ignore[import-not-found]  # a checkout that the user named

    with contextlib.redirect_stdout(io.StringIO()):
        return GPT(
            GPTConfig(block_size=size.T, vocab_size=size.V, n_layer=size.L, n_head=size.H, n_embd=size.C, dropout=0.1)
        )


def mingpt(size: Size, threads: int, path: str) -> Callable[[], float]:
    """Return a step of minGPT's model in the loop of its trainer."""
    sys.path.insert(0, path)
    from mingpt.model import GPT  # type: ignore[import-not-found]  # a checkout that the user named
    from mingpt.trainer import Trainer  # type: ignore[import-not-found]  # the same

    config = GPT.get_default_config()
    config.model_type, config.vocab_size, config.block_size = None, size.V, size.T
    config.n_layer, config.n_head, config.n_embd = size.L, size.H, size.C
    with contextlib.redirect_stdout(io.StringIO()):
        model = GPT(config)
    optimizer = model.configure_optimizers(Trainer.get_default_config())
    return _loop(size, threads, model, optimizer, lambda x: model(x, x)[1])


def transformers(size: Size, threads: int, _: str) -> Callable[[], float]:
    """Return a step of GPT2LMHeadModel."""
    model = transformers_model(size).train()
    return _loop(size, threads, model, _adamw(model), lambda x: model(x, labels=x).loss)


def transformers_model(size: Size) -> Any:
    """Return GPT2LMHeadModel without weights of its own."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=size.V,
        n_positions=size.T,
        n_embd=size.C,
        n_layer=size.L,
        n_head=size.H,
        activation_function="gelu",
        bos_token_id=0,
        eos_token_id=None,
    )
    return GPT2LMHeadModel(config)


def encoder(size: Size, threads: int, _: str) -> Callable[[], float]:
    """Return a step of a GPT from nn.TransformerEncoder."""
    model = Encoder(size)
    return _loop(size, threads, model, _adamw(model), model)


CONTENDERS = {
    "this project": ours,
    "nanoGPT": nanogpt,
    "minGPT": mingpt,
    "transformers": transformers,
    "nn.TransformerEncoder": encoder,
}


def _adamw(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.95), weight_decay=0.1)


def _loop(
    size: Size, threads: int, model: nn.Module, optimizer: torch.optim.Optimizer, loss_of: Callable[[Tensor], Tensor]
) -> Callable[[], float]:
    torch.set_num_threads(threads)
    x = torch.randint(size.V, (size.B, size.T))

    def step() -> float:
        loss = loss_of(x)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())

    return step
