"""Letters made of dots can be told apart, and what has none is a box."""

import string

from gpt2mini_tui.charts.lettering import letter


def drawn(sign: str) -> list[str]:
    return ["".join(".#"[column >> row & 1] for column in letter(sign)) for row in range(8)]


def test_every_letter_of_ascii_has_a_shape_of_its_own() -> None:
    signs = string.digits + string.ascii_letters + string.punctuation
    assert len({tuple(letter(sign)) for sign in signs}) == len(signs)
    assert all(len(letter(sign)) == 5 and any(letter(sign)) for sign in signs)
    assert not any(letter(" "))


def test_a_letter_looks_like_itself() -> None:
    assert drawn("L")[:7] == ["#....", "#....", "#....", "#....", "#....", "#....", "#####"]
    assert drawn("▲")[:7] == [".....", "..#..", "..#..", ".###.", ".###.", "#####", "#####"]
    assert drawn("4")[:7] == ["...#.", "..##.", ".#.#.", "#..#.", "#####", "...#.", "...#."]


def test_what_has_no_letter_is_a_box() -> None:
    assert letter("詩") == letter("\x7f") == letter("\n") != letter("−")
