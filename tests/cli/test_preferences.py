"""A flag beats the environment, that the project's file, that the user's; and a slip of the pen is named."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gpt2mini.errors import NotFoundError, UsageError
from gpt2mini.settings import specs
from gpt2mini_tui.personal.actions import habits
from gpt2mini_tui.personal.habits import config_folder
from gpt2mini_tui.personal.preferences import SECTIONS, in_force, places, read
from small_lab import Lab


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the user's file, and make an empty folder the current one."""
    folder = tmp_path / "project" / "inner"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GPT2MINI_CONFIG", str(tmp_path / "user.toml"))
    return tmp_path / "user.toml"


@pytest.fixture
def project(user: Path) -> Path:
    return user.parent / "project" / "gpt2mini.toml"


def config_of(lab: Lab, *words: str) -> Any:
    events = lab.good("train", "--data", str(lab.text), *lab.small, "--json", *words).splitlines()
    return json.loads(events[0])["config"]


def test_the_strongest_wins(lab: Lab, user: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rate(*words: str) -> float:
        return float(config_of(lab, *words)["train"]["lr"])

    assert rate() == 3e-4
    user.write_text("[train]\nlr = 0.01\n[switches]\nresidual = false\n")
    assert rate() == 0.01
    project.write_text("[train]\nlr = 0.02\n")
    assert rate() == 0.02
    monkeypatch.setenv("GPT2MINI_TRAIN_LR", "0.03")
    assert rate() == 0.03
    assert rate("--lr", "0.04") == 0.04
    assert config_of(lab)["ablations"]["residual"] is False


def test_a_switch_in_the_environment_is_a_word(lab: Lab, user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPT2MINI_SWITCHES_RESIDUAL", "off")
    monkeypatch.setenv("GPT2MINI_MODEL_SCALED_INIT", "true")
    found = config_of(lab)
    assert found["ablations"]["residual"] is False
    assert found["model"]["scaled_init"] is True


def test_a_fork_is_as_its_parent_whatever_anybody_prefers(lab: Lab, user: Path) -> None:
    user.write_text("[train]\nlr = 0.01\n")
    first = json.loads(lab.good("fork", "rhyme", "--steps", "5", "--json").splitlines()[0])
    assert first["config"]["train"]["lr"] == 3e-4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[train]\nlearning_rate = 1", "learning_rate"),
        ("[train]\nstep = 1", "Did you mean steps?"),
        ("[trian]\nlr = 1", "Did you mean train?"),
        ("[train]\nlr = 'fast'", "--lr takes a number"),
        ("[train]\nsteps = 1.5", "--steps takes a whole number"),
        ("[switches]\nln_style = 'mid'", "--ln-style is one of"),
        ("train = 3", "is a section"),
        ("lab = 3", "is a section"),
        ("theme = 'x'\nlab = 3", "is a section"),
        ("theme = 3", "--theme takes"),
        ("[lab]\nthem = 'x'", "Did you mean theme?"),
        ("keys = 3", "is a section"),
        ("[keys]\ntrain.start = 4", "train.start takes a key"),
        ("[key]\ntrain.start = 'S'", "Did you mean keys?"),
        ("[train", "not TOML"),
        ("\0", "not TOML"),
    ],
)
def test_what_cannot_be_is_named_with_its_file(text: str, words: str, lab: Lab, user: Path) -> None:
    user.write_text(text)
    for command in (("config", "check"), ("config", "show"), ("train", "--steps", "1")):
        refused = lab.run(*command)
        assert refused.exit_code == 2
        assert words in refused.stderr
        assert "user.toml" in refused.stderr


@pytest.mark.parametrize(
    ("set_to", "words"),
    [
        ("GPT2MINI_TRAIN_STEPPS=3", "Did you mean steps?"),
        ("GPT2MINI_TRAIN_STEPS=many", "takes a whole number"),
        ("GPT2MINI_KEYS_TRAIN_START=S", "keys are chosen in a file"),
        ("GPT2MINI_LAB_THEM=x", "Did you mean theme?"),
        ("GPT2MINI_SWITCHES_MLP=perhaps", "takes true or false"),
    ],
)
def test_a_slip_in_the_environment_is_named(
    set_to: str, words: str, lab: Lab, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable, _, value = set_to.partition("=")
    monkeypatch.setenv(variable, value)
    refused = lab.run("config", "check")
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert variable in refused.stderr


def test_show_says_who_said_so(lab: Lab, user: Path, project: Path) -> None:
    assert lab.json("config", "show")["settings"] == []
    project.write_text("[model]\nn_layer = 2\n")
    assert lab.json("config", "show")["settings"] == [
        {"section": "model", "name": "n_layer", "value": 2, "source": str(project)}
    ]
    every = lab.json("config", "show", "--all")["settings"]
    assert len(every) == sum(len(specs(cls)) for cls in SECTIONS.values())
    assert {"data.tokenizer", "switches.mlp"} <= {f"{row['section']}.{row['name']}" for row in every}
    assert "model.n_layer  2" in lab.good("config", "show")


def test_path_says_where(lab: Lab, user: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write_text("")
    files = lab.json("config", "path")["files"]
    assert files == [
        {"layer": "project", "path": str(project), "exists": True},
        {"layer": "user", "path": str(user), "exists": False},
    ]
    monkeypatch.setenv("GPT2MINI_CONFIG", "")
    assert [place.layer for place in places()] == ["project"]
    monkeypatch.delenv("GPT2MINI_CONFIG")
    assert places()[1].path.name == "config.toml"


def test_one_file_can_be_checked(lab: Lab, user: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("[train]\nlr = 1\n")
    assert lab.good("config", "check", str(other)).strip() == str(other)
    assert read(other) == {"train": {"lr": 1.0}}
    with pytest.raises(NotFoundError):
        read(tmp_path / "nothing.toml")
    other.write_bytes(b"\xff")
    with pytest.raises(UsageError):
        read(other)


def test_nobody_prefers_anything_by_default(user: Path) -> None:
    assert in_force() == {}


def test_keys_and_theme_are_in_the_same_files(
    lab: Lab, user: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.write_text('theme = "old"\n[keys]\n"train.start" = "S"\nview.large = "m,z"\n[train]\nlr = 0.01\n')
    project.write_text('[keys]\ntrain.start = "B"\n')
    rows = {f"{row['section']}.{row['name']}": row for row in lab.json("config", "show")["settings"]}
    assert {name: row["value"] for name, row in rows.items()} == {
        "keys.train.start": "B",
        "keys.view.large": "m,z",
        "lab.theme": "old",
        "train.lr": 0.01,
    }
    assert rows["keys.train.start"]["source"] == str(project)
    assert config_of(lab)["train"]["lr"] == 0.01
    assert lab.good("config", "check").split() == [str(project), str(user)]
    user.write_text('theme = "old"\n[lab]\ntheme = "new"\n')
    assert in_force()["lab"]["theme"].value == "new"
    monkeypatch.setenv("GPT2MINI_LAB_THEME", "newest")
    assert in_force()["lab"]["theme"].value == "newest"


def test_a_key_for_an_action_that_is_not_there_is_refused(lab: Lab, user: Path) -> None:
    user.write_text('[keys]\ntrain.strat = "S"\n')
    for words in (("config", "check"), ("config", "check", str(user)), ("config", "show")):
        refused = lab.run(*words)
        assert refused.exit_code == 2
        assert refused.stderr.endswith("Did you mean train.start?\n")
    with pytest.raises(UsageError, match=re.escape("no action 'train.strat'")):
        habits()
    user.write_text('[keys]\nhocus = "S"\n')
    with pytest.raises(UsageError, match="no action") as refusal:
        habits()
    assert "names them" in refusal.value.do


def test_the_variable_may_name_the_folder(user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPT2MINI_CONFIG", str(user.parent))
    assert places()[1].path == user.parent / "config.toml"
    assert config_folder() == user.parent


def test_a_variable_overrides_a_file_with_what_is_automatic(
    lab: Lab, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.write_text("[train]\nwarmup = 7\n")
    assert config_of(lab)["train"]["warmup"] == 7
    monkeypatch.setenv("GPT2MINI_TRAIN_WARMUP", "auto")
    assert config_of(lab)["train"]["warmup"] is None
