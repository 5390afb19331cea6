"""The learning rate is drawn over what the schedule plans, as far as it still does."""

from gpt2mini_tui.charts.curves import rate_chart
from gpt2mini_tui.charts.viewpoint import Viewpoint
from story import Story, told


def test_where_all_that_is_shown_was_before_the_last_change_there_is_no_plan() -> None:
    story = Story()
    history = told(story.started(), story.trained(700, begin=4, end=3), story.adjusted("lr", 1e-2, 3e-4))
    for event in story.trained(100, begin=3, end=3):
        history.add(event)
    view = Viewpoint(zoom=3, cursor=100.0)
    assert view.window(history)[1] < 700
    assert [line.label for line in rate_chart(history, view).lines] == ["lr"]


def test_the_plan_of_the_rate_begins_where_a_fork_does() -> None:
    story = Story()
    story.step = 300
    plan, _ = rate_chart(told(story.started(), story.trained(50, begin=3, end=3))).lines
    assert min(x for x, _ in plan.points) == 300


def test_a_run_that_goes_on_with_more_steps_has_another_plan_from_there_on() -> None:
    story = Story(steps=200)  # warms up for 20 steps, and one of 1,000 for 100
    parts = [story.started(), *story.trained(200, begin=4, end=3), story.finished("done")]
    longer = Story(steps=1000)
    longer.step = 200
    history = told(parts, longer.started(), longer.trained(100, begin=3, end=2.8))
    assert [one.x for one in rate_chart(history).markers if one.words == "warm-up ends"] == [20]
    plan, was = rate_chart(history).lines
    assert min(x for x, _ in plan.points) == 200
    assert min(x for x, _ in was.points) == 1


def test_a_run_that_goes_on_as_it_was_keeps_its_plan() -> None:
    story = Story()
    parts = [story.started(), *story.trained(200, begin=4, end=3), story.finished("stopped")]
    history = told(parts, story.started(), story.trained(100, begin=3, end=2.8))
    plan, _ = rate_chart(history).lines
    assert min(x for x, _ in plan.points) == 0
    assert [one.x for one in rate_chart(history).markers if one.words == "warm-up ends"] == [100]


def test_a_warm_up_that_begins_again_with_more_steps_ends_twice() -> None:
    story, longer = Story(steps=50), Story(steps=1000)
    parts = [story.started(), *story.trained(50, begin=4, end=3), story.finished("done")]
    longer.step = 50
    history = told(parts, longer.started(), longer.trained(100, begin=3, end=2.8))
    assert [one.x for one in rate_chart(history).markers if one.words == "warm-up ends"] == [5, 100]
