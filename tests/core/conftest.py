"""A small text and a small model, for tests that train."""

from pathlib import Path

import pytest

from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.corpus import Corpus, prepare
from gpt2mini.paths import Home
from gpt2mini.runs import Store

RHYME = "one for sorrow, two for joy, three for a girl, four for a boy.\n"


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Return 4,000 characters, enough to hold some back."""
    folder = tmp_path_factory.mktemp("corpus")
    text = folder / "rhyme.txt"
    text.write_text("".join(f"{number} {RHYME}" for number in range(60)))
    return prepare(str(text), Home(folder))


@pytest.fixture
def config(corpus: Corpus) -> Config:
    """Return a run of ten steps that evaluates, samples and saves every four."""
    return Config(
        model=ModelConfig(
            vocab_size=corpus.tokenizer.vocab_size, n_layer=2, n_head=2, n_embd=16, block_size=24, dropout=0.1
        ),
        train=TrainConfig(
            steps=10, batch_size=20, lr=3e-3, eval_every=4, sample_every=4, save_every=4, sample_tokens=12, device="cpu"
        ),
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "checkpoints")
