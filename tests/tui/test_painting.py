"""Of a picture only what has changed is drawn on the screen again."""

from textual.app import App, ComposeResult
from textual.content import Content
from textual.strip import Segment, Strip

from gpt2mini_tui.widgets.painting import Painting


class Lines(Painting):
    """Shows lines of text, and notes which of them the screen asked for."""

    def __init__(self, *lines: str) -> None:
        super().__init__(id="lines")
        self.lines, self.asked = list(lines), set[int]()
        self.styles.border_top = ("solid", "red")

    def draw(self, width: int, height: int) -> list[Strip]:
        return [Strip([Segment(cell) for cell in line]).adjust_cell_length(width) for line in self.lines]

    def render_line(self, y: int) -> Strip:
        self.asked.add(y)
        return super().render_line(y)


class Board(App[None]):
    def compose(self) -> ComposeResult:
        yield Lines("abcdef", "ghijkl", "mnopqr")


async def test_only_what_differs_is_shown_again() -> None:
    app = Board()
    async with app.run_test(size=(6, 4)) as pilot:
        view = app.query_one(Lines)
        await pilot.pause()
        shown = lambda: [strip.text for strip in app.screen._compositor.render_strips(app.size)]  # noqa: E731  # asked again and again
        assert shown()[1:] == ["abcdef", "ghijkl", "mnopqr"]
        for line, at in (("ghiJkl", (3, 4)), ("猫iJ猫", (0, 6)), ("猫iJ犬", (4, 6))):
            view.lines[1] = line
            view.asked.clear()
            view.outdate()
            assert [(one.x, one.right, one.y, one.height) for one in view._repaint_regions] == [(*at, 2, 1)]
            await pilot.pause()
            assert view.asked == {1}
            assert shown()[1:] == ["abcdef", line, "mnopqr"]
        view.asked.clear()
        view.outdate()
        view.entitle(Content("new"))
        await pilot.pause()
        assert view.asked == set()
        assert "new" in shown()[0]


async def test_changes_far_apart_are_shown_again_without_what_is_between_them() -> None:
    app = Board()
    async with app.run_test(size=(40, 4)) as pilot:
        view = app.query_one(Lines)
        await pilot.pause()
        view.lines[0] = "a" + "." * 30 + "b"
        view.outdate()
        await pilot.pause()
        view.lines[0] = "A" + "." * 5 + "!" + "." * 24 + "B"
        view.outdate()
        assert sorted((one.x, one.right) for one in view._repaint_regions) == [(0, 7), (31, 32)]


async def test_of_a_title_only_what_is_new_is_shown_again() -> None:
    app = Board()
    async with app.run_test(size=(40, 4)) as pilot:
        view = app.query_one(Lines)
        view.entitle(Content("loss 3.21  nats"))
        await pilot.pause()
        view.entitle(Content("loss 3.19  nats"))
        [region] = view._repaint_regions
        assert (region.y, region.height) == (0, 1)
        assert region.x == len("loss 3.")
        await pilot.pause()
        assert "loss 3.19  nats" in app.screen._compositor.render_strips(app.size)[0].text
        view.entitle(Content("short"))
        await pilot.pause()
        assert app.screen._compositor.render_strips(app.size)[0].text.strip("─ ") == "short"


async def test_after_another_size_all_of_it_is_shown_again() -> None:
    app = Board()
    async with app.run_test(size=(6, 4)) as pilot:
        view = app.query_one(Lines)
        await pilot.pause()
        view.lines = ["abcdefgh", "ijklmnop"]
        await pilot.resize_terminal(8, 3)
        await pilot.pause()
        assert [strip.text for strip in app.screen._compositor.render_strips(app.size)][1:] == ["abcdefgh", "ijklmnop"]
