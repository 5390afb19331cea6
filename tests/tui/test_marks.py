"""The names above a chart can be read, however many there are."""

from rich.cells import cell_len

from gpt2mini_tui.charts.marks import Mark, place


def line(*marks: Mark, width: int = 40) -> str:
    """Return the line as it is drawn, and check that nothing lies over anything."""
    cells = [" "] * width
    for placed in place(marks, 0, width):
        for offset, character in enumerate(placed.text):
            assert cells[placed.column + offset] == " "
            cells[placed.column + offset] = character
    return "".join(cells).rstrip()


def test_a_mark_stands_above_its_upright_with_its_words() -> None:
    assert line(Mark(4, "R", "residual off", 0)) == "    R residual off"


def test_words_are_left_out_where_the_next_mark_stands() -> None:
    assert line(Mark(0, "R", "residual off", 0), Mark(6, "A", "attention off", 0)) == "R     A attention off"
    assert line(Mark(30, "R", "residual off", 0)) == " " * 30 + "R"


def test_neighbours_move_aside_and_the_most_important_stays() -> None:
    assert line(Mark(5, "s", "", 3), Mark(5, "R", "", 0)) == "     Rs"


def test_what_does_not_fit_is_hinted_at() -> None:
    marks = [Mark(5, letter, "", 0) for letter in "ABCDEF"]
    assert line(*marks) == "     ABCD+"
    assert line(Mark(39, "A", "", 0), Mark(39, "B", "", 1)) == " " * 39 + "A"


def test_wide_letters_take_two_cells() -> None:
    placed = place([Mark(3, "切", "換", 0), Mark(4, "b", "", 0)], 0, 20)
    spans = [range(one.column, one.column + cell_len(one.text)) for one in placed]
    assert not set(spans[0]) & set(spans[1])
