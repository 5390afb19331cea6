"""What can be compared with what, and how an arm finds its run again."""

from dataclasses import replace

import pytest

from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.errors import UsageError
from gpt2mini.experiments.arms import SWITCHABLE, Axis, ablation_arms, sized, sweep_arms
from gpt2mini.paths import check_name

BASE = Config(model=ModelConfig(vocab_size=5), train=TrainConfig(lr=1e-3))


def test_each_arm_differs_from_the_baseline_in_one_thing() -> None:
    arms = ablation_arms(BASE, ["residual", "ln-style", "activation=relu", "tied_embeddings"])
    labels = ["baseline", "no residual", "ln style post", "ln style none", "activation relu", "no tied embeddings"]
    assert [arm.label for arm in arms] == labels
    assert arms[0].config == BASE
    assert arms[1].config == replace(BASE, ablations=replace(BASE.ablations, residual=False))
    assert arms[5].config == replace(BASE, model=replace(BASE.model, tied_embeddings=False))


def test_every_switch_makes_arms() -> None:
    others = sum(max(1, len(spec.choices) - 1) for spec in SWITCHABLE.values())
    assert len(ablation_arms(BASE, SWITCHABLE)) == 1 + others


def test_a_switch_and_a_number_of_one_name_are_told_apart() -> None:
    assert sized(BASE, {"dropout": False}).ablations.dropout is False
    assert sized(BASE, {"dropout": 0.5}).model.dropout == 0.5


@pytest.mark.parametrize("text", ["nothing", "residual=maybe", "ln-style=pre-ish", "residual=on"])
def test_a_switch_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        ablation_arms(BASE, [text])


def test_a_range_has_a_constant_factor() -> None:
    assert Axis.parse("lr=1e-4..1e-2:3").values == (1e-4, 1e-3, 1e-2)
    assert Axis.parse("batch-size=8,16,8") == Axis(name="batch_size", values=(8, 16))


@pytest.mark.parametrize("text", ["lr", "lr=", "lr=a", "lr=2..1:3", "seed=1,2", "lr=-1", "batch_size=0", "lr=nan"])
def test_a_range_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Axis.parse(text)


def test_a_sweep_is_every_combination_and_the_baseline_is_not_trained_twice() -> None:
    arms = sweep_arms(BASE, [Axis.parse("lr=1e-3,3e-3"), Axis.parse("warmup=0,5")])
    assert len(arms) == 5
    assert len(sweep_arms(BASE, [Axis.parse("lr=1e-3,3e-3")])) == 2
    assert len(arms) == len({arm.label for arm in arms})
    with pytest.raises(UsageError):
        sweep_arms(BASE, [Axis.parse("lr=1e-3"), Axis.parse("lr=3e-3")])


def test_the_baseline_of_a_sweep_says_its_values_and_keeps_the_run_it_always_had() -> None:
    among = sweep_arms(BASE, [Axis.parse("lr=3e-3,1e-3")])[0]
    beside = sweep_arms(BASE, [Axis.parse("lr=3e-3"), Axis.parse("warmup=5"), Axis.parse("dropout=0.5")])[0]
    unset = sweep_arms(BASE, [Axis.parse("probe-every=3")])[0]
    assert among.label == "lr 0.001, baseline"
    assert beside.label == f"lr 0.001, warmup 100, dropout {BASE.model.dropout:g}, baseline"
    assert unset.label == "probe every as usual, baseline"
    assert among.run_name("x", "f", "2.6").startswith("x-lr-0.001-s0-")
    assert beside.run_name("x", "f", "2.6") == ablation_arms(BASE, [])[0].run_name("x", "f", "2.6")


def test_the_name_of_a_run_follows_from_what_determines_it() -> None:
    arm = ablation_arms(BASE, ["residual"])[1]
    name = arm.run_name("my text", "fingerprint", "2.6")
    assert name.startswith("my-text-no-residual-s0-")
    check_name(name)
    others = [arm.seeded(1), ablation_arms(BASE, ["mlp"])[1]]
    assert name == arm.run_name("my text", "fingerprint", "2.6")
    assert len({name, *(other.run_name("my text", "fingerprint", "2.6") for other in others)}) == 3
    assert name != arm.run_name("my text", "another", "2.6") != arm.run_name("my text", "another", "2.7")


def test_where_a_text_comes_from_does_not_rename_its_runs() -> None:
    arm = ablation_arms(BASE, [])[0]
    moved = replace(arm, config=replace(BASE, data=replace(BASE.data, data="elsewhere.txt"), model=BASE.model))
    assert arm.run_name("x", "f", "2.6") == moved.run_name("x", "f", "2.6")
