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
