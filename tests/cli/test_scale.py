"""`scale` and `sweep` from beginning to end, in small."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gpt2mini_tui.charts.figure import Curve, Picture
from gpt2mini_tui.charts.png_chart import png_chart
from gpt2mini_tui.charts.svg_chart import Dot, marks, svg_chart
from small_lab import Lab

SMALL = ("--n-head", "2", "--block-size", "16", "--batch-size", "4", "--steps", "6", "--eval-every", "3")
QUICK = (*SMALL, "--sample-tokens", "8", "--dropout", "0")


def test_sizes_are_trained_from_the_smallest_and_a_law_is_fitted(lab: Lab, tmp_path: Path) -> None:
    plot = tmp_path / "plot.svg"
    words = ("scale", "--sizes", "2x16,1x8,1x16,1x4", "--data", str(lab.text), *QUICK, "--svg", str(plot))
    found = lab.json(*words)
    assert [arm["label"] for arm in found["experiments"][0]["arms"]] == ["1x4", "1x8", "1x16", "2x16"]
    sizes = [arm["runs"][0]["parameters"] for arm in found["experiments"][0]["arms"]]
    assert found["fit"]["sizes"] == sizes == sorted(sizes)
    assert found["fit"]["power_law"]["points"] == 4
    assert "polyline" in plot.read_text("utf-8")
    shown = lab.good(*words)
    assert "L = " in shown
    assert "parameters" in shown


def test_the_plot_is_an_svg_or_a_png_by_the_ending_of_its_name(lab: Lab, tmp_path: Path) -> None:
    words = ("scale", "--sizes", "1x4,1x8", "--data", str(lab.text), *QUICK)
    painted, old = tmp_path / "plot.PNG", tmp_path / "old.png"
    lab.good(*words, "--out", str(painted))
    lab.good(*words, "--svg", str(old))  # what the option was called before
    assert painted.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert old.read_bytes() == painted.read_bytes()


@pytest.mark.parametrize(("name", "code"), [("plot.pdf", 2), ("plot", 2), ("no folder/plot.png", 73)])
def test_a_plot_that_cannot_be_is_refused_before_anything_is_trained(
    lab: Lab, tmp_path: Path, name: str, code: int
) -> None:
    runs = lab.json("runs", "list")["runs"]
    words = ("scale", "--sizes", "1x8", "--data", str(lab.text), *QUICK, "--out", str(tmp_path / name))
    assert lab.run(*words).exit_code == code
    assert lab.json("runs", "list")["runs"] == runs


def test_dots_over_a_logarithmic_axis_are_painted_where_they_belong() -> None:
    points = [(10.0, 3.0), (100.0, 3.0), (1000.0, 3.0)]
    picture = Picture(curves=(Curve(label="measured", points=points, is_dots=True),), log_x=True, log_y=True)
    xs = [mark.x for mark in marks(picture, width=760, height=360) if isinstance(mark, Dot)]
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1])
    assert png_chart(picture) != png_chart(replace(picture, curves=()))


def test_a_budget_of_tokens_sets_the_steps(lab: Lab) -> None:
    found = lab.json("scale", "--sizes", "1x8", "--data", str(lab.text), *QUICK, "--tokens", "192")
    assert found["experiments"][0]["arms"][0]["runs"][0]["step"] == 3
    assert found["fit"]["power_law"] is None


@pytest.mark.parametrize("sizes", ["", "2", "2xx", "axb", "0x16", "1x99999999"])
def test_a_size_that_cannot_be_is_refused(lab: Lab, sizes: str) -> None:
    assert lab.run("scale", "--sizes", sizes, "--data", str(lab.text), *QUICK).exit_code == 2


def test_a_sweep_has_an_arm_for_each_value_and_a_curve(lab: Lab, tmp_path: Path) -> None:
    page = tmp_path / "sweep.html"
    words = ("--n-layer", "1", "--n-embd", "16", "--data", str(lab.text), *QUICK)
    shown = lab.good("sweep", "lr=1e-4,3e-3,1e-2", *words, "--html", str(page))
    assert [line.split("  ")[0] for line in shown.splitlines()[3:6]] == ["lr 0.003, baseline", "lr 0.0001", "lr 0.01"]
    assert page.read_text("utf-8").count("<svg") == 3
    grid = lab.json("sweep", "lr=3e-3,1e-2", "warmup=0,2", *words)["experiments"][0]["arms"]
    assert len(grid) == 5


def test_a_sweep_of_nothing_is_refused(lab: Lab) -> None:
    assert lab.run("sweep").exit_code == 2
    assert lab.run("sweep", "colour=red").exit_code == 2


def test_an_svg_is_well_formed_whatever_is_in_it() -> None:
    nan, inf = float("nan"), float("inf")
    curves = (
        Curve(label="<a> & b", points=[(1, 2), (2, nan), (3, inf), (10, 0.5)]),
        Curve(label="none", points=[]),
        Curve(label="dots", points=[(0, 1)], is_dots=True),
    )
    for picture in (Picture(curves=curves), Picture(curves=curves, log_x=True, log_y=True), Picture(curves=())):
        assert ElementTree.fromstring(svg_chart(picture)).tag.endswith("svg")
