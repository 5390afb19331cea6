"""What is there is listed for people and for programs, damaged things too."""

import json
import math
import shlex
from pathlib import Path

import pytest
from rich.cells import cell_len

from command_lines import parse
from gpt2mini.agreement import Agreement
from gpt2mini.presets import TASK_SETTINGS
from gpt2mini_tui.cli.checks import GLYPHS, agreement, glyphs
from small_lab import Lab


def test_runs_are_listed_with_how_they_stand(trained: Lab) -> None:
    header, line = trained.good("runs", "list").splitlines()
    assert header.split() == ["run", "status", "step", "loss", "val", "text", "switches", "age"]
    assert line.split()[:3] == ["rhyme", "done", "4/4"]
    (run,) = trained.json("runs", "list")["runs"]
    assert (run["name"], run["status"], run["step"], run["steps"], run["changed"]) == ("rhyme", "done", 4, 4, {})


def test_nothing_to_list_is_said_beside_the_data(tmp_path: Path) -> None:
    empty = Lab(tmp_path, tmp_path, ())
    for words in (("runs", "list"), ("checkpoints", "list")):
        result = empty.run(*words)
        assert (result.exit_code, result.stdout) == (0, "")
        assert "`gpt2mini-tui train`" in result.stderr
    assert empty.json("runs", "list") == {"schema": 1, "runs": []}


def test_a_damaged_run_is_listed_with_what_is_wrong(lab: Lab) -> None:
    bad = lab.home / "checkpoints" / "bad\x1b[2J"
    bad.mkdir()
    (bad / "run.json").write_text('{"format": 99}')
    shown = lab.good("runs", "list")
    assert "bad␛[2J  damaged" in shown
    assert "made by a newer version" in shown
    assert lab.run("runs", "show", "rhyme").exit_code == 0


def test_a_run_is_shown_with_the_command_that_makes_it(trained: Lab) -> None:
    shown = trained.good("runs", "show", "rhyme")
    assert "n_layer 1, n_head 2, n_embd 16" in shown
    assert "checkpoints  step-000002, step-000004" in shown
    assert f"gpt2mini-tui train --data {trained.text}" in shown
    assert "nats/token" in shown
    assert shown.splitlines()[-1].startswith("  | ")
    record = trained.json("runs", "show", "rhyme")
    assert record["config"]["train"]["steps"] == 4
    assert [checkpoint["step"] for checkpoint in record["checkpoints"]] == [2, 4]
    assert list(record["references"])[:2] == ["uniform", "1-gram"]


def test_a_line_of_the_log_that_cannot_be_read_is_counted(lab: Lab) -> None:
    log = lab.home / "checkpoints" / "rhyme" / "events.jsonl"
    before, after = log.read_bytes().split(b"\n", 1)
    log.write_bytes(before + b"\nnot an event\n" + after)
    assert "1 line of the log cannot be read" in lab.run("runs", "show", "rhyme").stderr


def test_checkpoints_are_listed_and_a_damaged_one_says_why(lab: Lab) -> None:
    (lab.home / "checkpoints" / "rhyme" / "step-000002" / "state.json").write_text("{")
    lines = lab.good("checkpoints", "list", "rhyme").splitlines()
    assert lines[1].startswith("rhyme/step-000002 ")
    assert lines[2].startswith("rhyme/step-000004 ")
    assert "cannot read the file" in lines[1]
    found = lab.json("checkpoints", "list")["checkpoints"]
    assert [entry["problem"] == "" for entry in found] == [False, True]


def test_every_checkpoint_can_be_verified_and_the_damaged_one_is_named(lab: Lab) -> None:
    assert lab.good("checkpoints", "verify").splitlines() == ["rhyme/step-000002  sound", "rhyme/step-000004  sound"]
    damaged = lab.home / "checkpoints" / "rhyme" / "step-000002" / "optimizer.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    result = lab.run("checkpoints", "verify", "rhyme")
    assert result.exit_code == 65
    assert "rhyme/step-000002  the checkpoint is damaged" in result.stdout
    assert "rhyme/step-000004  sound" in result.stdout
    assert "not sound: 1 of 2 checkpoints" in result.stderr
    assert lab.good("checkpoints", "verify", "rhyme/step-000004") == "rhyme/step-000004  sound\n"
    assert lab.run("checkpoints", "verify", "rhyme/step-000003").exit_code == 66
    damaged.unlink()
    assert "this file is missing" in lab.run("checkpoints", "verify", "rhyme/step-000002").stdout


def test_a_checkpoint_is_pinned_and_let_go_by_name(lab: Lab) -> None:
    lab.good("checkpoints", "pin", "rhyme/step-000002")
    assert [entry["pinned"] for entry in lab.json("checkpoints", "list")["checkpoints"]] == [True, False]
    assert "pinned" in lab.good("checkpoints", "list").splitlines()[1]
    assert lab.good("checkpoints", "verify", "rhyme/step-000002").endswith("sound\n")
    lab.good("checkpoints", "unpin", "rhyme/step-000002")
    assert not any(entry["pinned"] for entry in lab.json("checkpoints", "list")["checkpoints"])
    assert lab.run("checkpoints", "pin", "rhyme/step-000003").exit_code == 66


def test_a_checkpoint_is_called_something_beside_its_step(lab: Lab) -> None:
    lab.good("checkpoints", "name", "rhyme/step-000002", "before  the break")
    assert lab.good("checkpoints", "name", "rhyme/step-000002") == "before the break\n"
    assert [entry["label"] for entry in lab.json("checkpoints", "list")["checkpoints"]] == ["before the break", ""]
    assert "before the break" in lab.good("checkpoints", "list").splitlines()[1]
    assert lab.good("checkpoints", "verify", "rhyme/step-000002").endswith("sound\n")
    assert lab.run("checkpoints", "name", "rhyme/step-000002", "x" * 81).exit_code == 2
    lab.good("checkpoints", "name", "rhyme/step-000002", "")
    assert lab.good("checkpoints", "name", "rhyme/step-000002") == ""


@pytest.mark.parametrize("model", ["rhyme", "rhyme/step-000004", "folder"])
def test_a_checkpoint_is_verified_and_shown(trained: Lab, model: str) -> None:
    word = str(trained.home / "checkpoints" / "rhyme") if model == "folder" else model
    shown = trained.good("checkpoints", "show", word)
    assert "1 layer, 2 heads, 16 wide" in shown
    assert "sound" in shown
    assert trained.json("checkpoints", "show", word)["step"] == 4


def test_a_checkpoint_with_a_wrong_bit_is_not_sound(lab: Lab) -> None:
    model = lab.home / "checkpoints" / "rhyme" / "step-000004" / "model.safetensors"
    data = bytearray(model.read_bytes())
    data[-1] ^= 1
    model.write_bytes(data)
    result = lab.run("checkpoints", "show", "rhyme")
    assert result.exit_code == 65
    assert "its checksum is wrong" in result.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["runs", "show", "nothing"], 66),
        (["runs", "show", "a/b"], 2),
        (["checkpoints", "list", "nothing"], 66),
        (["checkpoints", "show", "nothing"], 66),
        (["resume", "nothing"], 66),
        (["resume", "../rhyme"], 2),
        (["data", "show", "nothing"], 66),
    ],
)
def test_what_is_not_there_is_told_apart_from_what_cannot_be(trained: Lab, words: list[str], code: int) -> None:
    result = trained.run(*words)
    assert result.exit_code == code
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


def test_texts_are_listed_once_each_the_built_in_ones_first(trained: Lab) -> None:
    lines = trained.good("data", "list").splitlines()
    names = [line.split()[0] for line in lines[1:]]
    assert names[0] == "tales"
    assert names.count("rhyme") == 1
    assert f"prepared from {trained.text}" in lines[-1]
    assert {entry["name"] for entry in trained.json("data", "list")["texts"]} >= {"tales", "pydoc", "rhyme"}


def test_a_text_is_shown_as_a_model_will_see_it(trained: Lab) -> None:
    shown = trained.good("data", "show", str(trained.text))
    assert "  | 0 one for sorrow, two for joy, three for a girl, four for a boy." in shown
    assert "guessing" in shown
    record = trained.json("data", "show", str(trained.text))
    assert record["train_tokens"] + record["val_tokens"] == record["statistics"]["characters"]


@pytest.mark.parametrize("task", TASK_SETTINGS)
def test_a_task_is_shown_with_the_command_that_learns_it(trained: Lab, task: str) -> None:
    command = trained.json("data", "show", task)["learnt_by"]
    assert command in trained.good("data", "show", task)
    parse(shlex.split(command))
    assert f"--data {task} " in command
    assert "--dropout 0.0" in command
    assert trained.json("data", "show", str(trained.text))["learnt_by"] == ""


def test_no_byte_of_a_text_reaches_the_terminal(trained: Lab, tmp_path: Path) -> None:
    text = tmp_path / "evil.txt"
    text.write_text("\x1b]0;x\x07[/x]\u202e\x9b2J\n" * 20)
    shown = trained.good("data", "show", str(text))
    assert "␛]0;x␇[/x]<U+202E><U+009B>2J" in shown
    assert not set(shown) & set("\x1b\x07\u202e\x9b")


def test_where_things_are_is_said(trained: Lab) -> None:
    assert trained.json("where") == {
        "schema": 1,
        "home": str(trained.home),
        "checkpoints": str(trained.home / "checkpoints"),
        "data": str(trained.home / "data"),
        "prepared": str(trained.home / "data" / "prepared"),
    }
    assert f"home         {trained.home}\n" in trained.good("where")


def test_the_doctor_finds_this_machine_fit(trained: Lab) -> None:
    report = trained.json("doctor")
    assert report["is_ready"]
    states = {finding["name"]: finding["state"] for finding in report["findings"]}
    assert states | {"terminal": "note", "torch": "ok", "device": "ok", "home": "ok"} == states
    assert {"textual-serve", "tensorboard", "tokenizers", "cores", "agreement", "space"} <= set(states)
    assert "ok       torch" in trained.good("doctor")


def test_the_doctor_shows_what_the_lab_draws_with() -> None:
    assert {cell_len(sign) for sign in GLYPHS} == {1}
    assert all(len(kind) == len(set(kind)) for kind in GLYPHS.split())
    found = glyphs()
    assert found.detail == GLYPHS
    assert "font" in found.do


@pytest.mark.parametrize(
    ("losses", "state", "words"),
    [
        ((3.0, 2.0), "ok", "2 steps on mps and on the CPU: losses within"),
        ((3.0, 2.5), "problem", "part by 0.5 nats"),
        ((3.0, math.nan), "problem", "the loss on mps is no number"),
    ],
)
def test_the_doctor_judges_a_device_by_the_cpu(losses: tuple[float, ...], state: str, words: str) -> None:
    found = agreement(Agreement(device="mps", expected=(3.0, 2.0), found=losses))
    assert found.state == state
    assert words in found.detail
    assert ("--device cpu" in found.do) is (state == "problem")


def test_the_doctor_finds_a_home_that_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    result = Lab(file / "home", file, ()).run("doctor", "--json")
    assert result.exit_code == 1
    found = {finding["name"]: finding for finding in json.loads(result.stdout)["findings"]}
    assert found["home"]["state"] == "problem"
    assert "--home" in found["home"]["do"]


def test_the_lab_needs_a_terminal_and_says_so(trained: Lab) -> None:
    result = trained.run("launch")
    assert result.exit_code == 1
    assert "Run it in a terminal, or train without one: `gpt2mini-tui train`." in result.stderr
    assert result.stderr.count("\n") == 1
    assert trained.run("launch", "--steps", "-1").exit_code == 2
