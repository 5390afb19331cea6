"""Matched runs: the same batches, ordinary run folders, and an end that does not depend on interruptions."""

import itertools
from dataclasses import replace

import pytest

from gpt2mini.commands import Set
from gpt2mini.config import Config
from gpt2mini.corpus import Corpus
from gpt2mini.errors import CheckpointError
from gpt2mini.events import Finished, StepDone
from gpt2mini.experiments.arms import ablation_arms
from gpt2mini.experiments.matched import Matched
from gpt2mini.experiments.measure import Meter
from gpt2mini.manifest import versions
from gpt2mini.runs import Store
from gpt2mini.starting import new_run


@pytest.fixture
def small(config: Config) -> Config:
    train = replace(config.train, steps=6, batch_size=4, save_every=2, eval_every=3, sample_every=0, frames=False)
    return replace(config, train=train, model=replace(config.model, n_layer=1))


def matched(config: Config, corpus: Corpus, store: Store, *switches: str, seeds: tuple[int, ...] = (0,)) -> Matched:
    return Matched(ablation_arms(config, switches), corpus, store, seeds=seeds)


def test_every_arm_becomes_an_ordinary_run(small: Config, corpus: Corpus, store: Store) -> None:
    bench = matched(small, corpus, store, "residual", seeds=(0, 1))
    list(bench)
    assert [run.name for run in store.runs()] == list(itertools.chain(*zip(*bench.runs, strict=True)))
    assert {run.summary().status for run in store.runs()} == {"done"}
    assert store.get(bench.runs[1][0]).manifest().config.ablations.residual is False
    assert [[one.step for one in arm] for arm in bench.measured] == [[6, 6], [6, 6]]


def test_arms_share_batches_and_first_weights(small: Config, corpus: Corpus, store: Store) -> None:
    # without weight decay nothing changes before the first update, so the first loss is the same to the bit
    bench = matched(small, corpus, store, "weight_decay", "warmup")
    list(bench)
    assert len({arm[0].initial for arm in bench.measured}) == 1


def test_what_was_trained_is_read_and_not_trained_again(small: Config, corpus: Corpus, store: Store) -> None:
    first, again = (matched(small, corpus, store, "mlp") for _ in range(2))
    heard = list(first)
    before = {run.name: (run.path / "events.jsonl").read_bytes() for run in store.runs()}
    read = list(again)
    assert not any(one.is_recalled for one in heard)
    assert all(one.is_recalled for one in read)
    as_told = [replace(one, is_recalled=False) for one in read]
    assert repr(as_told) == repr(heard)  # as words, where NaN is equal to itself
    assert repr(again.measured) == repr(first.measured)
    assert {run.name: (run.path / "events.jsonl").read_bytes() for run in store.runs()} == before


def test_two_experiments_share_their_baseline(small: Config, corpus: Corpus, store: Store) -> None:
    list(matched(small, corpus, store, "mlp"))
    list(matched(small, corpus, store, "residual"))
    assert len(store.runs()) == 3


@pytest.mark.parametrize("at", [1, 4, 9])
def test_an_interrupted_experiment_comes_to_the_same_end(small: Config, corpus: Corpus, store: Store, at: int) -> None:
    whole = matched(small, corpus, Store(store.root / "whole"), "mlp")
    list(whole)
    bench, steps = matched(small, corpus, store, "mlp"), 0
    for heard in bench:
        steps += isinstance(heard.event, StepDone)
        if steps == at:
            bench.stop()
    assert sum(map(len, bench.measured)) < 2
    again = matched(small, corpus, store, "mlp")
    ends = [heard for heard in again if isinstance(heard.event, Finished)]
    assert [end.event.reason for end in ends if isinstance(end.event, Finished)] == ["done", "done"]
    assert [arm[0].val for arm in again.measured] == [arm[0].val for arm in whole.measured]
    assert [arm[0].losses for arm in again.measured] == [arm[0].losses for arm in whole.measured]


def test_a_run_that_died_before_its_first_checkpoint_begins_anew(small: Config, corpus: Corpus, store: Store) -> None:
    bench = matched(small, corpus, store)
    heard = iter(bench)
    next(heard)
    del heard  # as if the process had been killed: the log is there, and no checkpoint
    again = matched(small, corpus, store)
    list(again)
    assert again.measured[0][0].step == 6


def test_a_run_that_was_changed_by_hand_is_not_taken_for_the_experiments(
    small: Config, corpus: Corpus, store: Store
) -> None:
    arm = matched(small, corpus, store).arms[0]
    name = arm.run_name(corpus.name, corpus.fingerprint, versions()["torch"])
    trainer = new_run(arm.config, corpus, store, name=name)
    trainer.send(Set(name="residual", value=False))
    list(trainer)
    with pytest.raises(CheckpointError, match="residual was changed"):
        list(matched(small, corpus, store))


def test_what_comes_after_the_step_of_comparison_does_not_count(small: Config, corpus: Corpus, store: Store) -> None:
    bench = matched(small, corpus, store)
    list(bench)
    short = Meter.fold(store.get(bench.runs[0][0]).events(), 3).measured()
    assert (short.step, [step for step, _ in short.vals]) == (3, [0, 3])
