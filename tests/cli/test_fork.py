"""A fork from the shell: what is not given stays as it was in the run it comes from."""

import shlex

from gpt2mini.config import Config, ModelConfig
from gpt2mini.modelhead import as_it_stood
from gpt2mini.runs import Store
from gpt2mini_tui.setup.form import Form
from gpt2mini_tui.setup.plan import ForkRun
from small_lab import Lab


def test_a_fork_keeps_what_it_is_not_told_to_change(lab: Lab) -> None:
    lab.good("fork", "rhyme/step-2", "--no-residual", "--lr", "0.01", "--name", "child")
    manifest = Store(lab.home / "checkpoints").get("child").manifest()
    assert manifest.parent == "rhyme/step-000002"
    assert manifest.command == "gpt2mini-tui fork rhyme/step-000002 --lr 0.01 --no-residual --name child"
    assert (manifest.config.train.lr, manifest.config.train.batch_size, manifest.config.model.n_embd) == (0.01, 4, 16)
    assert manifest.config.ablations.changed() == {"residual": False}
    lab.good("fork", "child", "--reset", "residual", "--steps", "6", "--name", "grandchild")
    again = Store(lab.home / "checkpoints").get("grandchild").manifest()
    assert again.config.ablations.changed() == {}
    assert again.config.train.steps == 6
    assert "--steps 6 --reset residual" in again.command


def test_a_fork_of_what_is_not_there_is_told(trained: Lab) -> None:
    assert trained.run("fork", "nothing").exit_code == 66
    result = trained.run("fork", "rhyme/step-3")
    assert result.exit_code == 66
    assert "It has step-000002, step-000004." in result.stderr
    result = trained.run("fork", "rhyme")
    assert result.exit_code == 2
    assert "--steps counts from the beginning of the run: give more than 4." in result.stderr


def test_the_help_of_a_fork_shows_no_default_for_what_its_parent_decides(trained: Lab) -> None:
    shown = trained.good("fork", "--help")
    assert "--n-embd" in shown
    assert "[default: 128]" not in shown
    assert "[default: 128]" in trained.good("train", "--help")


def test_the_command_that_the_form_shows_puts_back_what_the_parent_had_otherwise(lab: Lab) -> None:
    other = ("--lr", "0.01", "--warmup", "1", "--weight-decay", "0", "--probe-every", "0", "--sample-prompt", "one")
    flags = ("--no-frames", "--no-tied-embeddings", "--scaled-init", "--no-residual", "--ln-style", "post")
    assert lab.train("--name", "other", *other, *flags).exit_code == 0
    form = Form(config=as_it_stood(lab.home / "checkpoints" / "other" / "step-000002"), name="back")
    form.fork = ForkRun(parent="other", checkpoint="step-000002")
    default = Form(config=Config(model=ModelConfig(vocab_size=1))).texts
    form.texts |= {key: text for key, text in default.items() if key.startswith("ablations.")}
    for name in ("lr", "warmup", "weight_decay", "probe_every", "sample_prompt", "frames"):
        form.texts[f"train.{name}"] = default[f"train.{name}"]
    for name in ("tied_embeddings", "scaled_init"):
        form.texts[f"model.{name}"] = default[f"model.{name}"]
    plan = form.plan()
    lab.good(*shlex.split(plan.command())[1:])
    assert Store(lab.home / "checkpoints").get("back").manifest().config == form.read()
