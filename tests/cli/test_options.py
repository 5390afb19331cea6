"""Every setting is an option, made from its declaration, and says no in the words of its declaration."""

import shlex
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt2mini.ablations import Ablations
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig
from gpt2mini.settings import Spec, specs
from gpt2mini_tui.cli.group import Command
from gpt2mini_tui.cli.options import new_run, run_options
from gpt2mini_tui.cli.train import train
from gpt2mini_tui.setup.plan import NewRun
from small_lab import Lab

SETTINGS = [spec for cls in (DataConfig, ModelConfig, TrainConfig, Ablations) for spec in specs(cls)]


def planned(*words: str) -> NewRun:
    """Return the plan that these words describe, without carrying it out."""

    @click.command(cls=Command)
    @run_options
    def plan(**options: Any) -> NewRun:
        return new_run(**options)

    found = plan.main(list(words), standalone_mode=False)
    assert isinstance(found, NewRun)
    return found


def flags() -> set[str]:
    return {flag for param in train.params for flag in (*param.opts, *param.secondary_opts)}


@pytest.mark.parametrize("spec", SETTINGS, ids=lambda spec: spec.flag)
def test_every_setting_is_an_option(spec: Spec) -> None:
    assert spec.flag in flags()


def test_the_help_has_the_words_and_the_default_of_the_declaration() -> None:
    with click.Context(train, max_content_width=1000, terminal_width=1000) as ctx:
        shown = train.get_help(ctx)
    for spec in SETTINGS:
        assert spec.help[1:] in shown
        if spec.kind is not bool and spec.default not in (None, ""):
            assert f"{spec.help}  [default: {spec.default}]" in shown


def test_nothing_given_is_the_default() -> None:
    assert planned() == NewRun(config=Config(model=ModelConfig(vocab_size=1)))


def test_a_switch_and_a_number_of_one_name_are_two_things() -> None:
    config = planned("--dropout", "0.2", "--no-warmup", "--warmup", "7", "--no-grad-clip", "--weight-decay", "0").config
    assert (config.model.dropout, config.ablations.dropout) == (0.2, True)
    assert (config.train.warmup, config.ablations.warmup) == (7, False)
    assert (config.train.grad_clip, config.ablations.grad_clip) == (1.0, False)
    assert (config.train.weight_decay, config.ablations.weight_decay) == (0.0, True)


def test_switches_that_need_a_new_run_are_switches_too() -> None:
    config = planned("--no-tied-embeddings", "--scaled-init").config
    assert (config.model.tied_embeddings, config.model.scaled_init) == (False, True)
    assert not planned("--no-scaled-init").config.model.scaled_init


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--steps -5", "error: --steps -5 is out of range. Give a number from 0 to 1,000,000,000."),
        ("--steps 3.5", "error: --steps takes a whole number, not '3.5'."),
        ("--lr nan", "error: --lr takes a number, not nan."),
        ("--dropout 2", "error: --dropout 2.0 is out of range. Give a number from 0 to 0.95."),
        ("--ln-style up", "error: --ln-style is one of pre, post, none, not 'up'."),
        ("--n-embd 30", "error: --n-embd 30 is not divisible by --n-head 4. Try --n-embd 32."),
        ("--threads -1", "error: --threads -1 is out of range. Give a number from 0 to 1,024."),
        ("--steps " + "9" * 5000, "error: --steps takes a whole number, not '" + "9" * 40 + "'."),
        ("--device tpu", "error: --device is one of auto, cpu, mps, cuda, not 'tpu'."),
    ],
)
def test_a_bad_value_is_refused_by_its_declaration(trained: Lab, words: str, sentence: str) -> None:
    result = trained.run("train", *words.split())
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{sentence}\n")


def values(spec: Spec) -> st.SearchStrategy[Any]:
    if spec.kind is bool:
        return st.booleans()
    if spec.choices:
        return st.sampled_from(spec.choices)
    if spec.kind is int:
        return st.integers(int(spec.low), min(int(spec.high), 10**6))
    if spec.kind is float:
        return st.floats(spec.low, spec.high)
    return st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


def some(cls: type[Any], **fixed: int) -> st.SearchStrategy[Any]:
    return st.builds(
        cls,
        **{spec.name: values(spec) for spec in specs(cls) if spec.name not in fixed},
        **{name: st.just(value) for name, value in fixed.items()},
    )


@given(
    config=st.builds(
        Config,
        data=some(DataConfig),
        model=some(ModelConfig, vocab_size=1, n_embd=256, n_head=8),
        train=some(TrainConfig),
        ablations=some(Ablations),
    )
)
def test_the_command_of_a_plan_makes_the_same_plan(config: Config) -> None:
    plan = NewRun(config=config, name="a run")
    assert planned(*shlex.split(plan.command())[2:]) == plan
