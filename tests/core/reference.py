"""GPT-2 written a second time, from the papers and from nothing else, for `model.py` to be held against.

Plain functions of a state dict, explicit sums, no torch.nn: slow, and different on purpose.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

Drop = Callable[[str, Tensor], Tensor]


def layer_norm(x: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
    mean = x.mean(-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(-1, keepdim=True)
    return (x - mean) / torch.sqrt(variance + 1e-5) * gain + bias


def gelu(x: Tensor) -> Tensor:
    return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))


def everything(_: str, x: Tensor) -> Tensor:
    """Drop nothing."""
    return x


def attention(x: Tensor, weights: dict[str, Tensor], prefix: str, n_head: int, drop: Drop = everything) -> Tensor:
    _, T, C = x.shape
    D = C // n_head
    qkv = torch.einsum("btc,oc->bto", x, weights[f"{prefix}.c_attn.weight"]) + weights[f"{prefix}.c_attn.bias"]
    patterns, offers = [], []
    for head in range(n_head):
        q, k, v = (qkv[:, :, part * C + head * D : part * C + (head + 1) * D] for part in range(3))
        scores = torch.einsum("bid,bjd->bij", q, k) / math.sqrt(D)
        future = torch.arange(T)[None, :] > torch.arange(T)[:, None]
        scores = torch.where(future, torch.tensor(-math.inf, dtype=x.dtype), scores)
        shares = torch.exp(scores - scores.max(-1, keepdim=True).values)
        patterns.append(shares / shares.sum(-1, keepdim=True))
        offers.append(v)
    kept = drop("attn.weights", torch.stack(patterns, dim=1))  # (B, H, T, T)
    y = torch.cat([torch.einsum("bij,bjd->bid", kept[:, head], offers[head]) for head in range(n_head)], dim=-1)
    return torch.einsum("btc,oc->bto", y, weights[f"{prefix}.c_proj.weight"]) + weights[f"{prefix}.c_proj.bias"]


def mlp(x: Tensor, weights: dict[str, Tensor], prefix: str) -> Tensor:
    wide = torch.einsum("btc,oc->bto", x, weights[f"{prefix}.c_fc.weight"]) + weights[f"{prefix}.c_fc.bias"]
    return (
        torch.einsum("bto,co->btc", gelu(wide), weights[f"{prefix}.c_proj.weight"]) + weights[f"{prefix}.c_proj.bias"]
    )


def logits(ids: Tensor, weights: dict[str, Tensor], *, n_layer: int, n_head: int, drop: Drop = everything) -> Tensor:
    """Return (B, T, V) for ids (B, T), from the names of a state dict; `drop` gets each place of dropout by name."""
    x = weights["tok_emb.weight"][ids] + weights["pos_emb.weight"][torch.arange(ids.shape[1])]
    x = drop("embedding", x)
    for layer in range(n_layer):

        def here(place: str, y: Tensor, layer: int = layer) -> Tensor:
            return drop(f"{layer}.{place}", y)

        p = f"blocks.{layer}"
        inner = layer_norm(x, weights[f"{p}.ln1.weight"], weights[f"{p}.ln1.bias"])
        x = x + here("attn.out", attention(inner, weights, f"{p}.attn", n_head, here))
        inner = layer_norm(x, weights[f"{p}.ln2.weight"], weights[f"{p}.ln2.bias"])
        x = x + here("mlp.out", mlp(inner, weights, f"{p}.mlp"))
    x = layer_norm(x, weights["ln_f.weight"], weights["ln_f.bias"])
    return torch.einsum("btc,vc->btv", x, weights["lm_head.weight"])


def loss(ids: Tensor, targets: Tensor, weights: dict[str, Tensor], *, n_layer: int, n_head: int) -> Tensor:
    """Return the mean cross-entropy in nats."""
    scores = logits(ids, weights, n_layer=n_layer, n_head=n_head)
    shares = torch.exp(scores) / torch.exp(scores).sum(-1, keepdim=True)
    picked = shares.gather(-1, targets[..., None])
    return -torch.log(picked).mean()
