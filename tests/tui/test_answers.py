"""How many problems of a task are answered is seen beside the loss, and only of a task."""

from pathlib import Path

from gpt2mini.paths import Home
from gpt2mini_tui import words
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.charts.curves import answers_chart, reading
from gpt2mini_tui.charts.viewpoint import Viewpoint
from gpt2mini_tui.folds.history import History
from gpt2mini_tui.folds.summaries import summary
from gpt2mini_tui.folds.verdict import judge
from gpt2mini_tui.screens.bench import Bench
from story import Story, told
from tiny_lab import Lab


def a_task(*shares: float, chance: float = 0.0) -> History:
    story = Story(steps=100 * len(shares))
    history = told(story.started())
    for share in shares:
        for event in (
            *story.trained(100, begin=3.0, end=2.0),
            story.answered(share, chance=chance),
            story.measured(2.0),
        ):
            history.add(event)
    return history


def test_answers_are_drawn_in_percent_over_chance() -> None:
    chart = answers_chart(a_task(0.1, 0.5, 0.9, chance=0.25))
    exact = chart.lines[-1]
    assert [(x, round(y)) for x, y in exact.points] == [(100, 10), (200, 50), (300, 90)]
    assert [(one.y, one.label) for one in chart.references] == [(25.0, "chance")]
    assert not answers_chart(a_task(0.1)).references
    assert dict(reading(a_task(0.1, 0.5), 150))["exact"] == "10 %"


def test_a_verdict_and_a_summary_say_how_many_answers_are_right() -> None:
    well = a_task(0.2, 0.925, chance=0.5)
    assert judge(well).text.startswith(
        "It answers 92 % of 80 problems it has never seen without a mistake, where guessing gives 50 %; val 2.00"
    )
    assert "It answers" not in judge(a_task(0.55, chance=0.5)).text
    assert any(sentence.startswith("Answers at step 200: 92 % of 80 new problems exact") for sentence in summary(well))


def test_only_all_is_all_and_only_none_is_none() -> None:
    shares = {0.0: "0 %", 0.001: "0.1 %", 0.5: "50 %", 0.996: "99.6 %", 1.0: "100 %"}
    assert {part: words.share(part) for part in shares} == shares
    assert words.share(float("nan")) == "–"
    assert words.share(0.99999) == "> 99.9 %"


def test_a_run_without_answers_has_no_such_curve() -> None:
    story = Story()
    plain, task = told(story.started()), a_task(0.5)
    assert Viewpoint().below(plain) == "gradient"
    assert Viewpoint(curve="answers").below(plain) == "gradient"
    assert [Viewpoint().below(task), Viewpoint().next_below(task).curve] == ["answers", "gradient"]
    assert Viewpoint(curve="speed").next_below(plain).curve == "gradient"
    assert Viewpoint(curve="speed").next_below(task).curve == "answers"


async def test_a_task_shows_its_answers_below_the_loss_and_v_goes_on(tmp_path: Path) -> None:
    app = LabApp(Home(tmp_path), refresh=0.02)
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await lab.sees("q Quit")
        app.session.history = a_task(0.1, 0.6)
        await lab.sees("exact answers 60 %", "of 80 new problems")
        await lab.until(lambda: bool(app.query(Bench)))
        await lab.press("v")
        await lab.sees("gradient norm ")
