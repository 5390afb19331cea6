"""GPT-2, small, assembled by hand, to be read from top to bottom.

Tokens become vectors, blocks read from and write to a residual stream, and the last norm and the head turn each
position into a guess about the next token (Radford et al. 2019; decoder of Vaswani et al. 2017 with Pre-LN).

Two arguments travel through every forward pass: `on`, which parts are switched on, and `noise`, where dropout draws
from (none of it, no dropout). Neither is a state of the model, so the same weights can be asked in any way at any time.

Shapes: B sequences, T positions, C channels (n_embd), H heads, D = C / H channels a head, V tokens in the vocabulary.
"""

import math
from dataclasses import replace
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gpt2mini.ablations import ALL_ON, Ablations
from gpt2mini.attention import attend_qkv, keep_mask
from gpt2mini.config import ModelConfig
from gpt2mini.rng import Noise, generator

__all__ = ["MLP", "Block", "CausalSelfAttention", "Dropout", "GPT2Mini"]


class Dropout(nn.Module):
    """Sets a share p of the activations to zero while training, and scales up the rest (Srivastava et al. 2014)."""

    def __init__(self, p: float, place: str) -> None:
        super().__init__()
        self.p, self.place = p, place

    def forward(self, x: Tensor, on: Ablations, noise: Noise | None) -> Tensor:
        if noise is None or not on.dropout or self.p == 0:
            return x
        return noise.drop(self.place, x, self.p)


class CausalSelfAttention(nn.Module):
    """Each position asks a question of all earlier ones and takes a weighted mean of what they offer.

    softmax(Q Kᵀ / √D + mask) V for every head, then a projection back (Vaswani et al. 2017, eq. 1).
    """

    causal_mask: Tensor

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        self.n_head = config.n_head
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd)
        self.p, self.place = config.dropout, f"{layer}.attn.weights"
        self.drop = Dropout(config.dropout, f"{layer}.attn.out")
        self.register_buffer("causal_mask", _past(config.block_size))
        self.is_fast = True  # False takes the way that is written out here, to the same numbers

    def forward(self, x: Tensor, on: Ablations, noise: Noise | None) -> Tensor:
        qkv = self.c_attn(x)  # (B, T, 3C)
        y = self.mix_fast(qkv, on, noise) if self.is_fast else self.mix(qkv, on, noise)  # (B, T, C)
        out: Tensor = self.drop(self.c_proj(y), on, noise)  # (B, T, C)
        return out

    def mix(self, qkv: Tensor, on: Ablations, noise: Noise | None) -> Tensor:
        """Return what each position takes from the others, (B, T, 3C) to (B, T, C)."""
        weights = self.weights(qkv, on)  # (B, H, T, T)
        if noise is not None and on.dropout and self.p > 0:
            weights = weights * keep_mask(noise, self.place, weights.shape, self.p, causal=on.causal_mask, like=weights)
        y: Tensor = weights @ self.heads(qkv)[2]  # (B, H, T, D)
        return y.transpose(1, 2).reshape(qkv.shape[0], qkv.shape[1], -1)

    def weights(self, qkv: Tensor, on: Ablations) -> Tensor:
        """Return how much each position takes from each other, (B, T, 3C) to (B, H, T, T); each row sums to 1."""
        q, k, _ = self.heads(qkv)  # (B, H, T, D) each
        T, D = q.shape[2:]
        scores: Tensor = q @ k.transpose(2, 3)  # (B, H, T, T): question × key
        if on.attention_scale:
            scores = scores / math.sqrt(D)
        if on.causal_mask:
            scores = scores.masked_fill(~self.causal_mask[:T, :T], -math.inf)
        return scores.softmax(dim=3)

    def heads(self, qkv: Tensor) -> Tensor:
        """Return questions, keys and offers of all heads, (B, T, 3C) to (3, B, H, T, D)."""
        B, T, C3 = qkv.shape
        return qkv.view(B, T, 3, self.n_head, C3 // 3 // self.n_head).permute(2, 0, 3, 1, 4)

    def mix_fast(self, qkv: Tensor, on: Ablations, noise: Noise | None) -> Tensor:
        """Return the same as `mix`, in less than half the time on a CPU; see `attention.py`."""
        return attend_qkv(
            qkv,
            self.n_head,
            causal=on.causal_mask,
            scale=1 / math.sqrt(qkv.shape[2] // 3 // self.n_head) if on.attention_scale else 1.0,
            p=self.p if on.dropout else 0.0,
            noise=noise,
            place=self.place,
        )


@lru_cache(maxsize=1)
def _past(block_size: int) -> Tensor:
    """Return True where a position (row) may look at another (column): at itself and at what came before.

    All layers share it: a copy for each of them would be larger than the weights of a model with a long block.
    """
    return torch.ones(block_size, block_size, dtype=torch.bool).tril()


class MLP(nn.Module):
    """Each position thinks for itself: four times as wide, a nonlinearity, and back."""

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        self.c_fc = nn.Linear(config.n_embd, 4 * config.n_embd)
        self.gelu = nn.GELU()
        self.c_proj = nn.Linear(4 * config.n_embd, config.n_embd)
        self.drop = Dropout(config.dropout, f"{layer}.mlp.out")

    def forward(self, x: Tensor, on: Ablations, noise: Noise | None) -> Tensor:
        x = self.c_fc(x)  # (B, T, 4C)
        if on.activation == "gelu":
            x = self.gelu(x)
        elif on.activation == "gelu_tanh":
            x = F.gelu(x, approximate="tanh")
        elif on.activation == "relu":
            x = F.relu(x)
        out: Tensor = self.drop(self.c_proj(x), on, noise)  # (B, T, C)
        return out


class Block(nn.Module):
    """Attention, then an MLP, each behind a norm and around a residual."""

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        self.ln1 = nn.LayerNorm(config.n_embd)
        self.attn = CausalSelfAttention(config, layer)
        self.ln2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config, layer)

    def forward(self, x: Tensor, on: Ablations, noise: Noise | None) -> Tensor:
        if on.attention:
            x = self.sublayer(self.attn, self.ln1, x, on, noise)
        if on.mlp:
            x = self.sublayer(self.mlp, self.ln2, x, on, noise)
        return x  # (B, T, C)

    @staticmethod
    def sublayer(part: nn.Module, norm: nn.Module, x: Tensor, on: Ablations, noise: Noise | None) -> Tensor:
        """Pre-LN: x + part(norm(x)). Post-LN: norm(x + part(x)). None: x + part(x) (Xiong et al. 2020, figure 1)."""
        y: Tensor = part(norm(x) if on.ln_style == "pre" else x, on, noise)
        x = x + y if on.residual else y
        return norm(x) if on.ln_style == "post" else x


class GPT2Mini(nn.Module):
    """The whole network: `model(ids)` with ids (B, T) gives logits (B, T, V).

    `ablations` are the switches it is asked with unless a call says otherwise: those it was trained under. Its weights
    are a function of `config` and `seed` (Radford et al. 2019, section 2.3).
    """

    def __init__(self, config: ModelConfig, *, seed: int = 0, ablations: Ablations = ALL_ON) -> None:
        super().__init__()
        self.config = config
        self.ablations = ablations
        self.tok_emb = nn.Embedding(config.vocab_size, config.n_embd)
        self.pos_emb = nn.Embedding(config.block_size, config.n_embd)
        self.drop = Dropout(config.dropout, "embedding")
        self.blocks = nn.ModuleList(Block(config, layer) for layer in range(config.n_layer))
        self.ln_f = nn.LayerNorm(config.n_embd)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        if config.tied_embeddings:
            self.lm_head.weight = self.tok_emb.weight
        self._initialise(seed)

    def forward(self, idx: Tensor, on: Ablations | None = None, noise: Noise | None = None) -> Tensor:
        """Return logits (B, T, V) of what follows each of the ids (B, T); raises ValueError for T above block_size."""
        logits: Tensor = self.lm_head(self.features(idx, on, noise))  # (B, T, V)
        return logits

    def features(self, idx: Tensor, on: Ablations | None = None, noise: Noise | None = None) -> Tensor:
        """Return what the head reads at each position, (B, T) to (B, T, C); raises as `forward` does."""
        on = self.ablations if on is None else on
        T = idx.shape[1]
        if self.config.block_size < T:
            raise ValueError(f"{T} tokens do not fit into a block of {self.config.block_size}")
        x: Tensor = self.tok_emb(idx)  # (B, T, C)
        if on.position_embedding:
            x = x + self.pos_emb.weight[:T]
        x = self.drop(x, on, noise)
        for block in self.blocks:
            x = block(x, on, noise)
        if on.ln_style != "none":
            x = self.ln_f(x)
        return x

    def set_dropout(self, p: float) -> None:
        """Drop another share of the activations from now on, from 0 to below 1."""
        self.config = replace(self.config, dropout=p)
        for part in self.modules():
            if isinstance(part, Dropout | CausalSelfAttention):
                part.p = p

    def _initialise(self, seed: int) -> None:
        """N(0, init_std²) and zero biases; scaled_init: c_proj by 1/√(2 n_layer) smaller (Radford et al. 2019, 2.3).

        Every matrix draws from its own key, so models of different shapes share the matrices that they have in common.
        """
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if parameter.dim() < 2:
                    parameter.fill_(1.0 if name.endswith("weight") else 0.0)  # a vector of weights is a norm's
                    continue
                std = self.config.init_std
                if self.config.scaled_init and name.endswith("c_proj.weight"):
                    std /= math.sqrt(2 * self.config.n_layer)
                parameter.normal_(0.0, std, generator=generator(seed, "init", name))
