"""Lines that never change again, whatever comes after them and however wide its characters are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from gpt2mini_tui.personal.themes import with_defaults
from gpt2mini_tui.widgets.flow import Flow
from gpt2mini_tui.widgets.passage import GIVEN, Piece
from gpt2mini_tui.widgets.rows import Cell, Rows, fit
from gpt2mini_tui.widgets.surprise import LEVELS, level
from gpt2mini_tui.widgets.transcript import Cursor, Transcript


def lines(flow: Flow) -> list[str]:
    return ["".join(run.text for run in flow.line(index)) for index in range(len(flow))]


def flowed(text: str, width: int) -> list[str]:
    flow = Flow(width)
    for piece, character in enumerate(text):
        flow.add(character, piece)
    return lines(flow)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("one for sorrow", 8, ["one for ", "sorrow"]),
        ("one for sorrow", 7, ["one for", "sorrow"]),
        ("sorrowful", 4, ["sorr", "owfu", "l"]),
        ("a\n\nb\n", 9, ["a", "", "b", ""]),
        ("吾輩は猫", 5, ["吾輩", "は猫"]),
        ("ab吾輩は", 5, ["ab吾", "輩は"]),
        ("", 5, [""]),
    ],
)
def test_lines_break_at_spaces_where_there_are_any(text: str, width: int, expected: list[str]) -> None:
    assert flowed(text, width) == expected


@given(st.text(alphabet="ab \n猫輩é\u0301", max_size=80), st.integers(2, 20))
def test_nothing_is_lost_but_spaces_at_a_break_and_no_line_is_too_wide(text: str, width: int) -> None:
    broken = flowed(text, width)
    assert all(cell_len(line) <= width for line in broken)
    assert "".join(broken).replace(" ", "") == text.replace(" ", "").replace("\n", "")


@given(st.text(alphabet="ab \n猫", max_size=60), st.integers(2, 12))
def test_all_but_the_last_line_stay_as_they_are(text: str, width: int) -> None:
    flow = Flow(width)
    before = [""]
    for character in text:
        flow.add(character, 0)
        now = lines(flow)
        assert now[: len(before) - 1] == before[:-1]
        before = now


def test_every_character_keeps_its_piece() -> None:
    flow = Flow(4)
    for piece, text in enumerate(["on", "e t", "wo"]):
        flow.add(text, piece)
    assert [list(flow.line(index)) for index in range(len(flow))] == [[("on", 0), ("e ", 1)], [("t", 1), ("wo", 2)]]


@given(st.lists(st.text(alphabet="ab \n猫", min_size=1, max_size=3), max_size=30), st.integers(2, 12))
def test_every_piece_is_found_where_it_is(pieces: list[str], width: int) -> None:
    flow = Flow(width)
    for number, piece in enumerate(pieces):
        flow.add(piece, number)
    places = []
    for number, piece in enumerate(pieces):
        place = flow.find(number)
        assert place is not None
        places.append(place)
        if piece.strip() and not piece[0].isspace():
            assert flow.at(place.line, place.cell) == number
    assert places == sorted(places)
    assert flow.find(len(pieces)) is None


def test_a_line_break_stands_at_the_end_of_its_line() -> None:
    flow = Flow(8)
    for number, piece in enumerate(["on", "\n", "\n", "two"]):
        flow.add(piece, number)
    assert [flow.find(number) for number in range(4)] == [(0, 0), (0, 2), (1, 0), (2, 0)]
    assert (flow.at(0, 7), flow.at(1, 3), flow.at(2, 1)) == (1, 2, 3)


@pytest.mark.parametrize(("bits", "words"), [(0, "under 1"), (1, "1–2"), (3.9, "2–4"), (4, "4–6"), (99, "over 6")])
def test_a_surprise_has_the_step_that_the_legend_says(bits: float, words: str) -> None:
    assert LEVELS[level(bits)] == words


FITTED = {"ab": "ab   ", "abcdef": "abcd…", "猫猫猫": "猫猫…", "a猫猫": "a猫猫", "\x1b[": "␛[   "}


@pytest.mark.parametrize(("text", "expected"), FITTED.items())
def test_a_cell_has_exactly_its_width(text: str, expected: str) -> None:
    assert fit(text, 5) == expected
    assert cell_len(fit(text, 5, is_right=True)) == 5


class Small(App[None]):
    """A transcript in ten lines of twenty cells."""

    CSS = "Transcript > .transcript--cursor { text-style: reverse; }"

    def compose(self) -> ComposeResult:
        yield Transcript()


async def test_it_follows_the_stream_until_somebody_scrolls_up() -> None:
    async with Small().run_test(size=(20, 10)) as pilot:
        transcript = pilot.app.query_one(Transcript)
        transcript.add([Piece("go", GIVEN)])
        for _ in range(30):
            transcript.add([Piece("\n", 0), Piece("x", 4)])
            await pilot.pause()
        assert transcript.scroll_y == transcript.max_scroll_y > 0
        transcript.scroll_to(y=3, animate=False)
        await pilot.pause()
        transcript.add([Piece("\ny", 0)])
        await pilot.pause()
        assert transcript.scroll_y == 3
        transcript.scroll_end(animate=False)
        await pilot.pause()
        transcript.add([Piece("\nz", 0)])
        await pilot.pause()
        assert transcript.scroll_y == transcript.max_scroll_y


async def test_a_narrower_window_breaks_the_lines_anew() -> None:
    async with Small().run_test(size=(40, 10)) as pilot:
        transcript = pilot.app.query_one(Transcript)
        transcript.add([Piece("one for sorrow, two for joy", GIVEN)])
        await pilot.pause()
        assert transcript.virtual_size.height == 1
        await pilot.resize_terminal(20, 10)
        await pilot.pause()
        assert transcript.virtual_size.height == 2
        assert transcript.text == "one for sorrow, two for joy"


async def test_what_a_model_writes_cannot_control_the_terminal() -> None:
    async with Small().run_test(size=(60, 10)) as pilot:
        transcript = pilot.app.query_one(Transcript)
        transcript.add([Piece("\x1b]0;x\x07", GIVEN), Piece("[/x]\u202e\r", 0)])
        await pilot.pause()
        drawn = "".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
        assert "␛]0;x␇[/x]<U+202E>␍" in drawn


class Long(App[None]):
    """Ten thousand rows, and a count of those that were drawn."""

    drawn = 0

    def get_css_variables(self) -> dict[str, str]:
        return with_defaults(super().get_css_variables(), ansi=False, dark=True)

    def compose(self) -> ComposeResult:
        yield Rows(self.draw)

    def draw(self, index: int, width: int) -> list[Cell]:
        self.drawn += 1
        return [Cell(f"row {index}", width)]


async def test_of_ten_thousand_rows_only_those_in_sight_are_drawn() -> None:
    app = Long()
    async with app.run_test(size=(40, 10)) as pilot:
        rows = app.query_one(Rows)
        rows.focus()
        rows.show(10_000)
        await pilot.press("end", "pageup", "up")
        await pilot.pause()
        assert rows.cursor == 9989
        assert app.drawn < 200
        assert rows.scroll_offset.y <= 9989 < rows.scroll_offset.y + 10


async def test_a_click_points_and_a_second_one_chooses() -> None:
    app = Long()
    async with app.run_test(size=(40, 10)) as pilot:
        rows = app.query_one(Rows)
        rows.show(5)
        await pilot.click(Rows, offset=(3, 2))
        assert rows.cursor == 2


async def test_the_cursor_walks_over_tokens_lines_and_texts() -> None:
    async with Small().run_test(size=(20, 10)) as pilot:
        transcript = pilot.app.query_one(Transcript)
        for text in ("ab猫\ncd", "ef"):
            transcript.begin()
            transcript.add([Piece(letter, 0) for letter in text])
        transcript.focus()
        seen = []
        for key in ("left", "home", "left", "up", "left", "right", "right", "end", "up"):
            await pilot.press(key)
            seen.append(transcript.cursor)
        assert seen == [(1, 1), (1, 0), (0, 6), (0, 2), (0, 1), (0, 2), (0, 3), (0, 6), (0, 2)]


async def test_a_token_that_shows_nothing_can_be_seen_under_the_cursor() -> None:
    async with Small().run_test(size=(20, 10)) as pilot:
        transcript = pilot.app.query_one(Transcript)
        transcript.add([Piece(letter, 0) for letter in "ab\ncd"])
        transcript.focus()
        transcript.look(Cursor(0, 2))
        await pilot.pause()
        drawn = [strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips()]
        assert drawn[0] == "▎ ab⏎"


async def test_a_line_about_a_text_gives_way_to_more_of_it() -> None:
    async with Small().run_test(size=(40, 10)) as pilot:
        transcript = pilot.app.query_one(Transcript)
        transcript.add([Piece("ab", 0)])
        transcript.show(0, [Piece("ab", 0)], "two letters")
        assert transcript.text == "ab\ntwo letters"
        transcript.add([Piece("c", 0)])
        assert transcript.text == "abc"
        transcript.note("ours", before=0)
        transcript.show(0, [Piece("abc", 0)], "three")
        transcript.show(0, [Piece("abc", 0)], "three letters")
        assert transcript.text == "ours\nabc\nthree letters"
        await pilot.pause()


async def test_a_part_of_a_character_is_shown_by_the_character() -> None:
    async with Small().run_test(size=(20, 10)) as pilot:
        transcript = pilot.app.query_one(Transcript)
        transcript.add([Piece("a", 0), Piece("", 1), Piece("", 1), Piece("猫", 1), Piece("b", 0)])
        transcript.focus()
        transcript.look(Cursor(0, 4))
        for _ in range(3):
            await pilot.press("left")
        assert transcript.cursor == (0, 1)
        segments = [segment for strip in pilot.app.screen._compositor.render_strips() for segment in strip]
        assert [segment.text for segment in segments if segment.style and segment.style.reverse] == ["猫"]
