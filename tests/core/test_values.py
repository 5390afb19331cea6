"""Settings are declared once and believed never; events and schedules are plain values."""

import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt2mini.ablations import ALL_ON, SWITCHES, Ablations
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig
from gpt2mini.errors import CheckpointError, ExitCode, LabError, UsageError
from gpt2mini.events import Evaluated, Finished, StepDone, Switched, from_json, to_json
from gpt2mini.schedule import learning_rate
from gpt2mini.settings import from_plain, specs, to_plain


def test_a_configuration_survives_json() -> None:
    config = Config(model=ModelConfig(vocab_size=65, n_layer=2), ablations=Ablations(ln_style="post"))
    assert from_plain(Config, json.loads(json.dumps(to_plain(config)))) == config


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"n_head": 3}, "--n-embd 128 is not divisible by --n-head 3. Try --n-embd 129."),
        ({"n_layer": -1}, "--n-layer -1 is out of range. Give a number from 1 to 256."),
        ({"n_layer": 10**9}, "--n-layer 1000000000 is out of range"),
        ({"n_layer": True}, "--n-layer takes a whole number, not True"),
        ({"dropout": math.nan}, "--dropout takes a number, not nan"),
        ({"block_size": 2.5}, "--block-size takes a whole number, not 2.5"),
        ({"vocab_size": 0}, "a vocabulary of 0 tokens is out of range"),
    ],
)
def test_an_impossible_shape_is_refused_with_its_flag(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        ModelConfig(**{"vocab_size": 65, **wrong})
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    "wrong", [{"steps": -1}, {"lr": math.inf}, {"device": "tpu"}, {"seed": -1}, {"steps": 10**400}]
)
def test_impossible_training_is_refused_with_its_flag(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"--{next(iter(wrong))}"):
        TrainConfig(**wrong)


plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["model", "data", "train", "ablations", "x"]), plain_json) | plain_json)
def test_no_json_at_all_gets_past_the_declarations(plain: object) -> None:
    with pytest.raises(UsageError):
        from_plain(Config, plain)


@given(st.sampled_from([spec for cls in (TrainConfig, DataConfig, Ablations) for spec in specs(cls)]), plain_json)
def test_a_setting_is_right_or_refused(spec: Any, value: Any) -> None:
    cls = next(cls for cls in (TrainConfig, DataConfig, Ablations) if spec in specs(cls))
    try:
        made = getattr(cls(**{spec.name: value}), spec.name)
    except UsageError:
        return
    assert made == value
    assert spec.optional if made is None else type(made) in {spec.kind, int if spec.kind is float else spec.kind}
    assert not spec.choices or made in spec.choices
    assert isinstance(made, str | None) or spec.low <= made <= spec.high


def test_every_switch_says_what_it_does_and_what_to_expect() -> None:
    for spec in SWITCHES.values():
        assert spec.live
        assert spec.help.endswith(".")
        assert spec.expect.endswith(".")
    assert {field.name for field in dataclasses.fields(Ablations)} == set(SWITCHES)
    assert SWITCHES["residual"].flag == "--no-residual"
    assert SWITCHES["ln_style"].flag == "--ln-style"


def test_switches_are_set_by_name() -> None:
    off = ALL_ON.with_switch("residual", False).with_switch("ln_style", "post")
    assert off.changed() == {"residual": False, "ln_style": "post"}
    with pytest.raises(UsageError, match="there is no switch 'gravity'"):
        ALL_ON.with_switch("gravity", True)
    with pytest.raises(UsageError, match="--ln-style is one of pre, post, none"):
        ALL_ON.with_switch("ln_style", "sideways")


def test_the_rate_warms_up_linearly_and_falls_to_zero_along_a_cosine() -> None:
    train = TrainConfig(steps=1000, lr=1.0)
    rates = [learning_rate(step, train) for step in range(1001)]
    assert rates[:100] == pytest.approx([(step + 1) / 100 for step in range(100)])
    assert rates[100] == 1.0
    assert rates[550] == pytest.approx(0.5)
    assert rates[1000] == pytest.approx(0.0, abs=1e-12)
    assert rates[100:] == sorted(rates[100:], reverse=True)
    assert learning_rate(0, train, warmup=False) == 1.0


def test_warmup_is_a_tenth_of_the_steps_at_most_100() -> None:
    assert [TrainConfig(steps=steps).warmup_steps for steps in (0, 5, 30, 1000, 5000)] == [0, 0, 3, 100, 100]
    assert TrainConfig(steps=30, warmup=7).warmup_steps == 7


@given(st.integers(0, 50), st.integers(0, 80), st.integers(0, 90))
def test_the_rate_is_never_outside_its_bounds(steps: int, warmup: int, step: int) -> None:
    assert 0 <= learning_rate(step, TrainConfig(steps=steps, warmup=warmup, lr=0.5)) <= 0.5


numbers = st.floats(allow_nan=True, allow_infinity=True)


@given(numbers, numbers)
def test_numbers_that_json_cannot_hold_survive_it(loss: float, grad_norm: float) -> None:
    event = StepDone(step=1, loss=loss, grad_norm=grad_norm, lr=0.1, tokens_per_second=1.0)
    line = to_json(event)
    assert "NaN" not in line
    assert "Infinity" not in line
    back = from_json(line)
    assert isinstance(back, StepDone)
    assert [str(back.loss), str(back.grad_norm)] == [str(loss), str(grad_norm)]


def test_an_event_begins_with_its_name_and_its_step() -> None:
    line = to_json(Evaluated(step=12, val_loss=2.5, tokens=100))
    assert line == '{"event": "Evaluated", "step": 12, "val_loss": 2.5, "tokens": 100}'


def test_a_switch_event_carries_all_switches() -> None:
    event = Switched(step=3, name="mlp", value=False, ablations=Ablations(mlp=False))
    assert from_json(to_json(event)) == event


def test_a_log_of_the_future_can_be_read() -> None:
    assert from_json('{"event": "Teleported", "step": 1}') is None
    finished = Finished(step=1, reason="done", loss=1.0, val_loss=1.0, seconds=2.0)
    assert from_json(to_json(finished)[:-1] + ', "mood": "good"}') == finished


@pytest.mark.parametrize(
    "line",
    [
        *("", "{", "[]", "{}", '{"event": 3}', '{"event": "StepDone"}', '{"event": "Switched", "step": 1}'),
        *(f'{{"event": "Noticed", "step": 1, "text": {"[" * deep}{"]" * deep}}}' for deep in (900, 5000, 200_000)),
    ],
    ids=lambda line: f"{line[:40]} of {len(line)}",
)
def test_what_is_not_an_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(line)


def test_an_error_is_one_sentence_with_what_to_do() -> None:
    error = CheckpointError("cannot read it", where="a/b", why="it is damaged", do="Use another.")
    assert str(error) == "cannot read it (a/b): it is damaged. Use another."
    assert error.code is ExitCode.BAD_INPUT
    assert str(LabError("no")) == "no"
