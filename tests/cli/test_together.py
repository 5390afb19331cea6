"""What a process does that torchrun has started, told by its environment."""

import pytest

from gpt2mini.config import Config, ModelConfig
from gpt2mini.errors import LabError, UsageError
from gpt2mini.paths import Home
from gpt2mini_tui.cli.together import again, follow, is_follower
from gpt2mini_tui.setup.plan import NewRun, ResumeRun
from small_lab import Lab


def plan(name: str) -> NewRun:
    return NewRun(config=Config(model=ModelConfig(vocab_size=1)), name=name, threads=2)


@pytest.fixture
def torchrun(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "0")
    monkeypatch.setenv("RANK", "0")
    return monkeypatch


def test_without_torchrun_nothing_changes(lab: Lab) -> None:
    assert not is_follower()
    assert again(plan(""), Home(lab.home)) == plan("")


def test_a_run_needs_a_name_to_be_found_again(lab: Lab, torchrun: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="--name"):
        again(plan(""), Home(lab.home))


def test_after_a_restart_the_run_goes_on(lab: Lab, torchrun: pytest.MonkeyPatch) -> None:
    home = Home(lab.home)
    assert again(plan("rhyme"), home) == plan("rhyme")  # and is refused: there is one of that name
    torchrun.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    assert again(plan("rhyme"), home) == ResumeRun(name="rhyme", threads=2)
    assert again(plan("new"), home) == plan("new")


def test_a_run_that_had_saved_nothing_begins_anew(lab: Lab, torchrun: pytest.MonkeyPatch) -> None:
    torchrun.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    bare = lab.home / "checkpoints" / "bare"
    bare.mkdir()
    (bare / "run.json").write_bytes((lab.home / "checkpoints" / "rhyme" / "run.json").read_bytes())
    assert again(plan("bare"), Home(lab.home)) == plan("bare")
    assert not bare.exists()


def test_the_others_leave_with_the_first(lab: Lab, torchrun: pytest.MonkeyPatch) -> None:
    torchrun.setenv("RANK", "1")
    assert is_follower()
    with pytest.raises(LabError, match="could not begin"):
        follow(None, Home(lab.home), 0)
