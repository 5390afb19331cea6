"""What can be started with one key: the plan as it stands, and before it a run that is over while one still looks."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gpt2mini.config import Config, ModelConfig, TrainConfig, parameter_count
from gpt2mini.presets import VOCABULARY, with_preset
from gpt2mini.tasks import TASKS
from gpt2mini_tui.setup.estimates import Pace, nearest, seconds
from gpt2mini_tui.setup.plan import NewRun

__all__ = ["Offer", "offers", "tiny"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A run that one key starts."""

    binding: str
    """The id of the key."""
    key: str
    """What it is, unless somebody has chosen another."""
    title: str
    plan: NewRun
    seconds: float = math.nan
    """How long it takes on this machine; NaN where nothing tells."""


def tiny(plan: NewRun) -> NewRun | None:
    """Return the same run with the sizes of the preset `tiny`; None where that is no less work, or for a task.

    A task is learnt with settings of its own, and with others it shows nothing.
    """
    if plan.config.data.data in TASKS:
        return None
    config = with_preset(plan.config, "tiny")
    return NewRun(config=config, threads=plan.threads) if _work(config) < _work(plan.config) else None


def offers(plan: NewRun, paces: Sequence[Pace] = ()) -> tuple[Offer, ...]:
    """Return what there is to start, the quickest first."""
    return tuple(replace(offer, seconds=_seconds(offer.plan.config, paces)) for offer in _offers(plan))


def _offers(plan: NewRun) -> Iterator[Offer]:
    quick = tiny(plan)
    if quick is not None:
        yield Offer(binding="train.tiny", key="t", title="A tiny GPT-2", plan=quick)
    title = "A small GPT-2" if _is_default(plan.config) else "The run that is set up"
    yield Offer(binding="train.start", key="s", title=title, plan=plan)


def _is_default(config: Config) -> bool:
    model, train = config.model, config.train
    return replace(model, vocab_size=1) == ModelConfig(vocab_size=1) and train == TrainConfig()


def _seconds(config: Config, paces: Sequence[Pace]) -> float:
    pace = nearest(config, paces)
    if pace is None:
        return math.nan
    unread = config.model.vocab_size == 1  # the text says how many there are, and nobody has read it yet
    return seconds(replace(config, model=replace(config.model, vocab_size=VOCABULARY)) if unread else config, pace)


def _work(config: Config) -> int:
    return parameter_count(config.model) * config.train.batch_size * config.model.block_size * config.train.steps
