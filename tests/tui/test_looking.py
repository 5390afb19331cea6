"""Looking at a run: cursor, zoom, axes, layers and a large chart, by key and by mouse."""

import math
from pathlib import Path

import pytest

from gpt2mini.ablations import Ablations
from gpt2mini_tui.charts.curves import grad_norm_chart, loss_chart, rate_chart, reading
from gpt2mini_tui.charts.viewpoint import Viewpoint
from looking import a_run, looking
from snapshot import check_snapshot
from story import Story, told

# The values


def test_a_zoom_shows_the_latest_half_or_what_is_around_the_cursor() -> None:
    history = a_run()
    view = Viewpoint()
    assert view.window(history) == (0, 1000)
    assert view.zoomed(1).window(history) == (500, 1000)
    assert view.zoomed(2).pointing(history, 300).window(history) == (175, 425)
    assert view.zoomed(2).pointing(history, 10).window(history) == (0, 250)
    assert view.zoomed(99).window(history) == (980, 1000)
    assert view.zoomed(-5) == view


def test_the_cursor_begins_at_the_latest_step_and_stays_inside_the_run() -> None:
    history = a_run()
    view = Viewpoint().moved(history, -1)
    assert view.cursor == 1000
    assert view.moved(history, -1).cursor == 990
    assert view.moved(history, 10).cursor == 1000
    assert view.moved(history, -10_000).cursor == 0


def test_a_deep_zoom_shows_every_step() -> None:
    history = a_run(10_000)
    whole, deep = (loss_chart(history, Viewpoint(zoom=zoom)).lines[0].points for zoom in (0, 6))
    assert len(whole) < 440
    assert [x for x, _ in deep][-100:] == list(range(9901, 10_001))


def test_smoothing_goes_from_none_to_strongest() -> None:
    story = Story(steps=2000)
    history = told(story.started(), (story.stepped(3.0 + (number % 2)) for number in range(2000)))
    spread = []
    for smoothing in range(4):
        curve = loss_chart(history, Viewpoint(smoothing=smoothing)).lines[-2].points
        late = [y for x, y in curve if x > 500]
        spread.append(max(late) - min(late))
    assert spread[0] == 1.0
    assert spread[1] < 0.1
    assert max(spread[2:]) < spread[1] / 2


def test_what_happened_is_marked_and_the_best_is_pinned() -> None:
    story = Story()
    parts = [story.started(), *story.trained(150, begin=4, end=2), story.measured(2.2), story.saved()]
    parts += [story.flipped("mlp", False), story.adjusted("lr", 0.01, 3e-4), *story.trained(9, begin=2, end=2)]
    parts += [story.measured(2.5)]
    chart = loss_chart(told(parts))
    marks = {marker.label: (marker.x, marker.words) for marker in chart.markers}
    assert marks == {"M": (150, "mlp off"), "Δ": (150, "lr 0.01"), "^": (100, "warm-up ends"), "▾": (150, "")}
    assert [(pin.x, pin.y) for pin in chart.pins] == [(150, 2.2)]


def test_another_run_stands_behind() -> None:
    other = a_run()
    chart = loss_chart(a_run(), behind=other)
    assert (chart.lines[0].color, chart.lines[0].faint, chart.lines[0].label) == ("behind", True, "tales-1")
    other.run = "a-name-that-is-long"
    assert loss_chart(a_run(), behind=other).lines[0].label == "a-n…long"


def test_the_schedule_is_drawn_as_planned_and_as_it_was() -> None:
    plan, was = rate_chart(a_run()).lines
    assert max(y for _, y in plan.points) == pytest.approx(3e-4, rel=0.05)
    assert {y for _, y in was.points} == {1e-3}
    assert grad_norm_chart(a_run()).references[0].label == "clip"


def test_the_plan_of_the_rate_begins_where_it_was_changed_last() -> None:
    story = Story()
    history = told(story.started(), story.trained(100, begin=4, end=3), story.adjusted("lr", 1e-2, 3e-4))
    plan, was = rate_chart(history).lines
    assert min(x for x, _ in plan.points) == 100
    assert min(x for x, _ in was.points) == 1


def test_the_end_of_the_warm_up_is_marked_where_it_was_and_nowhere_else() -> None:
    def marks(*, begin: int, off: int | None = None) -> list[float]:
        story = Story()  # warms up for 100 steps
        story.step = begin
        history = told(story.started())
        for place in range(begin, begin + 150):
            if place == off:
                history.add(story.flipped("warmup", False))
            history.add(story.stepped(3.0))
        return [one.x for one in loss_chart(history).markers if one.words == "warm-up ends"]

    assert marks(begin=0) == [100]
    assert marks(begin=60) == [100], "a fork in the middle of it"
    assert marks(begin=100) == marks(begin=200) == [], "a fork after it"
    assert marks(begin=0, off=120) == [100], "what ended has ended"
    assert marks(begin=0, off=50) == []


def test_the_clip_line_stands_where_the_limit_was_at_each_step() -> None:
    story = Story()
    parts = [story.started(), *story.trained(100, begin=4, end=3), story.adjusted("grad_clip", 0.2, 1.0)]
    parts += [*story.trained(50, begin=3, end=3), story.flipped("grad_clip", False)]
    parts += [*story.trained(50, begin=3, end=3), story.flipped("grad_clip", True)]
    parts += [*story.trained(50, begin=3, end=3), story.adjusted("grad_clip", 0.0, 0.2)]
    parts += [*story.trained(50, begin=3, end=3), story.adjusted("grad_clip", 2.0, 0.0)]
    lines = grad_norm_chart(told(parts)).references
    found = [(line.y, line.since, line.until) for line in lines]
    assert found == [(1.0, 0, 100), (0.2, 100, 150), (0.2, 200, 250), (2.0, 300, math.inf)]
    assert grad_norm_chart(told(Story(on=Ablations(grad_clip=False)).started())).references == ()


def test_the_cursor_reads_out_what_was_measured_last() -> None:
    found = dict(reading(a_run(), 150))
    assert found["step"] == "150"
    assert found["val"] == "3.700"
    assert found["lr"] == "0.001"
    assert float(found["loss"]) == pytest.approx(3.6, abs=0.2)
    assert dict(reading(a_run(), 0)) == {"step": "0", "val": "4.250"}


# The keys


async def test_a_cursor_reads_out_and_escape_lets_go(tmp_path: Path) -> None:
    async with looking(tmp_path) as (lab, bench):
        await lab.press("left", "left")
        await lab.sees("step 990", "loss 1.", "val 1.", "grad ", "lr 0.001", "Esc lets go")
        await lab.press("escape")
        await lab.until(lambda: bench.view.cursor is None)
        await lab.sees("nats per token")


async def test_zoom_axes_smoothing_and_curves_have_keys(tmp_path: Path) -> None:
    async with looking(tmp_path) as (lab, bench):
        await lab.press("plus")
        await lab.until(lambda: bench.view.zoom == 1)
        await lab.press("0", "l", "o", "right_square_bracket")
        assert (bench.view.zoom, bench.view.is_log_x, bench.view.smoothing) == (0, True, 2)
        assert bench.view.log == {"gradient", "loss"}
        await lab.sees("nats per token, log", "gradient norm")
        await lab.press("v")
        await lab.sees("learning rate")
        await lab.press("v")
        await lab.sees("speed", "tok/s")


async def test_the_layers_have_a_picker(tmp_path: Path) -> None:
    async with looking(tmp_path) as (lab, _):
        await lab.sees("gradient norm of each block", "0.3", "0.2")
        for title in ("update / weight", "residual stream", "cosine", "attention entropy", "mean of what goes into"):
            await lab.press("h")
            await lab.sees(title)


async def test_on_a_small_screen_the_layers_take_turns_with_the_curves(tmp_path: Path) -> None:
    async with looking(tmp_path, size=(80, 24)) as (lab, bench):
        assert not bench.query_one("#layers").display
        await lab.press("h")
        await lab.sees("gradient norm of each block", "log")
        assert bench.view.quantity == 0
        await lab.press("v")
        await lab.until(lambda: not bench.query_one("#layers").display)
        await lab.sees("gradient norm ")


@pytest.mark.parametrize("size", [(80, 18), (80, 24), (120, 40)])
async def test_a_key_for_what_is_hidden_brings_it_into_sight_before_it_changes_it(
    size: tuple[int, int], tmp_path: Path
) -> None:
    async with looking(tmp_path, size=size) as (lab, bench):
        bench.query_one("#loss-chart").focus()
        await lab.press("m")
        await lab.until(lambda: bench.view.large == "loss-chart")
        await lab.press("v")
        await lab.until(lambda: bench.query_one("#grad-chart").region.width >= size[0] - 2)
        assert not bench.query_one("#loss-chart").display
        await lab.sees("gradient norm ")
        await lab.until(lambda: lab.app.focused is bench.query_one("#grad-chart"))
        await lab.press("v", "l")
        await lab.sees("learning rate ")
        assert bench.view.log == {"gradient", "rate"}, "the axis of the chart that is seen"
        await lab.press("h")
        await lab.until(lambda: bench.query_one("#layers").region.width >= size[0] - 2)
        assert bench.view.quantity == 0
        await lab.press("h", "l", "right_square_bracket")
        await lab.sees("update / weight")
        assert (bench.view.log, bench.view.smoothing) == ({"gradient", "rate"}, 1), "the curves are not seen"
        await lab.press("escape")
        await lab.until(lambda: not bench.view.large)


async def test_the_keys_go_on_working_where_a_part_grows_over_the_switches(tmp_path: Path) -> None:
    async with looking(tmp_path) as (lab, bench):
        await lab.press("f")
        await lab.until(lambda: lab.app.focused is bench.switches)
        await lab.press("m")
        await lab.until(lambda: lab.app.focused is bench.query_one("#loss-chart"))
        await lab.press("v")
        await lab.until(lambda: bench.view.large == "grad-chart")
        await lab.press("escape")
        await lab.until(lambda: not bench.view.large)


async def test_in_a_low_window_the_other_chart_comes_large(tmp_path: Path) -> None:
    async with looking(tmp_path, size=(80, 18)) as (lab, bench):
        await lab.until(lambda: not bench.query_one("#grad-chart").display)
        await lab.press("v")
        await lab.until(lambda: bench.query_one("#grad-chart").region.width >= 78)
        await lab.sees("gradient norm ")
        await lab.press("escape")
        await lab.until(lambda: bench.query_one("#loss-chart").region.height >= 4)


@pytest.mark.parametrize("part", ["#loss-chart", "#grad-chart", "#layers", "#samples"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_any_part_can_be_made_large_and_put_back(part: str, size: tuple[int, int], tmp_path: Path) -> None:
    async with looking(tmp_path, size=size) as (lab, bench):
        if part == "#layers" and size == (80, 24):
            await lab.press("h")
        widget = bench.query_one(part)
        widget.focus()
        await lab.pilot.pause()
        before = widget.region
        await lab.press("m")
        await lab.until(lambda: widget.region.width >= size[0] - 2 and widget.region.height >= size[1] - 9)
        assert bench.query_one("#verdict").region.height >= 2
        await lab.press("escape")
        await lab.until(lambda: widget.region == before)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_step_has_the_same_column_in_all_charts(size: tuple[int, int], tmp_path: Path) -> None:
    async with looking(tmp_path, size=size) as (lab, bench):
        other = a_run()
        other.run = "a-run-with-a-name-that-is-long"
        bench.compare_with(other)
        await lab.press("left", "shift+left", "shift+left")
        await lab.sees("step 800")
        for name in ("gradient norm", "learning rate", "speed"):
            await lab.sees(name)
            await lab.settled()
            rows = [str(strip.text) for strip in lab.app.screen._compositor.render_strips()]
            columns = {row.rindex("│") for row in rows if "│" in row}
            assert len(columns) == 1, name
            await lab.press("v")


async def test_the_mouse_points_and_zooms(tmp_path: Path) -> None:
    async with looking(tmp_path) as (lab, bench):
        await lab.pilot.click("#loss-chart", offset=(40, 5))
        await lab.until(lambda: bench.view.cursor is not None)
        assert bench.view.cursor is not None
        assert 300 < bench.view.cursor < 600


# The pictures

LOOKS = {
    "cursor": (("left", "left"), "step 990"),
    "log": (("l", "o"), "nats per token, log"),
    "rate": (("v",), "learning rate"),
    "layers": (("h",), "of each block"),
    "large": (("m",), "nats per token"),
    "help": (("question_mark",), "Escape closes"),
    "jump": (("ctrl+o",), " d "),
}


@pytest.mark.parametrize("theme", ["lab-dark", "lab-light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("look", LOOKS)
async def test_a_closer_look_looks_like_its_picture(
    look: str, size: tuple[int, int], theme: str, tmp_path: Path
) -> None:
    keys, words = LOOKS[look]
    async with looking(tmp_path, size=size) as (lab, bench):
        lab.app.theme = theme
        bench.query_one("#loss-chart").focus()
        await lab.press(*keys)
        await lab.sees(words)
        await lab.settled()
        check_snapshot(lab.app, f"look-{look}-{theme.removeprefix('lab-')}-{size[0]}x{size[1]}", tmp_path)


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_in_the_colours_of_the_terminal_it_looks_like_its_picture(
    size: tuple[int, int], theme: str, tmp_path: Path
) -> None:
    async with looking(tmp_path, size=size) as (lab, bench):
        lab.app.theme = theme
        await lab.press("f")
        await lab.until(lambda: lab.app.focused is bench.switches)
        await lab.settled()
        check_snapshot(lab.app, f"look-{theme}-{size[0]}x{size[1]}", tmp_path)


@pytest.mark.parametrize("theme", ["lab-dark", "lab-light"])
async def test_a_window_that_is_too_small_says_so(theme: str, tmp_path: Path) -> None:
    async with looking(tmp_path) as (lab, _):
        lab.app.theme = theme
        await lab.pilot.resize_terminal(50, 12)
        await lab.sees("too small to draw in")
        await lab.settled()
        check_snapshot(lab.app, f"look-small-{theme.removeprefix('lab-')}-50x12", tmp_path)
