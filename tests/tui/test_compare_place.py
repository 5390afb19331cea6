"""Runs side by side: the same scales, the same steps, and only what differs."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from gpt2mini.ablations import Ablations
from gpt2mini.events import Evaluated, Sampled, StepDone
from gpt2mini.labels import Labels
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini_tui import words
from gpt2mini_tui.charts.chart import Chart, Line, Options, Reference, render
from gpt2mini_tui.charts.comparing import NOISE, delta, differences, why_no_delta
from gpt2mini_tui.charts.overlays import difference_chart, limits, overlay
from gpt2mini_tui.runs.shelf import Shelf, Story
from gpt2mini_tui.screens.compare import ComparePlace
from gpt2mini_tui.screens.run_table import RunTable
from gpt2mini_tui.widgets.rows import Rows, fit
from story import Story as Telling
from story import told
from tiny_lab import RHYME, Lab, copy_home, lab, new_run, tiny_home, train


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return tiny_home(tmp_path_factory)


@pytest.fixture
def shelf(home: Home) -> Shelf:
    return Shelf(Store(home.checkpoints))


def story(shelf: Shelf, name: str) -> Story:
    [found] = [one for one in shelf.story(name) if one is not None]
    return found


# Without a screen


def test_the_distance_is_that_of_the_last_step_both_have(shelf: Shelf) -> None:
    full, broken = story(shelf, "full"), story(shelf, "broken")
    found = delta(broken, full)
    assert found == (30, broken.measured[30] - full.measured[30])
    broken.validations.pop(30)
    assert delta(broken, full) == (20, broken.measured[20] - full.measured[20])
    broken.validations[20] = math.nan
    assert delta(broken, full) == (10, broken.measured[10] - full.measured[10])


def test_losses_on_different_texts_are_not_compared(shelf: Shelf) -> None:
    assert delta(story(shelf, "neko"), story(shelf, "full")) is None


def test_only_what_differs_is_listed(shelf: Shelf) -> None:
    assert differences([story(shelf, "full"), story(shelf, "broken")]) == [("residual", ("on", "off"))]
    names = dict(differences([story(shelf, "full"), story(shelf, "neko")]))
    assert names["data"] == ("rhyme", "wagahai")


def test_reference_lines_are_drawn_where_the_text_is_the_same(shelf: Shelf) -> None:
    full, broken, neko = (story(shelf, name) for name in ("full", "broken", "neko"))
    chart = overlay([full, broken], "val")
    assert len(chart.references) >= 5
    assert [line.label for line in chart.lines] == ["a full", "b broken"]
    assert [point.x for point in chart.lines[0].points] == [0, 10, 20, 30]
    assert overlay([full, neko], "loss").references == ()


def test_the_difference_is_that_of_the_same_steps(shelf: Shelf) -> None:
    full, broken, neko = (story(shelf, name) for name in ("full", "broken", "neko"))
    chart = difference_chart([full, broken, neko], full)
    assert [(line.label, line.color) for line in chart.lines] == [("b broken", "run-1")]
    assert [point[0] for point in chart.lines[0].points] == list(range(1, 31))
    first = [
        next(event.loss for event in Store(shelf.store.root).get(name).events() if isinstance(event, StepDone))
        for name in ("broken", "full")
    ]
    assert chart.lines[0].points[0][1] == pytest.approx(first[0] - first[1])
    assert [line.y for line in chart.references] == [0.05, 0.0, -0.05]


@pytest.mark.parametrize("height", range(6, 40, 3))
@pytest.mark.parametrize("steepness", [0.0001, 0.001, 0.01, 1.0])
def test_noise_is_written_on_its_line_or_nowhere(height: int, steepness: float) -> None:
    line = Line(points=[(x, steepness * x) for x in range(30)], label="b broken")
    references = (Reference(y=NOISE, label="noise"), Reference(y=0.0, label="same"), Reference(y=-NOISE, label="noise"))
    chart = Chart(lines=(line,), references=references)
    options = Options(x_limits=(0.0, 100.0), y_limits=limits(chart, "difference", []))
    rows = [strip.text for strip in render(chart, 60, height, options)]
    named = [row for row in rows if "noise" in row or "same" in row]
    assert any("same" in row for row in named)
    assert all(row.count("╌") > 20 for row in named), "\n".join(rows)


def test_a_run_that_explodes_does_not_squash_the_others(shelf: Shelf) -> None:
    runs = [story(shelf, "full"), story(shelf, "broken")]
    sane = Line(points=[(1.0, 3.0), (2.0, 2.5)])
    exploded = Line(points=[(1.0, 3.0), (2.0, 6e8)])
    assert limits(Chart(lines=(sane, exploded)), "loss", runs) == (2.5, 3.0)
    assert limits(Chart(lines=(sane,)), "loss", runs) is None
    assert limits(Chart(lines=(exploded,)), "loss", runs) is None
    differences = Chart(lines=(Line(points=[(1.0, 0.2)]), exploded))
    assert limits(differences, "difference", runs) == (-1.3 * NOISE, 0.2)
    assert limits(Chart(lines=(sane, exploded)), "grad", runs) is None


def test_a_story_knows_the_last_sample_before_a_step(shelf: Shelf, home: Home) -> None:
    samples = [one for one in Store(home.checkpoints).get("full").events() if isinstance(one, Sampled)]
    found = story(shelf, "full").sample_before(29)
    assert found is not None
    assert (found.step, found.text) == (20, next(one.text for one in samples if one.step == 20))


def test_a_log_that_has_grown_is_read_again_and_one_that_has_not_is_remembered(home: Home, tmp_path: Path) -> None:
    copied = copy_home(home, tmp_path)
    shelf = Shelf(Store(copied.checkpoints))
    before = story(shelf, "full")
    assert story(shelf, "full") is before
    log = shelf.store.get("full").open_log()
    log.append(Evaluated(step=40, val_loss=1.0, tokens=9))
    log.close()
    assert story(shelf, "full").measured[40] == 1.0


def test_a_table_sorts_what_is_not_known_last_either_way(shelf: Shelf) -> None:
    [*_, runs] = shelf.runs()
    assert runs is not None
    table = RunTable(runs=runs, by="best", stories={name: story(shelf, name) for name in ("full", "broken")})
    table.arrange()
    first = [run.name for run in table.shown]
    table.falls = True
    table.arrange()
    second = [run.name for run in table.shown]
    assert first[2] == second[2] == "neko"
    assert first[:2] == second[1::-1]


@pytest.mark.parametrize("width", [60, 78, 90, 118, 200])
def test_the_columns_fill_every_width_exactly(shelf: Shelf, width: int) -> None:
    [*_, runs] = shelf.runs()
    assert runs is not None
    table = RunTable(runs=runs)
    table.arrange()
    sizes = [cell.width for cell in table.draw(0, width)]
    assert sizes == [head.width for head in table.heads(width)]
    assert sum(sizes) == max(width, 68)


def test_names_are_whole_where_there_is_the_room(shelf: Shelf) -> None:
    [*_, runs] = shelf.runs()
    assert runs is not None
    name = "shakespeare-with-a-really-long-name-for-a-run"
    table = RunTable(runs=[*runs, replace(runs[0], name=f"{name}-1"), replace(runs[0], name=f"{name}-2")])
    table.arrange()

    def names(width: int) -> set[str]:
        return {table.draw(line, width)[1].text for line in range(len(runs) + 2)}

    assert {f"{name}-1", f"{name}-2"} <= names(200)
    assert all(len(names(width)) == len(runs) + 2 for width in (78, 90, 118))
    table.sieve.text = "neko"
    before = table.heads(200)
    table.arrange()
    assert table.heads(200) == before, "a filter moves no column"
    table.runs = runs
    table.arrange()
    assert table.heads(200)[1].width < before[1].width, "no more room than the names need"


@pytest.mark.parametrize("width", [68, 78, 118])
@pytest.mark.parametrize(("steps", "loss"), [(851, 3.85e9), (100_000, 999.94), (12_345_678, 3.4e38)])
def test_numbers_of_any_size_keep_apart(shelf: Shelf, width: int, steps: int, loss: float) -> None:
    [*_, runs] = shelf.runs()
    assert runs is not None
    run = replace(runs[0], step=steps, steps=steps, smoothed=loss, val_loss=loss)
    table = RunTable(runs=[run])
    table.arrange()
    line = "".join(fit(cell.text, cell.width, is_right=cell.is_right) for cell in table.draw(0, width))
    assert line.split().count(words.loss(loss)) == 2, line
    assert {f"{steps:,}", "12.35M"} & set(line.split()), line
    assert "…" not in line[:68], line


def test_what_is_not_as_in_gpt2_stands_before_tags_and_flips(shelf: Shelf) -> None:
    [*_, runs] = shelf.runs()
    assert runs is not None
    run = replace(runs[0], note="kept", tags=("demo", "fork"), changed={"residual": False}, flips=((13, "mlp", False),))
    table = RunTable(runs=[run])
    table.arrange()
    assert table.draw(0, 118)[-1].text.startswith("  ¶ no residual #demo #fork ")


# With it


async def mark(it: Lab, place: ComparePlace, *names: str) -> None:
    for name in names:
        await point(it, place, name)
        await it.press("space")
    await it.until(lambda: set(names) <= set(place._table.stories))


async def point(it: Lab, place: ComparePlace, name: str) -> None:
    await it.until(lambda: name in [run.name for run in place._table.shown])
    place.query_one("#compare-rows", Rows).cursor = [run.name for run in place._table.shown].index(name)
    await it.until(lambda: place.current and place.current.name == name)


async def test_every_run_has_its_line(home: Home) -> None:
    async with lab(home, ComparePlace, size=(140, 40)) as (it, _):
        best = Store(home.checkpoints).get("broken").summary().val_loss
        await it.sees("neko", "broken", "full", "done", f"{best:.3f}", "no residual", "rhyme", "wagahai")
        await it.sees("Mark runs with space")


async def test_marked_runs_are_drawn_together_and_told_apart(home: Home) -> None:
    async with lab(home, ComparePlace) as (it, place):
        await mark(it, place, "full", "broken")
        await it.sees("a full", "b broken", "training loss, smoothed", "guessing")
        rows = [line for line in it.screen.splitlines() if "residual" in line]
        assert any("on" in line and "off" in line for line in rows)
        await it.press("v")
        await it.sees("validation loss")
        await it.press("space")
        await it.until(lambda: "b broken" not in it.screen)


async def test_the_others_are_measured_against_the_baseline(home: Home) -> None:
    async with lab(home, ComparePlace) as (it, place):
        await mark(it, place, "full", "broken", "neko")
        await point(it, place, "full")
        await it.press("b")
        shelf = Shelf(Store(home.checkpoints))
        found = delta(story(shelf, "broken"), story(shelf, "full"))
        assert found is not None
        await it.sees("baseline", f"{found[1]:+.3f}", "at step")
        line = next(line for line in it.screen.splitlines() if "Δ val" in line and "base" in line)
        assert line.split()[-3:] == ["base", f"{found[1]:+.2f}", "–"]
        line = next(line for line in it.screen.splitlines() if "at step" in line)
        assert line.split()[-2:] == ["30", "text"]
        await it.press("b")
        await it.until(lambda: "baseline" not in it.screen)


async def test_a_baseline_in_the_trash_is_measured_against_no_more(home: Home) -> None:
    async with lab(home, ComparePlace) as (it, place):
        await mark(it, place, "full")
        await it.press("b")
        await it.sees("Δ val", "base")
        await it.press("d")
        await it.until(lambda: len(place._table.shown) == 2)
        await it.sees("Mark runs with space")
        assert "Δ val  " not in it.screen
        await it.press("z")
        await it.sees("Δ val", "base")


def test_what_has_no_distance_says_why(shelf: Shelf) -> None:
    full, broken, neko = (story(shelf, name) for name in ("full", "broken", "neko"))
    assert why_no_delta(broken, full) == ""
    assert why_no_delta(neko, full) == "text"
    early = replace(broken, validations={0: broken.measured[0]})
    assert why_no_delta(early, full) == "none"
    assert delta(early, full) is None


async def test_the_table_is_sorted_by_any_column_in_sight(home: Home) -> None:
    async with lab(home, ComparePlace) as (it, place):
        await it.until(lambda: len(place._table.stories) == 3)
        await it.press("s")
        await it.sees("run▴")
        assert [run.name for run in place._table.shown] == ["broken", "full", "neko"]
        await it.press("S")
        await it.sees("run▾")
        assert [run.name for run in place._table.shown] == ["neko", "full", "broken"]
        for _ in range(7):
            await it.press("s")
        await it.sees("switches▴")
        await it.pilot.click("#compare-heads", offset=(5, 0))
        await it.sees("run▴")


async def test_the_filter_and_the_cursor_go_together(home: Home) -> None:
    async with lab(home, ComparePlace) as (it, place):
        await point(it, place, "broken")
        await it.press("slash")
        await it.type("wagahai")
        await it.press("enter")
        await it.until(lambda: [run.name for run in place._table.shown] == ["neko"])
        await it.press("slash", "escape")
        await it.until(lambda: len(place._table.shown) == 3)
        await point(it, place, "broken")
        await it.press("slash")
        await it.type("nothing of the kind")
        await it.until(lambda: not place._table.shown)
        await it.press("escape")
        await it.until(lambda: place.current is not None)
        assert place.current is not None
        assert place.current.name == "broken"


async def test_a_run_that_cannot_be_read_is_listed_but_not_drawn(home: Home, tmp_path: Path) -> None:
    copied = copy_home(home, tmp_path)
    (copied.checkpoints / "full" / "run.json").write_text("[")
    async with lab(copied, ComparePlace) as (it, place):
        await point(it, place, "full")
        await it.press("space")
        await it.until(lambda: "cannot be read" in it.toasts)
        assert place._table.marked == []


async def test_no_more_runs_are_marked_than_can_be_told_apart(home: Home, tmp_path: Path) -> None:
    copied = copy_home(home, tmp_path)
    for number in range(7):
        plan = new_run(copied.root / "rhyme.txt", name=f"run-{number}", steps=1, ablations=Ablations(mlp=False))
        train(copied, plan)
    async with lab(copied, ComparePlace) as (it, place):
        await mark(it, place, *(f"run-{number}" for number in range(6)))
        await it.sees("a ", "f ")
        await point(it, place, "run-6")
        await it.press("space")
        await it.until(lambda: "6 runs are marked, more cannot be told apart." in it.toasts)
        assert len(place._table.marked) == 6
        await it.press("u")
        assert place._table.marked == []


async def test_a_narrower_window_shares_the_width_out_anew(home: Home, tmp_path: Path) -> None:
    copied = copy_home(home, tmp_path)
    names = [f"{name}-of-a-text-with-a-long-name" for name in ("one", "two", "three")]
    for name in names:
        text = copied.root / f"{name}.txt"
        text.write_text(RHYME, encoding="utf-8")
        train(copied, new_run(text, name=name, steps=1))

    async with lab(copied, ComparePlace, size=(200, 40)) as (it, place):
        right = place.query_one("#compare-right")
        await mark(it, place, *names)
        await it.until(lambda: right.region.width > 60)
        await it.pilot.resize_terminal(80, 24)
        await it.until(lambda: place.size.width == 80 and right.region.width == int(0.46 * 80))


async def test_without_runs_it_says_what_to_press(tmp_path: Path) -> None:
    async with lab(Home(tmp_path), ComparePlace) as (it, _):
        await it.sees("No runs yet.", "Press 1, then start one")
        await it.press("space", "b", "v", "s", "S", "u", "down")
        await it.sees("No runs yet.")


async def test_what_the_notebook_says_of_a_run_is_shown(home: Home, tmp_path: Path) -> None:
    copied = copy_home(home, tmp_path)
    labels = Labels(question="What is it [b]for?", prediction="nothing", verdict="a lot\x1b", note="see page 3")
    Store(copied.checkpoints).get("full").label(labels)
    async with lab(copied, ComparePlace, size=(120, 40)) as (it, place):
        await point(it, place, "full")
        await it.sees("question: What is it [b]for?", "prediction: nothing", "verdict: a lot␛", "see page 3")


def test_a_number_that_was_changed_while_a_run_trained_sets_it_apart(shelf: Shelf) -> None:
    full = story(shelf, "full")
    telling = Telling()
    other = replace(full, name="other", history=told(telling.started(), telling.adjusted("lr", 0.06, 0.002)))
    assert ("changed", ("–", "Δ0")) in differences([full, other])


def test_a_run_without_the_causal_mask_has_no_distance_and_nor_has_the_start(shelf: Shelf) -> None:
    full, broken = story(shelf, "full"), story(shelf, "broken")
    assert broken.manifest is not None
    leaking = replace(broken.manifest.config, ablations=Ablations(causal_mask=False))
    assert delta(replace(broken, manifest=replace(broken.manifest, config=leaking)), full) is None
    assert delta(replace(broken, validations={0: broken.measured[0]}), full) is None
