"""`ablate` from beginning to end, in small."""

import csv
import io
from pathlib import Path

import pytest

from gpt2mini.experiments.findings import table_rows
from gpt2mini.experiments.measure import Measurement
from gpt2mini_tui.reports.results import fitting, left_out
from small_lab import Lab

MODEL = ("--n-layer", "1", "--n-head", "2", "--n-embd", "16", "--block-size", "16")
SMALL = (*MODEL, "--batch-size", "4", "--steps", "6", "--eval-every", "3", "--sample-tokens", "8", "--dropout", "0")


def ablate(lab: Lab, *words: str) -> str:
    return lab.good("ablate", *words, "--data", str(lab.text), *SMALL)


def test_a_table_has_a_row_for_each_arm_and_a_sentence_for_each_row(lab: Lab) -> None:
    lines = ablate(lab, "residual", "ln-style=post").splitlines()
    assert lines[0] == "6 steps on rhyme, 1 seed, losses in nats/token"
    assert [line.split("  ")[0] for line in lines[2:6]] == ["arm", "baseline", "no residual", "ln style post"]
    assert lines[7].startswith("baseline: ")
    assert lines[8].startswith("no residual")
    assert [line.split("|")[0].strip() for line in lines[11:14]] == ["baseline", "no residual", "ln style post"]


def test_json_and_csv_say_the_same(lab: Lab) -> None:
    words = ("ablate", "mlp", "--seeds", "2", "--data", str(lab.text), *SMALL)
    found = lab.json(*words)["experiments"][0]
    rows = list(csv.DictReader(io.StringIO(lab.good(*words, "--csv"))))
    assert [arm["label"] for arm in found["arms"]] == ["baseline", "no mlp"]
    assert [row["run"] for row in rows] == [run["run"] for arm in found["arms"] for run in arm["runs"]]
    assert [float(row["val"]) for row in rows] == [run["val"] for arm in found["arms"] for run in arm["runs"]]
    assert {row["seed"] for row in rows} == {"0", "1"}
    assert found["arms"][1]["changes"] == {"ablations": {"mlp": False}}
    assert found["arms"][0]["delta"] == {"mean": 0.0, "noise": 0.0, "assumed": False}


def test_the_command_of_an_arm_makes_the_same_run(lab: Lab) -> None:
    found = lab.json("ablate", "mlp", "--data", str(lab.text), *SMALL)["experiments"][0]["arms"][1]
    words = found["command"].split()[1:]
    lab.good(*words, "--name", "alone")
    assert lab.json("runs", "show", "alone")["run"]["val_loss"] == found["runs"][0]["val"]


def test_the_report_is_one_file_with_curves(lab: Lab, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    ablate(lab, "residual", "--html", str(page))
    text = page.read_text("utf-8")
    assert text.count("<svg") == 2
    assert text.count("<polyline") == 4
    assert "no residual" in text
    assert "src=" not in text
    assert "http" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_markdown_has_the_commands(lab: Lab) -> None:
    text = ablate(lab, "residual", "--markdown")
    assert "| no residual |" in text
    assert "--no-residual" in text


def test_the_same_command_trains_nothing_twice(lab: Lab) -> None:
    first = ablate(lab, "mlp", "--json")
    runs = lab.json("runs", "list")["runs"]
    assert ablate(lab, "mlp", "--json") == first
    assert lab.json("runs", "list")["runs"] == runs


def test_the_ancestors_table_has_its_four_arms(lab: Lab) -> None:
    small = (*MODEL, "--steps", "3", "--batch-size", "4")
    found = lab.json("ablate", "--ancestor", *small)["experiments"]
    assert [arm["label"] for arm in found[0]["arms"]] == ["baseline", "no attention", "ln style post", "no residual"]
    assert (found[0]["corpus"], found[0]["title"]) == ("names", "3 steps")
    assert found[0]["arms"][0]["runs"][0]["val"] is None  # 239 characters hold nothing back


def test_the_ancestors_table_can_be_made_without_another_part(lab: Lab) -> None:
    small = (*MODEL, "--steps", "3", "--batch-size", "4")
    found = lab.json("ablate", "--ancestor", "--no-position-embedding", *small)["experiments"]
    assert all("--no-position-embedding" in arm["command"] for arm in found[0]["arms"])


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, None])
def test_a_column_is_shown_or_named_as_left_out(width: int | None) -> None:
    one = Measurement(step=250, reason="done", initial=4.2, loss=2.3, val=2.318, best_val=2.3, max_grad_norm=3.26)
    rows = table_rows(["baseline", "no causal mask"], [[one], [one]])
    every, _ = fitting(rows, None)
    shown, missing = fitting(rows, width)[0], left_out(rows, width)
    assert sorted([*shown, *missing]) == sorted(every)
    assert ("val" in shown, "delta ± noise" in shown) == (True, True)
    assert bool(missing) == (width is not None and width <= 100)


@pytest.mark.parametrize("words", [(), ("nothing",), ("mlp", "--json", "--csv"), ("ln-style=pre",)])
def test_what_cannot_be_asked_is_refused_before_anything_is_trained(lab: Lab, words: tuple[str, ...]) -> None:
    result = lab.run("ablate", *words, "--data", str(lab.text), *SMALL)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(lab.json("runs", "list")["runs"]) == 1


def test_a_page_that_cannot_be_written_is_said_before_an_hour_of_training(lab: Lab, tmp_path: Path) -> None:
    page = tmp_path / "no folder" / "report.html"
    result = lab.run("ablate", "mlp", "--html", str(page), "--data", str(lab.text), *SMALL)
    assert result.exit_code == 73
