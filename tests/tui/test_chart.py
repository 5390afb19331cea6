"""A chart says what the numbers say, at any size."""

from dataclasses import replace

import pytest
from rich.cells import cell_len
from textual.strip import Strip

from gpt2mini_tui.charts.chart import Chart, Colors, Line, Marker, Options, Reference, render

NAN, INF = float("nan"), float("inf")
FALLING = tuple((step, 1.5 + 2.7 * 0.99**step) for step in range(0, 1000, 10))
LEVELS = (
    Reference(y=4.17, label="uniform 4.17"),
    Reference(y=3.24, label="1-gram 3.24"),
    Reference(y=2.32, label="2-gram 2.32"),
    Reference(y=1.73, label="3-gram 1.73"),
    Reference(y=1.47, label="4-gram 1.47"),
)


def chart_of(*points: tuple[float, float]) -> Chart:
    return Chart(lines=(Line(points=points),))


def rows(chart: Chart, width: int = 80, height: int = 20, **options: object) -> list[str]:
    return [strip.text for strip in render(chart, width, height, Options(**options))]  # type: ignore[arg-type]  # as a test names them


def is_curve(cell: str) -> bool:
    return "\u2800" < cell <= "\u28ff"


def curve_cells(picture: list[str]) -> set[tuple[int, int]]:
    return {(y, x) for y, row in enumerate(picture) for x, cell in enumerate(row) if is_curve(cell)}


@pytest.mark.parametrize("width", [0, 1, 5, 19, 20, 40, 60, 120])
@pytest.mark.parametrize("height", [0, 1, 3, 4, 5, 12, 30])
def test_every_strip_is_exactly_as_wide_as_asked(width: int, height: int) -> None:
    lines = (Line(points=FALLING, label="基準"), Line(points=FALLING[::9], shape="dots"))
    markers = (Marker(x=500, label="切"), Marker(x=507, label="b"))
    chart = Chart(lines=lines, references=(*LEVELS, Reference(y=2.0, label="底 2.00")), markers=markers)
    strips = render(chart, width, height, Options(hint="まだ何もありません"))
    assert len(strips) == height
    assert all(strip.cell_length == cell_len(strip.text) == width for strip in strips)


def test_an_empty_chart_says_why_and_already_shows_how_long_the_run_is() -> None:
    picture = rows(Chart(references=LEVELS), 60, 12, hint="waiting for the first step", x_limits=(0, 2000))
    assert sum("waiting for the first step" in row for row in picture) == 1
    assert picture[-1].split() == ["0", "1k", "2k", "steps"]
    assert not curve_cells(picture)


def test_a_hint_wider_than_the_chart_is_cut() -> None:
    assert rows(Chart(), 6, 3, hint="no data yet") == ["      ", "no dat", "      "]


def test_a_falling_curve_falls() -> None:
    cells = sorted((x, y) for y, x in curve_cells(rows(chart_of(*FALLING))))
    assert cells[0][1] < cells[-1][1]
    assert [y for _, y in cells] == sorted(y for _, y in cells)


def test_a_single_point_can_be_seen() -> None:
    assert len(curve_cells(rows(chart_of((0, 4.2))))) == 1


def test_a_step_that_was_not_finite_leaves_a_gap_and_a_mark_on_top() -> None:
    points = [(step, 1.0) for step in range(100) if not 40 < step < 60]
    whole = curve_cells(rows(chart_of(*points)))
    picture = rows(Chart(lines=(Line(points=points, gaps=(50,)),)))
    assert picture[0].count("!") == 1
    at = picture[0].index("!")
    assert any(x == at for _, x in whole)
    assert not any(abs(x - at) < 5 for _, x in curve_cells(picture))


def test_lost_steps_that_share_a_column_share_a_mark() -> None:
    points = [(step, 1.0 + step % 2) for step in range(1000) if step not in range(500, 510)]
    picture = rows(Chart(lines=(Line(points=points, gaps=range(500, 510)),)))
    assert 1 <= picture[0].count("!") <= 2


def test_nan_among_the_points_is_such_a_step_too() -> None:
    given = rows(Chart(lines=(Line(points=((0, 1.0), (1, 2.0), (3, 2.0), (4, 1.0)), gaps=(2,)),)))
    assert rows(chart_of((0, 1.0), (1, 2.0), (2, NAN), (3, 2.0), (4, 1.0))) == given


def test_the_mark_of_a_lost_step_is_red_and_bold() -> None:
    strip = render(chart_of((0, 1.0), (1, INF), (2, 1.0)), 40, 10, Options(colors=Colors(alarm="#ff0000")))[0]
    mark = next(segment for segment in strip if "!" in segment.text)
    assert mark.style is not None
    assert mark.style.bold
    assert mark.style.color is not None
    assert mark.style.color.name == "#ff0000"


def test_reference_lines_near_the_data_are_named_and_dashed() -> None:
    picture = rows(Chart(lines=(Line(points=FALLING),), references=LEVELS))
    for level in LEVELS:
        row = next(row for row in picture if level.label in row)
        assert "╌╌╌" in row


def test_a_reference_line_far_away_never_squashes_the_curve() -> None:
    plateau = [(step, 1.60 + 0.02 * (step % 2)) for step in range(100)]
    alone = rows(chart_of(*plateau), gutter=13)
    assert rows(Chart(lines=(Line(points=plateau),), references=LEVELS), gutter=13) == alone


def test_a_level_is_drawn_only_where_it_held_and_named_only_where_it_still_does() -> None:
    levels = (Reference(y=3.0, label="limit", until=300), Reference(y=2.0, label="limit", since=600))
    points = tuple((step, 4.0 if step % 20 else 1.0) for step in range(0, 1000, 990))
    picture = rows(Chart(lines=(Line(points=points, shape="dots"),), references=levels), y_limits=(0, 5), gutter=8)
    high, low = (row for row in picture if "╌" in row)
    width = len(low.rstrip().removesuffix(" limit"))
    assert low.rstrip().endswith("limit")
    assert "limit" not in high
    assert high.rindex("╌") < 0.4 * width < 0.55 * width < low.index("╌")


def test_a_level_that_holds_at_none_of_the_steps_shown_does_not_stretch_the_axis() -> None:
    chart = chart_of(*((step, 1.0 + (step % 2)) for step in range(100)))
    plain = rows(chart, x_limits=(50.0, 99.0))
    for since, until in ((0.0, 40.0), (120.0, 200.0)):
        past = replace(chart, references=(Reference(y=2.2, label="", since=since, until=until),))
        assert rows(past, x_limits=(50.0, 99.0)) == plain
    held = replace(chart, references=(Reference(y=2.2, label="", since=0.0, until=60.0),))
    assert rows(held, x_limits=(50.0, 99.0)) != plain


def test_the_curve_does_not_move_sideways_when_a_reference_line_comes_into_view() -> None:
    far, near = ([(step, y) for step in range(100)] for y in (9.0, 4.0))
    columns = [
        {x for _, x in curve_cells(rows(Chart(lines=(Line(points=y),), references=LEVELS)))} for y in (far, near)
    ]
    assert columns[0] == columns[1]


@pytest.mark.parametrize("width", [30, 44, 60, 100])
@pytest.mark.parametrize("height", [5, 8, 12, 25])
def test_names_hide_neither_the_curve_nor_one_another(width: int, height: int) -> None:
    close = (*LEVELS, Reference(y=1.74, label="3-gram too"), Reference(y=1.75, label="and again"))
    without, picture = (
        rows(Chart(lines=(Line(points=FALLING),), references=references), width, height, y_limits=(1.4, 4.3), gutter=13)
        for references in ((), close)
    )
    assert curve_cells(without) == curve_cells(picture)
    words = [word for row in picture for word in row.replace("╌", " ").split() if "g" in word]
    assert set(words) <= {word for level in close for word in level.label.split()}


def test_without_room_beside_the_curve_names_go_where_the_curve_is_not() -> None:
    picture = rows(Chart(lines=(Line(points=FALLING),), references=LEVELS[:3]), 40, 12)
    assert all(any(f" {level.label} " in row for row in picture) for level in LEVELS[:3])


def test_a_marker_has_its_letter_on_top_and_an_upright_below() -> None:
    picture = rows(Chart(lines=(Line(points=FALLING),), markers=(Marker(x=500, label="b"), Marker(x=5000, label="z"))))
    at = picture[0].index("b")
    assert picture[1][at] == picture[2][at] == "┊"
    assert "z" not in picture[0]


def test_a_wide_letter_beside_another_marker_keeps_the_row_aligned() -> None:
    markers = tuple(Marker(x=500 + 13 * number, label=label) for number, label in enumerate("切a換b"))
    strip = render(Chart(lines=(Line(points=FALLING),), markers=markers), 80, 20)[0]
    assert cell_len(strip.text) == 80


def test_ticks_are_round_numbers() -> None:
    picture = rows(chart_of((0, 1.37), (2000, 4.21)))
    assert picture[-1].split() == ["0", "500", "1k", "1.5k", "2k"]
    assert [row.split()[0] for row in picture if row[:4].strip()] == ["4", "3", "2"]


def test_the_unit_stands_behind_the_last_number_where_there_is_room() -> None:
    assert rows(chart_of((0, 1.0), (2000, 2.0)), gutter=12)[-1].split()[-2:] == ["2k", "steps"]


def test_a_logarithmic_axis_shows_powers_of_ten_and_lays_zero_on_its_floor() -> None:
    picture = rows(chart_of((0, 100.0), (50, 0.01), (100, 0.0)), log_y=True)
    assert [row.split()[0] for row in picture if row[:4].strip()] == ["100", "10", "1", "0.1", "0.01"]
    assert max(curve_cells(picture))[0] == len(picture) - 2


def test_points_outside_given_limits_lie_on_the_edge() -> None:
    picture = rows(chart_of((0, 1.0), (50, 9.0), (100, 1.0)), y_limits=(0, 2), x_limits=(0, 100))
    assert min(curve_cells(picture))[0] == 0


def test_points_before_and_after_given_limits_are_left_out() -> None:
    inside = [(step, step * 0.01) for step in range(100, 200)]
    whole = [(step, step * 0.01) for step in range(300)]
    cut, given = (rows(chart_of(*points), x_limits=(100, 199), y_limits=(0, 3)) for points in (whole, inside))
    assert cut == given


def test_the_newest_number_moves_the_axis_only_now_and_then() -> None:
    labels = {tuple(row[:5] for row in rows(chart_of(*FALLING, (1000, 1.5 - 0.001 * step)))) for step in range(20)}
    assert len(labels) <= 2


def test_lines_dots_and_references_differ_without_colour() -> None:
    lines = (Line(points=FALLING, color="red", faint=True), Line(points=FALLING[::9], color="blue", shape="dots"))
    strips = render(Chart(lines=lines, references=LEVELS), 80, 20, Options(in_color=False))
    styles = [segment.style for strip in strips for segment in strip if segment.style]
    assert not any(style.color or style.bgcolor for style in styles)
    glyphs = "".join(strip.text for strip in strips)
    assert "•" in glyphs
    assert "╌" in glyphs
    faint = [segment for strip in strips for segment in strip if any(map(is_curve, segment.text))]
    assert faint
    assert all(segment.style is not None and segment.style.dim for segment in faint)


def test_a_terminal_without_braille_gets_plain_characters() -> None:
    lines = (Line(points=FALLING), Line(points=FALLING[::9], shape="dots"))
    chart = Chart(lines=lines, references=LEVELS, markers=(Marker(x=300, label="a"),))
    assert "".join(rows(chart, glyphs="ascii")).isascii()
    assert not curve_cells(rows(chart, glyphs="blocks"))


def test_a_lone_spike_leaves_the_frame_and_a_mark_says_how_high_it_was() -> None:
    calm = [(step, 2.0 + 0.2 * (step % 3)) for step in range(400)]
    spiked = [(step, 95.0 if step == 200 else y) for step, y in calm]
    picture = rows(chart_of(*spiked), 80, 14)
    assert "▲95" in picture[0]
    assert [row[:5] for row in picture[1:]] == [row[:5] for row in rows(chart_of(*calm), 80, 13)]
    at = picture[0].index("▲")
    assert is_curve(picture[1][at]), "the curve goes up to the edge below its mark"


def test_a_curve_that_goes_up_and_stays_there_is_shown_whole() -> None:
    risen = [(step, 2.0 if step < 360 else 30.0) for step in range(400)]
    picture = rows(chart_of(*risen), 80, 14)
    assert not any("▲" in row for row in picture)
    assert any(row.startswith(("  30", "   30")) for row in picture)


def test_where_a_curve_begins_is_always_in_the_frame() -> None:
    picture = rows(chart_of((0, 12.0), *((step, 1.0 + 0.1 * (step % 2)) for step in range(1, 400))), 80, 14)
    assert not any("▲" in row for row in picture)


def test_a_spike_on_a_logarithmic_axis_is_named_by_its_value() -> None:
    spiked = [(step, 1e6 if step == 200 else 1.0 + 0.5 * (step % 2)) for step in range(400)]
    assert "▲1.0e+06" in rows(chart_of(*spiked), 80, 14, log_y=True)[0]


def test_a_smoothed_curve_leaves_the_scale_to_its_points() -> None:
    raw = [(step, 2.0 + 0.2 * (step % 3)) for step in range(400)]
    lifted = [(step, y + 20 * 0.9 ** (step - 200) if step >= 200 else y) for step, y in raw]
    lines = (Line(points=raw, faint=True), Line(points=lifted, sets_scale=False))
    assert not any("▲" in row for row in rows(Chart(lines=lines), 80, 14))


def test_names_of_curves_hide_no_name_of_a_level() -> None:
    ends = [(0, 4.0), (100, 2.33)]
    lines = (Line(points=ends, label="train"), Line(points=ends, shape="dots", label="val"))
    picture = rows(Chart(lines=lines, references=LEVELS), 100, 20)
    assert "╌╌" in next(row for row in picture if row.rstrip().endswith("2-gram 2.32"))
    assert all(any(row.rstrip().endswith(name) for row in picture) for name in ("train", "1-gram 3.24"))


@pytest.mark.parametrize("height", [7, 9, 14, 20])
def test_a_name_of_a_level_stands_beside_its_line_though_a_curve_goes_without(height: int) -> None:
    ends = [(0, 4.2), (50, 5.3), (90, 1.3), (100, 2.33)]
    lines = (Line(points=ends, label="train"), Line(points=ends, shape="dots", label="val"))
    levels = (Reference(y=4.25, label="guessing"), Reference(y=2.9, label="1-gram"), Reference(y=1.5, label="3-gram"))
    picture = rows(Chart(lines=lines, references=levels), 100, height)
    named = [(level, row) for level in levels for row in picture if row.rstrip().endswith(level.label)]
    assert len(named) == len(levels)
    assert all("╌╌╌" in row for _, row in named)


@pytest.mark.parametrize("height", [7, 10, 14, 20, 32])
@pytest.mark.parametrize("top", [12.0, 30.0, 145.0])
def test_names_of_levels_that_share_rows_keep_their_order_after_the_loss_blew_up(top: float, height: int) -> None:
    blown = [(step, 4.17 if step < 50 else top) for step in range(100)]
    picture = rows(Chart(lines=(Line(points=blown),), references=LEVELS), 100, height)
    named = [row.split()[-2] for row in picture if row.rstrip().endswith(tuple(level.label for level in LEVELS))]
    order = ["uniform", "1-gram", "2-gram", "3-gram", "4-gram"]
    assert named
    assert named == [name for name in order if name in named]


def test_a_name_stands_where_its_curve_leaves_the_part_that_is_shown() -> None:
    falls = Line(points=[(step, 10 - step / 100) for step in range(1001)], label="train")
    early = Line(points=[(step, 5.0) for step in range(200)], label="behind")
    picture = rows(Chart(lines=(early, falls)), 100, 20, x_limits=(400, 600), y_limits=(0, 10))
    assert not any("behind" in row for row in picture), "it is not there"
    named = next(place for place, row in enumerate(picture) if row.rstrip().endswith("train"))
    assert named == pytest.approx(19 * 0.6, abs=1)


def test_where_not_all_names_have_room_that_of_the_background_gives_way() -> None:
    points = [(step, 2.0 + step % 2) for step in range(100)]
    levels = tuple(Reference(y=y, label=f"level {y}") for y in (2.6, 3.4))
    lines = (Line(points=points, faint=True, label="behind"), Line(points=points, label="train"))
    picture = rows(Chart(lines=lines, references=levels), 100, 5)
    assert any(row.rstrip().endswith("train") for row in picture)
    assert not any(row.rstrip().endswith("behind") for row in picture)


def test_a_logarithmic_axis_with_few_rows_shows_whole_powers_first() -> None:
    picture = rows(chart_of((0, 0.25), (50, 3.0), (100, 0.25)), 80, 4, log_y=True)
    assert "1" in [row.split()[0] for row in picture[:-1] if row[:4].strip()]


def test_a_later_line_lies_over_an_earlier_one() -> None:
    lines = (Line(points=FALLING, color="#ff0000"), Line(points=FALLING, color="#0000ff"))
    inks = {
        segment.style.color.name
        for strip in render(Chart(lines=lines), 80, 20)
        for segment in strip
        if segment.style and segment.style.color and any(map(is_curve, segment.text))
    }
    assert inks == {"#0000ff"}


def test_lines_carry_their_names_at_their_ends() -> None:
    lines = (Line(points=FALLING, label="full"), Line(points=[(x, y + 1) for x, y in FALLING], label="no mlp"))
    picture = rows(Chart(lines=lines))
    upper, lower = (
        next(y for y, row in enumerate(picture) if row.rstrip().endswith(name)) for name in ("no mlp", "full")
    )
    assert upper < lower


def test_a_long_name_loses_its_middle_rather_than_its_end() -> None:
    picture = rows(Chart(lines=(Line(points=FALLING, label="an experiment with a very long name"),)))
    assert sum(row.endswith(" an experi…long name") for row in picture) == 1


def test_a_name_cannot_control_the_terminal() -> None:
    evil = "\x1b]0;x\x07[/x]\u202e"
    chart = Chart(lines=(Line(points=FALLING, label=evil),), markers=(Marker(x=1, label="a\u202e"),))
    text = "".join(rows(chart, 120, 20))
    assert not set(text) & {"\x1b", "\x07", "\u202e"}
    assert "␛]0;x" in text


def test_a_picture_is_ready_for_a_widget() -> None:
    strips = render(chart_of(*FALLING), 80, 20)
    assert all(isinstance(strip, Strip) for strip in strips)
