"""`train` and `resume` from beginning to end, in small."""

import contextlib
import json
import re
from pathlib import Path

import pytest

from gpt2mini import load_model
from gpt2mini.events import Evaluated, Finished, Noticed, Started, StepDone, from_json
from gpt2mini.runs import Store
from small_lab import Lab


def test_training_tells_its_story_on_standard_output(lab: Lab) -> None:
    result = lab.train("--name", "second", "--no-residual", "--ln-style", "post")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "no residual, ln style post" in result.stdout
    lines = result.stdout.splitlines()
    assert [line for line in lines if "saved" in line] == ["step 2  saved step-000002", "step 4  saved step-000004"]
    done, measured, *rest = lines[-5:]
    assert re.fullmatch(r"Done: 4 steps, \d+ s of training\.", done)
    assert measured.startswith("Val ")
    assert rest == [
        f"The run is in {lab.home / 'checkpoints' / 'second'}",
        "  gpt2mini-tui generate --load second",
        "  gpt2mini-tui resume second --steps 8",
    ]


def test_json_is_the_log_of_the_run(lab: Lab) -> None:
    result = lab.train("--name", "second", "--json")
    events = [from_json(line) for line in result.stdout.splitlines()]
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert events == list(Store(lab.home / "checkpoints").get("second").events())
    assert json.loads(result.stdout.splitlines()[0])["schema"] == 1


def test_resume_goes_on_to_a_new_total(lab: Lab) -> None:
    result = lab.run("resume", "rhyme", "--steps", "6", "--json")
    events = [from_json(line) for line in result.stdout.splitlines()]
    assert [event.step for event in events if isinstance(event, StepDone)] == [5, 6]
    assert lab.json("runs", "show", "rhyme")["run"]["step"] == 6


def test_resume_says_when_there_is_nothing_left(lab: Lab) -> None:
    result = lab.run("resume", "rhyme")
    assert result.exit_code == 2
    assert "--steps counts from the beginning of the run: give more than 4." in result.stderr


THE_RATE = "The learning rate now follows 6 steps instead of 4"


@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.safetensors"])
def test_a_damaged_checkpoint_is_passed_over_and_said(lab: Lab, name: str) -> None:
    damaged(lab.home / "checkpoints" / "rhyme" / "step-000004" / name)
    result = lab.run("resume", "rhyme", "--steps", "6", "--json")
    assert result.exit_code == 0
    events = [from_json(line) for line in result.stdout.splitlines()]
    said = [event.text for event in events if isinstance(event, Noticed)]
    assert [words.partition(":")[0] for words in said] == ["Passed over step-000004", THE_RATE]
    assert "the checkpoint is damaged" in said[0]
    assert [event.step for event in events if isinstance(event, StepDone)] == [3, 4, 5, 6]


def test_a_run_of_damaged_checkpoints_is_not_touched(lab: Lab) -> None:
    run = lab.home / "checkpoints" / "rhyme"
    for checkpoint in run.glob("step-*"):
        damaged(checkpoint / "model.safetensors")
    before = (run / "events.jsonl").read_bytes()
    result = lab.run("resume", "rhyme", "--steps", "6")
    assert (result.exit_code, result.stdout) == (65, "")
    assert "its checksum is wrong" in result.stderr
    assert result.stderr.count("\n") == 1
    assert (run / "events.jsonl").read_bytes() == before


def damaged(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1] + b"x")


def test_one_file_can_be_saved_and_carried_away(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    result = lab.train("--save", str(file))
    assert f"The model is in {file}" in result.stdout
    assert load_model(file).config.n_embd == 16
    assert lab.good("generate", "--load", str(file), "--tokens", "5")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--save", "missing/model.safetensors"], 73, "no such file or directory"),
        (["--save", "."], 73, "it is a folder"),
        (["--save", "model.pt"], 2, "End it in .safetensors."),
        (["--name", "rhyme"], 73, "there is a run of that name already"),
        (["--name", "a/b"], 2, "cannot be the name of a run"),
        (["--name", ".."], 2, "cannot be the name of a run"),
        (["--encoding", "klingon"], 2, "there is no encoding"),
    ],
)
def test_what_cannot_be_done_is_said_before_training(
    trained: Lab, tmp_path: Path, words: list[str], code: int, sentence: str
) -> None:
    before = sorted(trained.home.rglob("*"))
    with contextlib.chdir(tmp_path):
        result = trained.train(*words)
    assert result.exit_code == code
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert sorted(trained.home.rglob("*")) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (None, 66, "there is no such file or folder"),
        (b"", 65, "too short to train on"),
        (b"x", 65, "too short to train on"),
        (b"abc\xff\xfe", 65, "offset 3"),
        ("日本語".encode("utf-16"), 65, "--encoding utf-16"),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_in_a_sentence(
    trained: Lab, tmp_path: Path, content: bytes | None, code: int, sentence: str
) -> None:
    text = tmp_path / "text.txt"
    if content is not None:
        text.write_bytes(content)
    result = trained.run("train", "--data", str(text))
    assert result.exit_code == code
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_short_text_lowers_the_block_and_says_so(lab: Lab, tmp_path: Path) -> None:
    text = tmp_path / "short.txt"
    text.write_text("abcdefg")
    result = lab.run("train", "--data", str(text), *lab.small)
    assert result.exit_code == 0
    assert "note: The text has only 7 tokens to train on: block_size 16 became 6." in result.stdout
    assert "validation is off" in result.stdout


def test_a_run_that_diverges_has_its_own_code_and_names_what_is_left(lab: Lab) -> None:
    result = lab.train("--name", "wild", "--lr", "1e9", "--no-warmup", "--no-grad-clip", "--steps", "40")
    assert result.exit_code == 70
    assert "error: training diverged (wild): its numbers were no longer finite." in result.stderr
    assert "Lower --lr." in result.stderr


def test_a_text_comes_from_standard_input_too(lab: Lab) -> None:
    result = lab.run("train", "--data", "-", *lab.small, "--json", text=lab.text.read_bytes())
    assert result.exit_code == 0, result.stderr
    first = from_json(result.stdout.splitlines()[0])
    assert isinstance(first, Started)
    assert first.run == "stdin-1"
    assert any(isinstance(from_json(line), Evaluated) for line in result.stdout.splitlines())
