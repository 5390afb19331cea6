"""Runs and checkpoints from the shell: compared, drawn, exported, labelled, deleted and brought back."""

import csv
import io
import json
import math
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gpt2mini.events import Evaluated
from gpt2mini.runs import Store
from small_lab import Lab


@pytest.fixture
def pair(lab: Lab) -> Lab:
    assert lab.train("--name", "broken", "--no-residual").exit_code == 0
    return lab


def test_runs_are_compared_at_equal_steps_and_only_what_differs_is_listed(pair: Lab) -> None:
    shown = pair.good("runs", "compare", "rhyme", "broken")
    assert "baseline" in shown
    assert [line.split() for line in shown.splitlines()[-1:]] == [["residual", "on", "off"]]
    record = pair.json("runs", "compare", "rhyme", "broken")
    runs = {run["name"]: run for run in record["runs"]}
    assert record["baseline"] == "rhyme"
    assert runs["broken"]["at_step"] == 4
    assert runs["broken"]["difference"] == pytest.approx(runs["broken"]["val_loss"] - runs["rhyme"]["val_loss"])
    assert runs["rhyme"]["difference"] is None
    assert record["settings"] == {"residual": {"rhyme": "on", "broken": "off"}}
    assert pair.run("runs", "compare", "rhyme", "nothing").exit_code == 66


def test_a_validation_that_is_no_number_is_told_and_leaves_the_best(lab: Lab, tmp_path: Path) -> None:
    best = lab.json("runs", "compare", "rhyme")["runs"][0]["best_val_loss"]
    log = Store(lab.home / "checkpoints").get("rhyme").open_log()
    log.append(Evaluated(step=4, val_loss=math.nan, tokens=9))
    log.close()
    listed = lab.json("runs", "list")["runs"][0]
    assert (listed["val_loss"], listed["val_step"]) == (None, 4)
    assert " NaN " in lab.good("runs", "list")
    assert "not finite" in lab.good("runs", "show", "rhyme")
    assert lab.json("runs", "compare", "rhyme")["runs"][0]["best_val_loss"] == best
    assert lab.good("runs", "compare", "rhyme").splitlines()[1].split()[3:5] == ["NaN", f"{best:.3f}"]
    page = tmp_path / "page.md"
    lab.good("runs", "report", "rhyme", "--out", str(page))
    assert f"| NaN | {best:.3f} |" in page.read_text()


@pytest.mark.parametrize("curve", ["loss", "val", "difference", "grad"])
def test_runs_are_drawn_as_text(pair: Lab, curve: str) -> None:
    lines = pair.good("runs", "plot", "rhyme", "broken", "--curve", curve, "--width", "60", "--height", "12").split(
        "\n"
    )
    assert len(lines) == 14
    assert max(map(len, lines[1:])) <= 60
    assert "b broken" in "\n".join(lines)
    assert not set("\n".join(lines)) & {"\x1b"}


@pytest.mark.parametrize("curve", ["loss", "val", "difference", "grad"])
def test_runs_are_drawn_into_files(pair: Lab, curve: str, tmp_path: Path) -> None:
    svg, png = tmp_path / "plot.svg", tmp_path / "plot.PNG"
    words = ("runs", "plot", "rhyme", "broken", "--curve", curve, "--out")
    pair.good(*words, str(svg))
    root = ElementTree.fromstring(svg.read_text("utf-8"))
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert "b broken" in texts
    pair.good(*words, str(png))
    data = png.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">II", data[16:24]) == (1520, 720)
    assert pair.run(*words, str(svg)).exit_code == 2  # it is there
    pair.good(*words, str(svg), "--force")
    assert ".svg or .png" in pair.run(*words, str(tmp_path / "plot.gif")).stderr
    record = pair.json("runs", "plot", "rhyme", "broken", "--curve", curve)
    assert record["curves"][-1]["name"] == "b broken"
    assert all(len(point) == 2 for line in record["curves"] for point in line["points"])


def test_what_is_deleted_and_written_is_told_to_programs_too(lab: Lab, tmp_path: Path) -> None:
    assert lab.json("checkpoints", "rm", "rhyme/step-2")["trashed"] == ["rhyme/step-000002"]
    assert lab.json("checkpoints", "restore", "rhyme/step-000002")["restored"].endswith("step-000002")
    assert lab.json("runs", "rm", "rhyme")["trashed"] == ["rhyme"]
    assert lab.json("runs", "restore", "rhyme")["restored"] == str(lab.home / "checkpoints" / "rhyme")
    out = tmp_path / "rhyme.csv"
    assert lab.json("runs", "export", "rhyme", "--out", str(out))["file"] == str(out)
    assert lab.run("runs", "export", "rhyme", "--json").exit_code == 2


def test_a_run_is_exported_step_by_step(lab: Lab, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(lab.good("runs", "export", "rhyme"))))
    assert [row["step"] for row in rows] == ["0", "1", "2", "3", "4"]
    summary = Store(lab.home / "checkpoints").get("rhyme").summary()
    assert float(rows[-1]["loss"]) == summary.loss
    assert float(rows[-1]["val_loss"]) == summary.val_loss
    assert rows[1]["val_loss"] == ""
    out = tmp_path / "both.jsonl"
    lab.good("runs", "export", "rhyme", "--format", "jsonl", "--out", str(out))
    events = [json.loads(line) for line in out.read_text().splitlines()]
    assert events[0]["event"] == "Started"
    assert {event["run"] for event in events} == {"rhyme"}
    again = lab.run("runs", "export", "rhyme", "--out", str(out))
    assert (again.exit_code, "--force" in again.stderr) == (2, True)
    lab.good("runs", "export", "rhyme", "--out", str(out), "--force")


def test_a_run_is_tagged_noted_and_renamed(lab: Lab) -> None:
    assert lab.good("runs", "tag", "rhyme", "b", "a").split() == ["b", "a"]
    assert lab.good("runs", "tag", "rhyme", "b", "--remove").split() == ["a"]
    assert lab.good("runs", "note", "rhyme", "for the \x1b talk") == "for the ␛ talk\n"
    lab.good("runs", "rename", "rhyme", "詩")
    (run,) = lab.json("runs", "list")["runs"]
    assert (run["name"], run["tags"], run["note"]) == ("詩", ["a"], "for the \x1b talk")
    assert lab.json("runs", "note", "詩", "")["note"] == ""
    assert lab.run("runs", "rename", "詩", "../x").exit_code == 2
    assert lab.run("runs", "tag", "詩", "two words").exit_code == 2


def test_what_is_deleted_comes_back(lab: Lab) -> None:
    store = Store(lab.home / "checkpoints")
    lab.good("checkpoints", "rm", "rhyme/step-2")
    assert [entry.step for entry in store.get("rhyme").checkpoints()] == [4]
    lab.good("runs", "rm", "rhyme")
    assert store.runs() == []
    lab.good("runs", "restore", "rhyme")
    lab.good("checkpoints", "restore", "rhyme/step-000002")
    assert [entry.step for entry in store.get("rhyme").checkpoints()] == [2, 4]
    assert lab.run("runs", "restore", "rhyme").exit_code == 66
    assert lab.run("checkpoints", "rm", "rhyme").exit_code == 2
    assert lab.run("runs", "rm", "rhyme", "nothing").exit_code == 66
    assert len(store.runs()) == 1


def test_a_checkpoint_is_exported_as_one_file_that_can_be_talked_to(lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "model.safetensors"
    lab.good("checkpoints", "export", "rhyme/step-000002", str(out))
    assert lab.json("checkpoints", "show", str(out))["step"] == 2
    assert lab.run("checkpoints", "export", "rhyme", str(out)).exit_code == 2
    assert lab.run("checkpoints", "export", "rhyme", str(tmp_path / "x.pt")).exit_code == 2


def test_a_run_that_is_over_is_told_to_its_end(trained: Lab) -> None:
    lines = trained.good("watch", "rhyme", "--plain")
    assert "step 4  val" in lines
    assert "saved step-000004" in lines
    events = [json.loads(line) for line in trained.good("watch", "rhyme", "--json").splitlines()]
    assert (events[0]["event"], events[0]["schema"], events[-1]["event"]) == ("Started", 1, "Finished")
    assert trained.run("watch", "nothing").exit_code == 66


def test_the_answers_of_a_task_are_told_everywhere(lab: Lab, tmp_path: Path) -> None:
    ran = lab.run("train", "--data", "sums", *lab.small, "--name", "sums", "--json")
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    answered = [event for event in told if event["event"] == "Answered"]
    assert [event["step"] for event in answered] == [0, 2, 4]
    last = answered[-1]
    assert last["chance"] == pytest.approx(1 / 31)
    assert "new problems exact" in lab.good("runs", "show", "sums")
    assert lab.json("runs", "show", "sums")["answers"]["problems"] == last["problems"] > 0
    assert lab.json("runs", "compare", "sums", "rhyme")["runs"][0]["exact"] == last["exact"]
    assert "exact" in lab.good("runs", "compare", "sums", "rhyme").splitlines()[0]
    assert "exact" not in lab.good("runs", "compare", "rhyme").splitlines()[0]
    rows = list(csv.DictReader(io.StringIO(lab.good("runs", "export", "sums"))))
    assert [row["exact"] != "" for row in rows] == [True, False, True, False, True]
    assert "answered exactly" in lab.good("runs", "plot", "sums", "--curve", "answers", "--width", "60")


def test_a_run_in_byte_pairs_is_measured_in_bits_per_byte(lab: Lab) -> None:
    pairs = ("--tokenizer", "bpe", "--vocab-size", "280")
    assert lab.train("--name", "pairs", *pairs).exit_code == 0
    shown = lab.json("runs", "show", "pairs")
    assert shown["config"]["data"]["tokenizer"] == "bpe"
    assert shown["bytes_per_token"] > 1
    assert shown["bits_per_byte"] == pytest.approx(
        shown["run"]["val_loss"] / math.log(2) / shown["bytes_per_token"], rel=1e-6
    )
    said = lab.good("runs", "show", "pairs")
    assert "bits/byte" in said
    assert "bpe, 280 tokens" in said
    compared = lab.good("runs", "compare", "rhyme", "pairs")
    assert "bits/byte" in compared.splitlines()[0]
    assert "tokenizer" in compared
    runs = lab.json("runs", "compare", "rhyme", "pairs")["runs"]
    assert [run["difference"] for run in runs] == [None, None]  # nats of other tokens
    assert all(run["bits_per_byte"] > 0 for run in runs)
    assert "--tokenizer bpe --vocab-size 280" in shown["command"]
    assert lab.json("data", "show", str(lab.text), *pairs)["vocab_size"] == 280
    assert lab.good("generate", "--load", "pairs", "--tokens", "5")
