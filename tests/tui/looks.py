"""Views of a tiny model with weights that matter, over a text in any script, without a run on the disk."""

from functools import lru_cache

import torch

from gpt2mini.ablations import ALL_ON, Ablations
from gpt2mini.checkpoint import Checkpoint
from gpt2mini.config import Config, ModelConfig
from gpt2mini.model import GPT2Mini
from gpt2mini.tokenizer import CharTokenizer
from gpt2mini_tui.xray.looking import look_into
from gpt2mini_tui.xray.seen import Seen

__all__ = ["ENGLISH", "JAPANESE", "checkpoint_of", "seen"]

ENGLISH = "the cat sat on the mat; the cat ran.\n"
JAPANESE = "吾輩は猫である。名前はまだ無い。"


@lru_cache(maxsize=32)
def checkpoint_of(text: str, *, on: Ablations = ALL_ON, block: int = 48, n_head: int = 4) -> Checkpoint:
    """Return an untrained model of the characters of a text."""
    tokenizer = CharTokenizer.from_text(text + "?")
    shape = ModelConfig(vocab_size=tokenizer.vocab_size, n_layer=2, n_head=n_head, n_embd=24, block_size=block)
    model = GPT2Mini(shape, seed=3, ablations=on)
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters()):
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number)))
    config = Config(model=shape, ablations=on)
    return Checkpoint(model=model.eval(), tokenizer=tokenizer, config=config, ablations=on, step=7, run="demo")


def seen(view: str, text: str = ENGLISH, *, layer: int = 1, n_head: int = 4) -> Seen:
    """Return what there is to see of a text."""
    return look_into(checkpoint_of(text, n_head=n_head), text, view, layer=layer)
