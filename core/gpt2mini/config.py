"""Everything a run is determined by: with the corpus and the switch events in its log, nothing else matters.

All values are validated where they are made, so a configuration that exists can be trained.
"""

import math
import typing
from dataclasses import dataclass, field, replace

from gpt2mini.ablations import Ablations
from gpt2mini.errors import UsageError
from gpt2mini.settings import Spec, Value, check, setting, specs

__all__ = [
    "ADJUSTABLE",
    "RESTART_SWITCHES",
    "Config",
    "DataConfig",
    "ModelConfig",
    "Sampling",
    "TrainConfig",
    "parameter_count",
    "parameter_shapes",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The shape of the network. A change here changes the weights themselves, so it needs a new run.

    Raises UsageError for a value out of range, and where n_embd is not divisible by n_head.
    """

    vocab_size: int
    """How many different tokens the tokenizer has; it comes from the data."""
    n_layer: int = setting(4, low=1, high=256, help="Blocks of attention and MLP, one above the other.")
    n_head: int = setting(4, low=1, high=256, help="Attention heads in each block.")
    n_embd: int = setting(128, low=1, high=16384, help="Width of the residual stream.")
    block_size: int = setting(256, low=1, high=16384, help="How many tokens the model sees at once.")
    dropout: float = setting(0.1, low=0.0, high=0.95, live=True, help="Share of activations dropped while training.")
    tied_embeddings: bool = setting(
        True,
        help="Use one matrix both to embed tokens and to predict them.",
        expect="Nothing to see at a small vocabulary: the matrix is a hundredth of the parameters.",
    )
    scaled_init: bool = setting(
        False,
        help="Start the projections into the residual stream smaller, by 1/sqrt(2 n_layer), as GPT-2 does.",
        expect="Only deep models notice: without it the residual stream grows with depth from the first step.",
    )
    init_std: float = setting(0.02, low=0.0, high=100.0, help="Spread of the first weights: N(0, this squared).")

    def __post_init__(self) -> None:
        """Refuse shapes that cannot be built."""
        check(self)
        if not isinstance(self.vocab_size, int) or not 1 <= self.vocab_size <= 2**24:
            raise UsageError(f"a vocabulary of {self.vocab_size!r} tokens is out of range")
        if self.n_embd % self.n_head:
            raise UsageError(
                f"--n-embd {self.n_embd} is not divisible by --n-head {self.n_head}",
                do=f"Try --n-embd {self.n_head * max(1, round(self.n_embd / self.n_head))}.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """How the network is trained, watched and saved.

    Raises UsageError for a value out of range.
    """

    steps: int = setting(1000, low=0, high=10**9, help="Optimiser steps in all.")
    batch_size: int = setting(32, low=1, high=2**20, help="Windows of text in each step.")
    lr: float = setting(3e-4, low=0.0, high=1e9, live=True, help="Peak learning rate of AdamW.")
    weight_decay: float = setting(0.1, low=0.0, high=1e6, live=True, help="Decoupled weight decay, on matrices only.")
    grad_clip: float = setting(1.0, low=0.0, high=1e9, live=True, help="Limit of the global gradient norm; 0 for none.")
    warmup: int | None = setting(
        None, low=0, high=10**9, help="Steps of linear warm-up; by default a tenth of the steps, at most 100."
    )
    seed: int = setting(
        0, low=0, high=2**63 - 1, help="Start of every random draw: weights, batches, dropout, samples."
    )
    eval_every: int = setting(50, low=0, high=10**9, help="Steps between validations; 0 validates only at the end.")
    sample_every: int = setting(100, low=0, high=10**9, help="Steps between samples; 0 takes none.")
    probe_every: int | None = setting(
        None,
        low=0,
        high=10**9,
        help="Steps between looks inside the layers; by default a 200th of the steps, at least 20; 0 takes none.",
    )
    save_every: int = setting(100, low=0, high=10**9, help="Steps between checkpoints; 0 saves only at the end.")
    keep: int = setting(
        3, low=0, high=10**6, help="Newest checkpoints that stay, besides the best and the pinned; 0 keeps all."
    )
    frames: bool = setting(
        True, help="Keep the weights of steps 0, 10, 30, 100, 300, … for X-ray: at most 256 MiB in all."
    )
    sample_prompt: str = setting("", help="What the samples during training begin with; empty is a line break.")
    sample_tokens: int = setting(200, low=1, high=10**6, help="Tokens in each sample.")
    temperature: float = setting(0.8, low=0.0, high=100.0, help="Of the samples; 0 takes the likeliest token.")
    top_k: int = setting(40, low=0, high=10**6, help="Of the samples: draw from the k likeliest tokens; 0 from all.")
    device: str = setting(
        "auto", choices=("auto", "cpu", "mps", "cuda"), help="Where to train; auto is MPS, CUDA, CPU."
    )
    precision: str = setting(
        "float32",
        choices=("float32", "bfloat16"),
        help="Of the matrix products on MPS and CUDA; weights and sums stay float32.",
    )
    compiled: bool = setting(
        False, help="Let torch.compile fuse the forward pass, on MPS and CUDA and without dropout."
    )

    def __post_init__(self) -> None:
        """Refuse numbers out of range."""
        check(self)

    @property
    def warmup_steps(self) -> int:
        """Steps of linear warm-up: what was asked, else min(100, steps / 10)."""
        return min(100, self.steps // 10) if self.warmup is None else self.warmup

    @property
    def steps_between_probes(self) -> int:
        """Steps between two looks inside: what was asked, else so many that a run has some two hundred of them."""
        return max(20, self.steps // 200) if self.probe_every is None else self.probe_every


@dataclass(frozen=True, slots=True, kw_only=True)
class DataConfig:
    """Which text, and how it becomes tokens. Raises UsageError for a tokenizer or a vocabulary that cannot be."""

    data: str = setting("tales", help="A built-in corpus, a file, a folder, or - for standard input.")
    tokenizer: str = setting(
        "char", choices=("char", "bpe"), help="How text becomes tokens: characters, or byte pairs learnt from the text."
    )
    vocab_size: int = setting(
        1024, low=256, high=65536, help="Tokens of a byte-pair tokenizer, its 256 bytes included."
    )
    encoding: str = setting("utf-8", help="Of the file or the files of the text.")

    def __post_init__(self) -> None:
        """Refuse a tokenizer that does not exist."""
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One run: data, model, training, and the switches it starts with. Each part refuses what cannot be by itself."""

    model: ModelConfig
    data: DataConfig = field(default_factory=DataConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    ablations: Ablations = field(default_factory=Ablations)

    def setting(self, name: str) -> Value:
        """Return a live hyper-parameter; raises UsageError if there is none of that name."""
        return typing.cast(Value, getattr(self._holder(name), name))

    def adjusted(self, name: str, value: Value) -> "Config":
        """Return a copy with one live hyper-parameter set; raises UsageError for a name or a value that cannot be."""
        holder = self._holder(name)
        ADJUSTABLE[name].check(value)
        changed = replace(holder, **{name: float(typing.cast(float, value))})  # type: ignore[arg-type]  # just checked
        if isinstance(changed, TrainConfig):
            return replace(self, train=changed)
        return replace(self, model=changed)

    def _holder(self, name: str) -> TrainConfig | ModelConfig:
        if name not in ADJUSTABLE:
            raise UsageError(f"{name!r} cannot be changed while training", do=f"Try {', '.join(ADJUSTABLE)}.")
        return self.train if hasattr(self.train, name) else self.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the next token is drawn. Raises UsageError for a value out of range."""

    tokens: int = setting(200, low=1, high=10**7, help="How many tokens to write.")
    temperature: float = setting(
        0.8, low=0.0, high=100.0, help="Below 1 more cautious, above 1 wilder; 0 takes the likeliest."
    )
    top_k: int = setting(40, low=0, high=10**7, help="Draw from the k likeliest tokens; 0 from all.")
    top_p: float = setting(1.0, low=0.0, high=1.0, help="Draw from the likeliest tokens that make up this share.")
    seed: int = setting(0, low=0, high=2**63 - 1, help="Start of the random draws; the same seed writes the same text.")
    stop: str = setting("", help="End when this has been written; it is not shown.")

    def __post_init__(self) -> None:
        """Refuse numbers out of range."""
        check(self)


ADJUSTABLE: dict[str, Spec] = {spec.name: spec for spec in (*specs(TrainConfig), *specs(ModelConfig)) if spec.live}
"""The hyper-parameters that may be changed while training."""
RESTART_SWITCHES: tuple[Spec, ...] = (*specs(ModelConfig), *(spec for spec in specs(DataConfig) if spec.choices))


def parameter_shapes(model: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every number the network learns, by arithmetic, without building it."""
    c = model.n_embd
    shapes: dict[str, tuple[int, ...]] = {
        "tok_emb.weight": (model.vocab_size, c),
        "pos_emb.weight": (model.block_size, c),
    }
    for layer in range(model.n_layer):
        for name, shape in _block_shapes(c).items():
            shapes[f"blocks.{layer}.{name}"] = shape
    shapes |= {"ln_f.weight": (c,), "ln_f.bias": (c,)}
    if not model.tied_embeddings:
        shapes["lm_head.weight"] = (model.vocab_size, c)
    return shapes


def parameter_count(model: ModelConfig) -> int:
    """Return how many numbers the network learns."""
    return sum(math.prod(shape) for shape in parameter_shapes(model).values())


def _block_shapes(c: int) -> dict[str, tuple[int, ...]]:
    linear = {"attn.c_attn": (3 * c, c), "attn.c_proj": (c, c), "mlp.c_fc": (4 * c, c), "mlp.c_proj": (c, 4 * c)}
    shapes: dict[str, tuple[int, ...]] = {}
    for norm in ("ln1", "ln2"):
        shapes |= {f"{norm}.weight": (c,), f"{norm}.bias": (c,)}
    for name, (rows, columns) in linear.items():
        shapes |= {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}
    return shapes
