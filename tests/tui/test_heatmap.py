"""A heatmap shows every layer and moment, as colour, as shade and as number, and fits into any size."""

import math

import pytest
from rich.cells import cell_len

from gpt2mini_tui.charts.heatmap import SHADES, Map, draw_map, scale_of, used
from gpt2mini_tui.words import number

STEPS = [float(step) for step in range(10, 101, 10)]


def falling(layers: int = 4) -> list[list[float]]:
    """Return gradients that fall by a hundred from layer to layer."""
    return [[10.0 ** (-2 * (layers - row)) for row in range(layers)] for _ in STEPS]


def a_map(columns: list[list[float]], *, is_log: bool = True, **words: object) -> Map:
    labels = [str(row + 1) for row in range(len(columns[0]))]
    scale = scale_of(columns, is_log=is_log)
    given = {"labels": labels, "steps": STEPS, "columns": columns, "scale": scale, "x_limits": (0.0, 100.0)}
    return Map(**{**given, **words})  # type: ignore[arg-type]  # as a test names them


def rows(shown: Map, width: int = 60, height: int = 5, *, in_color: bool = False) -> list[str]:
    return [strip.text for strip in draw_map(shown, width, height, margin=6, in_color=in_color)]


def test_each_layer_has_its_name_its_shade_and_its_number() -> None:
    picture = rows(a_map(falling()))
    assert [line.split()[0] for line in picture[:4]] == ["1", "2", "3", "4"]
    assert [line.split()[-1] for line in picture[:4]] == ["1.0e-08", "1.0e-06", "1.0e-04", "0.01"]
    shades = [SHADES.index(line.split()[1][0]) for line in picture[:4]]
    assert shades == sorted(shades)
    assert shades[0] == 0
    assert shades[-1] == len(SHADES) - 1
    assert picture[-1].split() == ["1.0e-08", SHADES, "0.01", "log"]


def test_what_has_not_happened_yet_is_blank() -> None:
    picture = rows(a_map(falling(), x_limits=(0.0, 200.0)))[0]
    cells = picture[6:-9]
    assert cells[:20].strip()
    assert not cells[25:].strip()


@pytest.mark.parametrize(("layers", "height", "lines"), [(2, 4, 3), (2, 5, 5), (2, 30, 7), (12, 5, 5), (12, 30, 25)])
def test_what_is_said_below_it_can_stand_right_below_it(layers: int, height: int, lines: int) -> None:
    assert used(layers, height) == lines
    picture = rows(a_map(falling(layers)), height=height)
    assert all(row.strip() for row in picture[:lines])
    assert not any(row.strip() for row in picture[lines:])


def test_before_a_fork_began_it_is_blank() -> None:
    cells = rows(a_map(falling(), begin=50.0))[0][6:-9]
    assert not cells[:20].strip()
    assert cells[23:].strip() == cells[23:]


def test_moments_align_with_steps_on_a_logarithmic_axis() -> None:
    columns = [[1e-4] if step < 50 else [1.0] for step in STEPS]
    limits = {"x_limits": (10.0, 100.0), "scale": scale_of([[1e-4], [1.0]], is_log=True)}
    linear, logarithmic = (rows(a_map(columns, is_log_x=is_log, **limits))[0][6:-9] for is_log in (False, True))
    ends = [next(place for place, shade in enumerate(cells) if shade == SHADES[-1]) for cells in (linear, logarithmic)]
    assert ends[0] == pytest.approx(44 * 30 / 90, abs=2)  # 40 is the last that is dark
    assert ends[1] == pytest.approx(44 * math.log10(4), abs=2)


@pytest.mark.parametrize("in_color", [True, False])
@pytest.mark.parametrize("width", [0, 5, 19, 24, 60, 120])
@pytest.mark.parametrize("height", [0, 1, 2, 5, 30])
def test_it_is_exactly_as_large_as_asked(width: int, height: int, in_color: bool) -> None:
    strips = draw_map(a_map(falling(12)), width, height, margin=6, in_color=in_color)
    assert len(strips) == height
    assert all(strip.cell_length == cell_len(strip.text) == width for strip in strips)


def test_two_moments_share_a_cell_in_colour() -> None:
    columns = [[1.0], [100.0]] * 5
    strip = draw_map(a_map(columns), 6 + 9 + 5, 2, margin=6, in_color=True)[0]
    cells = [segment for segment in strip if segment.text == "▌"]
    assert cells
    assert any(cell.style and cell.style.color != cell.style.bgcolor for cell in cells)


def test_a_small_wobble_is_not_blown_up_into_drama() -> None:
    picture = rows(a_map([[0.30], [0.31]] * 5))
    assert len(set(picture[0][6:-9].strip())) == 1


def test_nothing_has_no_colour_and_is_called_off() -> None:
    columns = [[math.nan, 1.0]] * len(STEPS)
    picture = rows(a_map(columns))
    assert not picture[0][6:-9].strip()
    assert picture[0].split() == ["1", "off"]


@pytest.mark.parametrize("odd", [0.0, -1.0, math.inf, -math.inf, math.nan, 1e300, 5e-324])
@pytest.mark.parametrize("is_log", [True, False])
def test_no_number_at_all_can_stop_it(odd: float, is_log: bool) -> None:
    assert len(rows(a_map([[odd, 1.0], [odd, 2.0]] * 5, is_log=is_log))) == 5
    assert len(rows(a_map([[odd]] * 10, is_log=is_log), in_color=True)) == 5


def test_more_layers_than_lines_are_scrolled_and_said() -> None:
    shown = a_map(falling(12))
    assert "8 more" in rows(shown)[-1]
    picture = rows(a_map(falling(12), offset=99))
    assert [line.split()[0] for line in picture[:4]] == ["9", "10", "11", "12"]


def test_the_cursor_chooses_the_numbers() -> None:
    columns = [[step] for step in STEPS]
    assert rows(a_map(columns, cursor=30.0), height=2)[0].split()[-1] == "30"
    assert rows(a_map(columns), height=2)[0].split()[-1] == "100"


def test_numbers_are_short() -> None:
    assert [number(value) for value in (0.0, 0.31234, 97.0, 5.8e-9, 123456.0, math.nan)] == [
        "0",
        "0.312",
        "97",
        "5.8e-09",
        "1.2e+05",
        "off",
    ]
    assert all(len(number(value)) <= 8 for value in (-1.23456e-100, -99999.0, 1e5, -0.00123))
