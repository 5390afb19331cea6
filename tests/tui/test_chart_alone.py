"""Nothing that a run measures can take the process with it; asked of a process of its own, which it may take."""

import os
import subprocess
import sys

import pytest


def run_alone(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in its own process: what is tested here would otherwise abort the tests themselves."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, env=environment, check=False
    )


DEADLY = {
    "NaN in a connected line": "render(Chart(lines=(Line(points=((0, 1), (1, nan), (2, 1))),)), 80, 20)",
    "nothing but NaN": "render(Chart(lines=(Line(points=((0, nan), (1, nan))),)), 80, 20)",
    "infinities": "render(Chart(lines=(Line(points=((0, 1), (1, inf), (2, -inf), (inf, 1), (nan, 1))),)), 80, 20)",
    "a point far outside the limits": (
        "render(Chart(lines=(Line(points=((0, 1), (1, 1e300), (2, -1e300))),)), 80, 20, Options(y_limits=(0, 2)))"
    ),
    "the largest numbers": "render(Chart(lines=(Line(points=((-1.7e308, -1.7e308), (1.7e308, 1.7e308))),)), 80, 20)",
    "logarithms of zero and below": (
        "render(Chart(lines=(Line(points=((0, 1), (1, 0), (2, -1))),)), 80, 20, Options(log_y=True))"
    ),
    "impossible limits": (
        "render(Chart(lines=(Line(points=((0, 1), (1, 2))),)), 80, 20,"
        " Options(log_y=True, x_limits=(5, 5), y_limits=(-1, nan)))"
    ),
    "NaN as reference, marker and gap": (
        "render(Chart(lines=(Line(points=((0, 1), (1, 2)), gaps=(nan, inf)),),"
        " references=(Reference(y=nan, label='x'),), markers=(Marker(x=nan, label='y'),)), 80, 20)"
    ),
}


@pytest.mark.parametrize("code", DEADLY.values(), ids=DEADLY)
def test_no_number_can_abort_the_process(code: str) -> None:
    done = run_alone(f"from gpt2mini_tui.charts.chart import *; from math import inf, nan\nassert len({code}) == 20")
    assert done.returncode == 0, done.stderr


FUZZ = """
import random
from math import inf, nan
from gpt2mini_tui.charts.chart import *
draw = random.Random(1)
NUMBERS = [0.0, -0.0, 1.0, 2.3, -5.0, 1e-9, 5e-324, 1e-300, 1e6, 1e15, 1e17, 1e300, -1.7e308, inf, -inf, nan]
number = lambda: draw.choice([*NUMBERS, draw.uniform(-3, 3)])
maybe = lambda value: draw.choice([None, value])
for _ in range(400):
    points = [(number() if draw.random() < 0.1 else x, number()) for x in range(draw.randrange(30))]
    line = Line(points=points, gaps=[number()], shape=draw.choice(["line", "dots"]), label=draw.choice(["", "基準"]))
    references, markers = (Reference(y=number(), label="r"),), (Marker(x=number(), label="m"),)
    options = Options(
        log_y=draw.random() < 0.5,
        x_limits=maybe((number(), number())),
        y_limits=maybe((number(), number())),
        glyphs=draw.choice(["braille", "blocks", "ascii"]),
        gutter=draw.randrange(20),
    )
    chart = Chart(lines=(line,), references=references, markers=markers)
    width, height = draw.randrange(1, 90), draw.randrange(1, 25)
    strips = render(chart, width, height, options)
    assert [strip.cell_length for strip in strips] == [width] * height
"""


def test_no_mixture_of_odd_numbers_sizes_and_limits_raises() -> None:
    done = run_alone(FUZZ)
    assert done.returncode == 0, done.stderr


def test_importing_and_an_empty_chart_need_neither_plotext_nor_numpy() -> None:
    done = run_alone(
        "import sys; from gpt2mini_tui.charts.chart import *; render(Chart(), 80, 20)\n"
        "assert not {'plotext', 'numpy', 'torch'} & set(sys.modules)"
    )
    assert done.returncode == 0, done.stderr
