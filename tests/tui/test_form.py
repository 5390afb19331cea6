"""A run as a form: whatever the declarations allow may stand in it, and nothing else becomes a plan."""

import pytest

from gpt2mini.ablations import Ablations
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig
from gpt2mini.errors import UsageError
from gpt2mini_tui.setup.estimates import Pace, memory, nearest, seconds
from gpt2mini_tui.setup.form import NAME, SECTIONS, Form, read, written
from gpt2mini_tui.setup.plan import ForkRun, NewRun
from gpt2mini_tui.setup.presets import PRESETS, preset_of
from gpt2mini_tui.widgets.caret import Caret

CONFIG = Config(
    model=ModelConfig(vocab_size=1, n_layer=3, dropout=0.123456789),
    data=DataConfig(data="a file.txt"),
    train=TrainConfig(lr=1e-5, warmup=7, seed=2**62),
    ablations=Ablations(residual=False, ln_style="post"),
)


def test_a_form_gives_back_what_it_was_filled_with() -> None:
    assert Form(config=CONFIG, name="mine").plan() == NewRun(config=CONFIG, name="mine")


def test_every_value_survives_its_field() -> None:
    for section in SECTIONS.values():
        for one in section:
            value = getattr(getattr(CONFIG, one.part), one.spec.name)
            assert read(one, written(value)) == value, one.key


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("model.n_layer", "", "--n-layer takes a whole number"),
        ("model.n_layer", "1.5", "--n-layer takes a whole number"),
        ("model.n_layer", "9999", "--n-layer 9999 is out of range"),
        ("train.lr", "fast", "--lr takes a number"),
        ("train.lr", "nan", "--lr takes a number"),
        ("train.lr", "-1", "--lr -1.0 is out of range"),
        ("train.steps", "1e12", "--steps 1000000000000 is out of range"),
    ],
)
def test_what_cannot_be_is_said_in_the_words_of_the_command_line(key: str, text: str, words: str) -> None:
    form = Form(config=CONFIG)
    form.texts[key] = text
    assert form.problems[key].startswith(words)
    with pytest.raises(UsageError):
        form.plan()


def test_two_fields_that_do_not_agree_are_both_named() -> None:
    form = Form(config=CONFIG)
    form.texts["model.n_head"] = "5"
    assert set(form.problems) == {"model.n_head", "model.n_embd"}
    assert "Try --n-embd 130." in form.problems["model.n_embd"]


def test_a_name_is_checked_and_must_be_free() -> None:
    form = Form(config=CONFIG, is_taken=lambda name: name == "old")
    for name, word in (("a/b", "slash"), ("old", "already"), ("-x", "begins")):
        form.name = name
        assert word in form.problems[NAME]
    form.name = "new"
    assert form.problems == {}


def test_numbers_may_be_written_as_people_write_them() -> None:
    form = Form(config=CONFIG)
    form.texts |= {"train.steps": "2,000", "train.batch_size": "1e2", "train.warmup": "", "model.dropout": " 0.2 "}
    config = form.read()
    assert (config.train.steps, config.train.batch_size, config.train.warmup, config.model.dropout) == (
        2000,
        100,
        None,
        0.2,
    )


def test_a_fork_says_only_what_differs() -> None:
    form = Form(config=CONFIG, fork=ForkRun(parent="tales-1", checkpoint="step-000500"))
    assert "data.data" not in form.texts
    form.texts |= {"ablations.residual": "on", "train.lr": "0.001"}
    plan = form.plan()
    assert isinstance(plan, ForkRun)
    assert plan.changes == {"train": {"lr": 0.001}, "ablations": {"residual": True}}
    assert plan.command() == "gpt2mini-tui fork tales-1/step-000500 --lr 0.001 --reset residual"


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_sound_and_known_again(name: str) -> None:
    form = Form(config=CONFIG)
    assert preset_of(form) == "own"
    form.apply(PRESETS[name][1])
    assert form.problems == {}
    assert preset_of(form) == name
    assert form.texts["data.data"] == "a file.txt"
    assert form.texts["train.seed"] == str(2**62)


def config(steps: int = 1000, n_layer: int = 4) -> Config:
    return Config(model=ModelConfig(vocab_size=65, n_layer=n_layer), train=TrainConfig(steps=steps, eval_every=0))


def test_twice_the_steps_take_twice_the_time_and_more_layers_take_longer() -> None:
    pace = Pace(origin="the pace of tales-1", config=config(), tokens_per_second=8192.0)
    assert seconds(config(), pace) == pytest.approx(1000, rel=1e-3)
    assert seconds(config(2000), pace) == pytest.approx(2000, rel=1e-3)
    assert 1900 < seconds(config(n_layer=8), pace) < 2000
    assert 500 < seconds(config(n_layer=2), pace) < 750  # half the arithmetic, at less of the machine's rate


def test_the_pace_of_what_is_most_like_a_run_is_taken() -> None:
    small, large = (Pace(origin=str(n), config=config(n_layer=n), tokens_per_second=1.0) for n in (1, 8))
    assert nearest(config(n_layer=2), [large, small]) is small
    assert nearest(config(n_layer=6), [large, small]) is large
    assert nearest(config(), []) is None
    assert memory(config(n_layer=8), threads=2) > memory(config(), threads=2) > memory(config(), threads=1)


def test_a_line_is_edited_like_any_other() -> None:
    caret = Caret("abc")
    assert caret.typed("x") == Caret("x", 1)
    assert caret.moved("backspace") == Caret("", 0)
    caret = caret.moved("end").moved("left")
    assert caret.typed("猫") == Caret("ab猫c", 3)
    assert caret.moved("delete") == Caret("ab", 2)
    assert caret.moved("home").moved("backspace") == Caret("abc", 0)
    assert caret.moved("right").moved("right") == Caret("abc", 3)
    assert Caret("吾輩は猫である", 7).window(7) == ("である", " ", "")
    assert Caret("吾輩は猫である", 0).window(7) == ("", "吾", "輩は")
