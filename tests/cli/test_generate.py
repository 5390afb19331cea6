"""`generate` finds the model that was meant, and gives exactly what it wrote."""

import json
from pathlib import Path

import pytest

from small_lab import Lab

SHORT = ("--tokens", "20")


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)


def test_a_run_a_checkpoint_and_a_folder_are_all_models(trained: Lab) -> None:
    latest = trained.good("generate", "--load", "rhyme", *SHORT)
    folder = trained.home / "checkpoints" / "rhyme"
    assert trained.good("generate", *SHORT) == latest
    assert trained.good("generate", "--load", str(folder), *SHORT) == latest
    assert trained.good("generate", "--load", "rhyme/step-000004", *SHORT) == latest
    assert trained.good("generate", "--load", "rhyme/step-4", *SHORT) == latest
    assert trained.good("generate", "--load", str(folder / "step-000004" / "model.safetensors"), *SHORT) == latest
    assert trained.json("generate", "--load", "rhyme/step-000002", *SHORT)["step"] == 2


def test_the_prompt_is_part_of_the_text_and_the_pipe_gets_nothing_else(trained: Lab) -> None:
    written = trained.good("generate", "--prompt", "one for ", *SHORT)
    assert written.startswith("one for ")
    assert len(written) == 28
    assert trained.good("generate", "--prompt", "one for ", "--no-stream", *SHORT) == written


def test_a_seed_writes_the_same_text_again_and_another_does_not(trained: Lab) -> None:
    first, again, other = (trained.good("generate", *SHORT, "--seed", seed) for seed in ("1", "1", "2"))
    assert first == again != other


def test_samples_are_texts_of_neighbouring_seeds(trained: Lab) -> None:
    said = trained.json("generate", "--prompt", "one", "--samples", "3", "--seed", "5", *SHORT)
    assert [one["seed"] for one in said["samples"]] == [5, 6, 7]
    for one in said["samples"]:
        assert one["text"] == trained.json("generate", "--prompt", "one", "--seed", str(one["seed"]), *SHORT)["text"]
    shown = trained.good("generate", "--prompt", "one", "--samples", "3", "--seed", "5", *SHORT)
    assert "--- 3 of 3, seed 7 ---\none" + said["samples"][2]["text"] in shown
    refused = trained.run("generate", "--samples", "3", "--strict", *SHORT)
    assert refused.exit_code == 2
    assert "--samples writes its texts at once" in refused.stderr


def test_json_tells_what_each_token_was_to_the_model(trained: Lab) -> None:
    said = trained.json("generate", "--load", "rhyme", "--prompt", "one", *SHORT, "--temperature", "0", "--strict")
    assert (said["schema"], said["model"], said["run"], said["step"], said["prompt"]) == (1, "rhyme", "rhyme", 4, "one")
    assert said["settings"]["temperature"] == 0
    assert said["text"] == "".join(token["text"] for token in said["tokens"])
    assert {token["rank"] for token in said["tokens"]} == {0}


def test_with_stream_each_token_is_a_line_of_json(trained: Lab) -> None:
    whole = trained.json("generate", "--prompt", "one", *SHORT)
    lines = [
        json.loads(line)
        for line in trained.good("generate", "--prompt", "one", *SHORT, "--stream", "--json").splitlines()
    ]
    assert [line["schema"] for line in lines] == [1] * 20
    assert "".join(line["token"] for line in lines) == whole["text"]
    for line, token in zip(lines, whole["tokens"], strict=True):
        assert line | {"schema": 1} == {"schema": 1, "token": token.pop("text"), **token}


def test_writing_ends_before_the_stop_string(trained: Lab) -> None:
    whole = trained.good("generate", "--tokens", "200")
    stop = whole[5:7]
    assert trained.good("generate", "--tokens", "200", "--stop", stop) == whole[: whole.index(stop)]


def test_characters_that_the_model_never_saw_are_replaced_and_named(trained: Lab) -> None:
    result = trained.run("generate", "--prompt", "日one\x1b", *SHORT)
    assert result.exit_code == 0
    assert result.stderr.startswith("note: this model has never seen U+001B, '日' (U+65E5): ' ' stands in for each.")
    assert result.stdout.startswith("日one\x1b")  # a pipe gets what was said, as it was said


def test_a_prompt_longer_than_the_block_is_cropped_and_it_is_said(trained: Lab) -> None:
    result = trained.run("generate", "--prompt", "one " * 25_000, *SHORT)
    assert result.exit_code == 0
    assert "the model sees 16 tokens at once: the first 99,984 of the prompt were left out" in result.stderr


@pytest.mark.parametrize(
    ("load", "code", "sentence"),
    [
        ("nothing", 66, "`gpt2mini-tui runs list` shows what is there."),
        ("rhym", 66, "Did you mean rhyme?"),
        ("rhyme/step-000003", 66, "It has step-000002, step-000004."),
        ("../nothing", 66, "there is no run, folder or file of that name"),
        ("x" * 5000, 66, "there is no run, folder or file of that name"),
        ("rhyme.txt", 65, "this is not a safetensors file"),
        ("model.pt", 65, "can run code"),
        ("empty", 65, "this is not a checkpoint"),
    ],
)
def test_what_is_no_model_is_refused_in_a_sentence(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, load: str, code: int, sentence: str
) -> None:
    monkeypatch.chdir(lab.home)
    (lab.home / "model.pt").write_bytes(b"\x80\x04K*.")
    (lab.home / "empty").mkdir()
    result = lab.run("generate", "--load", load)
    assert result.exit_code == code
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_older_checkpoint_stands_in_for_a_damaged_one_and_it_is_said(lab: Lab) -> None:
    run = lab.home / "checkpoints" / "rhyme"
    flip_a_bit(run / "step-000004" / "model.safetensors")
    result = lab.run("generate", "--load", "rhyme", "--json")
    assert result.exit_code == 0
    assert '"step": 2' in result.stdout
    assert "its checksum is wrong" in result.stderr
    assert "an older checkpoint of this run is used instead" in result.stderr
    assert lab.run("generate", "--load", "rhyme/step-000004").exit_code == 65
    flip_a_bit(run / "step-000002" / "model.safetensors")
    assert lab.run("generate", "--load", "rhyme").exit_code == 65


def test_without_any_run_it_says_how_to_make_one(tmp_path: Path) -> None:
    result = Lab(tmp_path, tmp_path, ()).run("generate")
    assert result.exit_code == 66
    assert "Train one with `gpt2mini-tui train`." in result.stderr
