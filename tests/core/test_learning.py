"""What a run is for: it learns a text, and the switches do to it what the experiments say. Minutes, not seconds."""

import math
from dataclasses import replace

import pytest
import torch

from gpt2mini.ablations import ALL_ON, Ablations
from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.corpus import Corpus, prepare
from gpt2mini.events import Evaluated, Event, Sampled, StepDone
from gpt2mini.paths import Home
from gpt2mini.rng import generator
from gpt2mini.sampling import Sampling, generate
from gpt2mini.starting import fit
from gpt2mini.trainer import Trainer

pytestmark = pytest.mark.slow

QUIET = TrainConfig(eval_every=0, sample_every=0, save_every=0, probe_every=0, device="cpu")


def trained(config: Config, corpus: Corpus) -> list[Event]:
    model = replace(config.model, vocab_size=corpus.tokenizer.vocab_size)
    config, _ = fit(replace(config, model=model), corpus)
    return list(Trainer(config, corpus))


def losses(events: list[Event]) -> list[float]:
    return [event.loss for event in events if isinstance(event, StepDone)]


def test_a_small_model_begins_by_guessing_and_soon_beats_pairs(tmp_path_factory: pytest.TempPathFactory) -> None:
    corpus = prepare("tales", Home(tmp_path_factory.mktemp("tales")))
    config = Config(
        model=ModelConfig(vocab_size=1, n_embd=64, block_size=64),
        train=replace(QUIET, steps=300, batch_size=16, lr=3e-3, eval_every=300),
    )
    events = trained(config, corpus)
    assert losses(events)[0] == pytest.approx(math.log(corpus.tokenizer.vocab_size), rel=0.05)
    assert [event.val_loss for event in events if isinstance(event, Evaluated)][-1] < corpus.references["2-gram"]
    assert [event.text.count(" ") > 10 for event in events if isinstance(event, Sampled)][-1]


def test_thirty_steps_on_a_tiny_text_part_the_switches_as_they_did_before(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The ancestor's table: attention off ties the whole model, Post-LN lies well above, no residual above that."""
    corpus = prepare("names", Home(tmp_path_factory.mktemp("names")))
    arms = {
        "whole": ALL_ON,
        "no attention": Ablations(attention=False),
        "post": Ablations(ln_style="post"),
        "no residual": Ablations(residual=False),
    }
    start = Config(model=ModelConfig(vocab_size=1), train=replace(QUIET, steps=30))
    ended = {name: losses(trained(replace(start, ablations=on), corpus))[-1] for name, on in arms.items()}
    assert abs(ended["whole"] - ended["no attention"]) < 0.35
    assert max(ended["whole"], ended["no attention"]) + 0.4 < ended["post"]
    assert ended["post"] + 0.15 < ended["no residual"]


def test_thousands_of_characters_are_learnt_and_written(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A text in the manner of Japanese: 900,000 characters, 3,500 different ones."""
    folder = tmp_path_factory.mktemp("wide")
    draw = generator(0, "a text of many characters")
    kanji = torch.randint(0, 3418, (450_000,), generator=draw)
    kana = torch.randint(0, 82, (450_000,), generator=draw)
    pairs = zip(kanji.tolist(), kana.tolist(), strict=True)
    text = "".join(f"{chr(0x4E00 + first)}{chr(0x3042 + second)}" for first, second in pairs)
    (folder / "wide.txt").write_text(text, encoding="utf-8")
    corpus = prepare(str(folder / "wide.txt"), Home(folder))
    assert corpus.tokenizer.vocab_size == 3500
    config = Config(
        model=ModelConfig(vocab_size=1, n_layer=2, n_embd=64, block_size=64),
        train=replace(QUIET, steps=60, batch_size=16, lr=3e-3, warmup=5),
    )
    model = replace(config.model, vocab_size=3500)
    trainer = Trainer(replace(config, model=model), corpus)
    seen = losses(list(trainer))
    assert seen[0] == pytest.approx(math.log(3500), rel=0.05)
    assert seen[-1] < seen[0] - 0.5
    copy = trainer.snapshot().result()
    ids = corpus.tokenizer.encode(text[:4]).tolist()
    written = "".join(token.text for token in generate(copy.model, corpus.tokenizer, ids, Sampling(tokens=20)))
    assert len(written) == 20
