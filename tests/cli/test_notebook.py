"""The lab notebook: what stands beside a run, and pages about several."""

import html
import re
import shutil
import xml.dom.minidom
from contextlib import closing
from pathlib import Path

import pytest

from gpt2mini.ablations import SWITCHES, Ablations
from gpt2mini.events import Adjusted, Switched
from gpt2mini.labels import Labels
from gpt2mini.runs import Store
from small_lab import Lab

NASTY = "<script>alert(1)</script> \x1b]0;x\x07 [/x] **bold** | ```"


def test_question_prediction_and_verdict_stand_beside_a_run(lab: Lab) -> None:
    run = lab.json("runs", "list")["runs"][0]["name"]
    lab.good("runs", "note", run, "kept", "--question", "does it learn?", "--prediction", "no")
    assert lab.good("runs", "note", run).splitlines() == ["question: does it learn?", "prediction: no", "kept"]
    found = lab.json("runs", "note", run, "--verdict", "it does", "--prediction", "")
    assert (found["note"], found["question"], found["prediction"], found["verdict"]) == (
        "kept", "does it learn?", "", "it does",
    )  # fmt: skip
    shown = lab.good("runs", "show", run)
    assert "does it learn?" in shown
    assert "it does" in shown
    lab.good("runs", "tag", run, "lecture")
    assert lab.json("runs", "note", run)["verdict"] == "it does"


def test_a_card_writes_into_the_notebook_of_its_runs(lab: Lab) -> None:
    found = lab.json("learn", "run", "initial-loss", "--data", str(lab.text), "--predict", "b")
    names = [one["run"] for arm in found["arms"] for one in arm["runs"]]
    for name in names:
        labels = Store(lab.home / "checkpoints").get(name).labels()
        assert labels.question == found["card"]["question"]
        assert labels.prediction == found["card"]["choices"][1]["text"]
        assert labels.verdict == found["verdict"]["text"]
    own = Store(lab.home / "checkpoints").get(names[0])
    own.label(Labels(question="mine", verdict="mine too"))
    lab.good("learn", "run", "initial-loss", "--data", str(lab.text), "--predict", "a")
    assert own.labels() == Labels(question="mine", verdict="mine too")


def notebooks(lab: Lab, *words: str) -> dict[str, Labels]:
    """Return what stands beside the first run of each arm of an experiment."""
    sizes = ("--n-head", "2", "--block-size", "16", "--batch-size", "4", "--steps", "6", "--dropout", "0")
    found = lab.json(*words, *sizes, "--sample-every", "0", "--data", str(lab.text))["experiments"][0]["arms"]
    store = Store(lab.home / "checkpoints")
    told = {arm["label"]: store.get(arm["runs"][0]["run"]).labels() for arm in found}
    assert [labels.verdict for labels in told.values()] == [arm["finding"] for arm in found]
    return told


def test_an_ablation_writes_into_the_notebook_of_its_runs(lab: Lab) -> None:
    small = ("--n-layer", "1", "--n-embd", "16")
    told = notebooks(lab, "ablate", "mlp", "ln-style=post", *small)
    assert {labels.question for labels in told.values()} == {"What does it change: no mlp, ln style post?"}
    assert [labels.prediction for labels in told.values()] == [
        "", f"commonly: {SWITCHES['mlp'].expect}", f"commonly: {SWITCHES['ln_style'].expect}",
    ]  # fmt: skip
    mine = ("--question", "is attention enough?", "--prediction", "no")
    asked = notebooks(lab, "ablate", "mlp", "attention", *small, *mine)
    assert asked["no mlp"] == told["no mlp"]  # what the first one asked of it stays
    assert asked["no attention"].question == "is attention enough?"
    assert asked["no attention"].prediction == "no"


def test_a_sweep_and_a_scaling_write_into_the_notebook_too(lab: Lab) -> None:
    told = notebooks(lab, "sweep", "lr=1e-3,3e-3", "batch-size=2", "--n-layer", "1", "--n-embd", "16")
    assert {labels.question for labels in told.values()} == {"How does the loss depend on lr and batch size?"}
    sizes = notebooks(lab, "scale", "--sizes", "1x4,1x8")
    assert {labels.question for labels in sizes.values()} == {"How does the loss fall with size?"}


def two_runs(lab: Lab) -> list[str]:
    lab.train("--name", "other", "--no-residual")
    return ["other", next(run["name"] for run in lab.json("runs", "list")["runs"] if run["name"] != "other")]


def test_a_report_is_one_page_with_curves_and_commands(lab: Lab, tmp_path: Path) -> None:
    runs = two_runs(lab)
    lab.good("runs", "note", runs[0], "--question", "what is a residual for?")
    out = tmp_path / "report.html"
    lab.good("runs", "report", *runs, "--out", str(out), "--title", "Residuals")
    page = out.read_text(encoding="utf-8")
    assert "what is a residual for?" in page
    assert "--no-residual" in page
    assert page.count("<polyline") >= 2
    assert not re.search(r"(src|href)=|https?://(?!www\.w3\.org)", page)
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        xml.dom.minidom.parseString(svg)
    assert "<td>residual</td>" in page
    again = lab.run("runs", "report", *runs, "--out", str(out))
    assert again.exit_code == 2
    lab.good("runs", "report", *runs, "--out", str(out), "--force")


def test_a_run_that_explodes_does_not_flatten_the_curves_of_a_report_nor_of_an_exported_chart(
    lab: Lab, tmp_path: Path
) -> None:
    lab.train("--name", "calm")
    lab.train("--name", "wild", "--lr", "3", "--no-warmup", "--no-grad-clip", "--ln-style", "none")
    page, chart = tmp_path / "report.html", tmp_path / "chart.svg"
    lab.good("runs", "report", "calm", "wild", "--out", str(page))
    lab.good("runs", "plot", "calm", "wild", "--out", str(chart))
    drawn = [*re.findall(r"<svg.*?</svg>", page.read_text("utf-8"), re.DOTALL), chart.read_text("utf-8")]
    assert len(drawn) == 3
    for one in drawn:
        assert "▲" in one
        assert not re.search(r">[\d.]+([kMG]|e\+?\d+)<", one), "a number beside the axis is huge"


def test_a_report_repeats_what_an_experiment_made(lab: Lab) -> None:
    found = lab.json("learn", "run", "initial-loss", "--data", str(lab.text), "--predict", "b")
    text = lab.good("runs", "report", found["arms"][1]["runs"][0]["run"])
    assert found["arms"][1]["command"] in text
    assert "- prediction: far above ln V" in text


def test_a_report_as_markdown_says_the_same(lab: Lab) -> None:
    runs = two_runs(lab)
    text = lab.good("runs", "report", *runs)
    assert f"## {runs[0]}" in text
    assert "| residual | off | on |" in text
    assert "## Validation loss, nats/token" in text
    assert "--no-residual" in text


@pytest.mark.parametrize("suffix", ["html", "md"])
def test_no_byte_of_a_run_controls_a_report(lab: Lab, tmp_path: Path, suffix: str) -> None:
    run = lab.json("runs", "list")["runs"][0]["name"]
    lab.good("runs", "note", run, NASTY, "--question", NASTY, "--verdict", NASTY)
    out = tmp_path / f"report.{suffix}"
    lab.good("runs", "report", run, "--out", str(out), "--title", NASTY)
    page = out.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "\x1b" not in page
    assert "\x07" not in page
    if suffix == "html":
        assert "<script>alert(1)</script> ␛]0;x␇" in html.unescape(page)
    else:
        assert "\\*\\*bold\\*\\* \\| \\`\\`\\`" in page


def test_a_run_that_was_switched_on_the_way_does_not_look_untouched(lab: Lab) -> None:
    run = lab.json("runs", "list")["runs"][0]["name"]
    folder = lab.home / "checkpoints"
    shutil.copytree(folder / run, folder / "touched")
    log = Store(folder).get("touched").open_log()
    log.append(Switched(step=3, name="residual", value=False, ablations=Ablations(residual=False)))
    log.append(Switched(step=5, name="residual", value=True, ablations=Ablations()))
    log.close()
    listed = next(line for line in lab.good("runs", "list").splitlines() if line.startswith("touched"))
    assert "all on, flipped R3 r5" in listed
    shown = lab.good("runs", "show", "touched")
    assert "all on, flipped R3 r5" in shown
    assert "Changed on the way: residual off at step 3, residual on at step 5." in shown
    report = lab.good("runs", "report", "touched")
    assert (
        "- switches: all on at the end\n- changed on the way: residual off at step 3, residual on at step 5" in report
    )
    assert "Changed on the way" not in lab.good("runs", "show", run)


def test_a_report_explains_itself_to_who_has_never_seen_the_lab(lab: Lab, tmp_path: Path) -> None:
    run = lab.json("runs", "list")["runs"][0]["name"]
    shutil.copytree(lab.home / "checkpoints" / run, lab.home / "checkpoints" / "touched")
    with closing(Store(lab.home / "checkpoints").get("touched").open_log()) as log:
        log.append(Switched(step=2, name="residual", value=False, ablations=Ablations(residual=False)))
        log.append(Adjusted(step=3, name="lr", value=0.01, was=0.001))
    report = lab.good("runs", "report", "touched")
    for words in (
        "- **–**: not measured",
        "- **difference**: how much higher val is",
        "2-gram, ",
        "counting which token follows which",
        "- **1**: touched, step 2: residual off\n- **2**: touched, step 3: lr from 0.001 to 0.01",
        "- **residual**: Add each sublayer's input to its output",
    ):
        assert words in report
    assert "R2" not in report
    assert "- **uniform" not in report
    out = tmp_path / "report.html"
    lab.good("runs", "report", "touched", "--out", str(out))
    page = out.read_text(encoding="utf-8")
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        assert ">1</text>" in svg
        assert ">2</text>" in svg
        assert ">uniform<" not in svg
    assert "<dt>1</dt><dd>touched, step 2: residual off</dd>" in page
