"""Training of the small preset, watched and not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from gpt2mini.config import Config, ModelConfig
from gpt2mini.corpus import prepare
from gpt2mini.paths import Home
from gpt2mini.presets import with_preset
from gpt2mini.runs import Store
from gpt2mini.starting import new_run
from gpt2mini.trainer import Trainer


def steps(watched: bool) -> Callable[[], float]:
    """Return one step of a run that keeps its log, probes and samples at their defaults, or none of them."""
    folder = Path(mkdtemp())
    corpus = prepare("tales", Home(folder))
    config = with_preset(Config(model=ModelConfig(vocab_size=corpus.tokenizer.vocab_size)), "small")
    config = replace(config, train=replace(config.train, eval_every=0, save_every=0))
    if watched:
        events = iter(new_run(config, corpus, Store(folder / "runs"), threads=1))
    else:
        blind = replace(config.train, sample_every=0, probe_every=0)
        events = iter(Trainer(replace(config, train=blind), corpus, threads=1))

    def once() -> float:
        for event in events:
            if type(event).__name__ == "StepDone":
                return float(event.step)
        raise SystemExit("the run is over")

    return once
