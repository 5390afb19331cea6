"""Columns are aligned by what a terminal shows, not by how many characters there are."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gpt2mini_tui.cli.table import cells, cut, facts, table

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def test_a_table_is_aligned_whatever_its_script() -> None:
    assert table(("run", "step"), [("日本", 7), ("tales-1", 1000)], right=("step",)) == [
        "run      step",
        "日本        7",
        "tales-1  1000",
    ]


def test_a_cell_cannot_break_a_line_or_reach_the_terminal() -> None:
    assert table(("a", "b"), [("x\ny", "\x1b[2J")]) == ["a    b", "x⏎y  ␛[2J"]


@given(rows=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=4))
def test_the_last_column_begins_at_the_same_place_in_every_line(rows: list[tuple[str, str, str]]) -> None:
    lines = table(("a", "b", "c"), [(*row[:2], "|") for row in rows])
    assert len({cell_len(line.rpartition("|")[0]) for line in lines[1:]}) == 1


def test_the_widest_columns_give_way_where_there_is_little_room() -> None:
    lines = table(("run", "switches"), [("tales-1", "no residual, no attention, ln style post")], width=30)
    assert lines[1] == "tales-1  no residual, no atte…"
    assert all(cells(line) <= 30 for line in lines)


@given(text=TEXT, width=st.integers(1, 20))
def test_a_cut_text_fits(text: str, width: int) -> None:
    assert cell_len(cut(text, width)) <= width
    assert cut(text, width) == text or cut(text, width).endswith("…")


def test_facts_leave_out_what_is_empty() -> None:
    assert facts([("run", "tales-1"), ("parent", ""), ("steps", 0)]) == ["run    tales-1", "steps  0"]
