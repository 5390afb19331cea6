"""What run folders of tests are made of, without a training."""

from gpt2mini.config import Config, ModelConfig
from gpt2mini.events import StepDone
from gpt2mini.runs import Manifest

__all__ = ["manifest", "step"]


def manifest(name: str = "tales") -> Manifest:
    return Manifest(
        config=Config(model=ModelConfig(vocab_size=5)),
        corpus={"name": name},
        tokenizer={"kind": "char", "characters": "abcde"},
        versions={},
    )


def step(number: int) -> StepDone:
    return StepDone(step=number, loss=1.0 / number, grad_norm=1.0, lr=0.1, tokens_per_second=1.0)
