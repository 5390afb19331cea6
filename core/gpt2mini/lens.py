"""Looking into a model while it reads a text: what `views` describes, computed.

The model itself is asked, not a copy of its mathematics (`listening`). Nothing is drawn from a global generator, and
nothing of the model changes; a model that is training is not to be asked, but its snapshot.

Shapes: B sequences, T tokens, L layers, H heads, C channels, D = C / H channels a head, V tokens in the vocabulary.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gpt2mini.ablations import Ablations
from gpt2mini.errors import UsageError
from gpt2mini.listening import finite, read
from gpt2mini.model import GPT2Mini
from gpt2mini.probes import mean_cosine
from gpt2mini.rng import generator
from gpt2mini.views import (
    AttentionView,
    EmbeddingView,
    LensView,
    PositionView,
    ResidualView,
    SurpriseView,
    View,
)

__all__ = [
    "WINDOW",
    "attention",
    "embedding",
    "examine",
    "induction",
    "lens",
    "position",
    "residual",
    "surprise",
]

WINDOW = 1024
"""Tokens that are looked at, at most: what there is to see grows with their square."""
POSITIONS = 512
"""Positions that are compared with one another, at most."""

_REPEATED = 25  # random tokens, said twice (Olsson et al. 2022, appendix)
_SEQUENCES = 8  # of them, so that the score hardly depends on which tokens were drawn


def examine(model: GPT2Mini, ids: Sequence[int], view: str, *, layer: int = 0, on: Ablations | None = None) -> View:
    """Return the view of that name of a text, given as at least one and at most `WINDOW` ids.

    `on` are the switches to ask with, by default the model's own; `layer` matters to attention only. Raises UsageError
    for a layer, a view or an attention that is not there, and DivergedError where numbers are not finite.
    """
    match view:
        case AttentionView.name:
            return attention(model, ids, layer=layer, on=on)
        case LensView.name:
            return lens(model, ids, on=on)
        case SurpriseView.name:
            return surprise(model, ids, on=on)
        case ResidualView.name:
            return residual(model, ids, on=on)
        case EmbeddingView.name:
            return embedding(model)
        case PositionView.name:
            return position(model)
    raise UsageError(f"there is no view {view[:40]!r}")


def attention(model: GPT2Mini, ids: Sequence[int], *, layer: int = 0, on: Ablations | None = None) -> AttentionView:
    """Return who looks at whom in a layer, and the scores of all heads; raises UsageError as `examine` does."""
    on = model.ablations if on is None else on
    config = model.config
    if not 0 <= layer < config.n_layer:
        raise UsageError(f"there is no layer {layer}", do=f"The layers are 0 to {config.n_layer - 1}.")
    if not on.attention:
        raise UsageError("attention is switched off in this model", do="Choose another view.")
    chosen: list[Tensor] = []
    entropy, previous = [], []

    def see(index: int, weights: Tensor) -> None:
        weights = weights[0].double()  # (H, T, T)
        entropy.append(torch.special.entr(weights).sum(dim=2).mean(dim=1))
        previous.append(_mean_of(weights.diagonal(-1, 1, 2)))
        if index == layer:
            chosen.append(weights)

    read(model, [ids], on, see)
    T, H, D = len(ids), config.n_head, config.n_embd // config.n_head
    parts = "Q Kᵀ / √D" if on.attention_scale else "Q Kᵀ"
    return AttentionView(
        equation=f"A = softmax({parts} + mask)" if on.causal_mask else f"A = softmax({parts})",
        shapes=f"Q, K ({H}, {T}, {D}), A ({H}, {T}, {T})",
        layer=layer,
        weights=_numbers(chosen[0]),
        entropy=_numbers(torch.stack(entropy)),
        previous=_numbers(torch.stack(previous)),
        induction=induction(model, on=on),
    )


def induction(model: GPT2Mini, *, on: Ablations | None = None) -> NDArray[np.float64]:
    """Return the prefix-matching score of every head, (L, H); NaN where a block of fewer than four tokens has no room.

    Olsson et al. 2022, appendix, head activation evaluators: random tokens are said again, and the score is the mean
    attention from a token back to the one that followed the same token earlier. There are 25 of them, or as many as
    half the block holds, all different where the vocabulary allows it. They are said twice, where the paper says them
    four times: a perfect head then scores 1 instead of sharing it out. The mean of eight sequences is taken.
    """
    on = model.ablations if on is None else on
    config = model.config
    length = min(_REPEATED, config.block_size // 2)
    if length < 2 or not on.attention:
        return np.full((config.n_layer, config.n_head), np.nan)
    draw = generator(0, "induction")
    once = torch.stack([_random_tokens(config.vocab_size, length, draw) for _ in range(_SEQUENCES)])
    scores: list[Tensor] = []

    def see(_: int, weights: Tensor) -> None:
        followers = weights.double().diagonal(1 - length, 2, 3)  # from i to i - length + 1
        scores.append(followers[:, :, 1:].mean(dim=(0, 2)))  # without i = length - 1, which is not in the second half

    read(model, once.repeat(1, 2).tolist(), on, see)
    return _numbers(torch.stack(scores))


def lens(model: GPT2Mini, ids: Sequence[int], *, on: Ablations | None = None) -> LensView:
    """Return what the final norm and the head make of the residual stream after every layer (nostalgebraist 2020)."""
    on = model.ablations if on is None else on
    seen = read(model, [ids], on)
    with torch.no_grad():
        guesses = torch.stack([_log_shares(model, stream[0], on) for stream in seen.streams])  # (L + 1, T, V)
    best = guesses.max(dim=2)
    truth = torch.full_like(best.values, math.nan)
    following = torch.tensor(ids[1:], dtype=torch.int64).expand(len(guesses), -1)
    truth[:, :-1] = guesses[:, :-1].gather(2, following[:, :, None])[:, :, 0].exp()
    T, V, C = len(ids), model.config.vocab_size, model.config.n_embd
    return LensView(
        equation="p = softmax(W ln_f(x))" if on.ln_style != "none" else "p = softmax(W x)",
        shapes=f"x ({T}, {C}) after {model.config.n_layer} layers, W ({V}, {C}), p ({T}, {V})",
        top=best.indices.numpy(),
        probability=_numbers(best.values.exp()),
        truth=_numbers(truth),
        entropy=_numbers(_entropy(guesses)),
    )


def surprise(model: GPT2Mini, ids: Sequence[int], *, on: Ablations | None = None) -> SurpriseView:
    """Return -ln p of every token but the first; their mean is the cross-entropy of the text, its loss."""
    on = model.ablations if on is None else on
    guesses = read(model, [ids], on).logits[0].double().log_softmax(dim=1)[:-1]  # (T - 1, V)
    came = torch.tensor(ids[1:], dtype=torch.int64)[:, None]
    given = guesses.gather(1, came)
    best = guesses.max(dim=1)
    return SurpriseView(
        equation="s = −ln p(token | tokens before it)",
        shapes=f"p ({len(ids)}, {model.config.vocab_size}), s ({len(ids) - 1},), loss = mean of s",
        nats=_numbers(-given[:, 0]),
        rank=(guesses > given).sum(dim=1).numpy(),
        entropy=_numbers(_entropy(guesses)),
        expected=best.indices.numpy(),
        expected_probability=_numbers(best.values.exp()),
        loss=float(_mean_of(-given[:, 0])),
    )


def residual(model: GPT2Mini, ids: Sequence[int], *, on: Ablations | None = None) -> ResidualView:
    """Return the lengths (L2) of the residual stream and of what each sublayer gives, for every token."""
    on = model.ablations if on is None else on
    seen = read(model, [ids], on)
    T, C = len(ids), model.config.n_embd
    nothing = torch.zeros(1, T, C)
    added = [_lengths(part or [nothing] * model.config.n_layer) for part in (seen.attention, seen.mlp)]
    return ResidualView(
        equation=_residual_equation(on),
        shapes=f"x, attn, mlp ({T}, {C})",
        stream=_numbers(_lengths(seen.streams)),
        attention=_numbers(added[0]),
        mlp=_numbers(added[1]),
        cosine=np.array([mean_cosine(stream.double()) for stream in seen.streams]),
    )


def embedding(model: GPT2Mini) -> EmbeddingView:
    """Return the token embeddings at their first two principal components, each pointing where its largest entry is."""
    weights = finite(model.tok_emb.weight.detach().cpu().double())
    centred = weights - weights.mean(dim=0)
    _, spread, directions = torch.linalg.svd(centred, full_matrices=False)
    found = min(2, len(spread))
    main = directions[:found] * directions[:found].gather(1, directions[:found].abs().argmax(1, keepdim=True)).sign()
    points, explained = torch.zeros(len(weights), 2), torch.zeros(2)
    points[:, :found] = (centred @ main.T).float()
    if spread.square().sum() > 0:
        explained[:found] = (spread.square() / spread.square().sum())[:found].float()
    V, C = weights.shape
    return EmbeddingView(
        equation="E − mean E = U Σ Wᵀ, drawn (E − mean E) w₁, w₂",
        shapes=f"E ({V}, {C}), w₁, w₂ ({C},)",
        points=_numbers(points),
        explained=_numbers(explained),
    )


def position(model: GPT2Mini) -> PositionView:
    """Return the cosine between the embeddings of any two positions; zeros are like nothing, not even zeros."""
    count = model.config.block_size
    places = torch.linspace(0, count - 1, min(count, POSITIONS)).round().long()
    vectors = finite(model.pos_emb.weight.detach().cpu().double()[places])
    unit = torch.nn.functional.normalize(vectors, dim=1)
    return PositionView(
        equation="cos(pᵢ, pⱼ) = pᵢ · pⱼ / (|pᵢ| |pⱼ|)",
        shapes=f"p ({count}, {model.config.n_embd}), cos ({len(places)}, {len(places)})",
        positions=places.numpy(),
        cosine=_numbers((unit @ unit.T).clamp(-1, 1)),
    )


def _log_shares(model: GPT2Mini, x: Tensor, on: Ablations) -> Tensor:
    """Return what the end of the model makes of a residual stream (T, C): log-probabilities (T, V)."""
    x = x.to(model.tok_emb.weight.device)
    logits: Tensor = model.lm_head(model.ln_f(x) if on.ln_style != "none" else x)
    return finite(logits.cpu()).double().log_softmax(dim=1)


def _entropy(log_shares: Tensor) -> Tensor:
    entropy: Tensor = torch.special.entr(log_shares.exp()).sum(dim=-1)
    return entropy


def _lengths(vectors: Sequence[Tensor]) -> Tensor:
    return torch.stack([vector[0].double().norm(dim=1) for vector in vectors])


def _residual_equation(on: Ablations) -> str:
    inner = "ln(x)" if on.ln_style == "pre" else "x"
    parts = [name for name, is_on in (("attn", on.attention), ("mlp", on.mlp)) if is_on]
    steps = [f"x + {name}({inner})" if on.residual else f"{name}({inner})" for name in parts]
    return ", then ".join(f"x ← ln({step})" if on.ln_style == "post" else f"x ← {step}" for step in steps) or "x ← x"


def _random_tokens(vocabulary: int, length: int, draw: torch.Generator) -> Tensor:
    if vocabulary >= length:
        return torch.randperm(vocabulary, generator=draw)[:length]
    return torch.randint(vocabulary, (length,), generator=draw)


def _mean_of(values: Tensor) -> Tensor:
    """Return the mean over the last dimension; NaN for nothing at all."""
    return values.mean(dim=-1)


def _numbers(values: Tensor) -> NDArray[np.float64]:
    found: NDArray[np.float64] = values.double().numpy()
    return found
