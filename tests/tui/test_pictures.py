"""Pictures of views: they fit any page, keep wide characters aligned, and read out the numbers they show."""

import math
import re
import struct
import zlib
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gpt2mini.errors import UsageError
from gpt2mini.views import VIEWS, AttentionView, LensView, SurpriseView
from gpt2mini_tui.pictures import Look, Picture, picture_of
from gpt2mini_tui.pictures.attention import AttentionPicture
from gpt2mini_tui.pictures.files import png, svg
from gpt2mini_tui.pictures.heat import Scale, pooled, window
from gpt2mini_tui.pictures.palette import DARK, LIGHT, PALETTES, PLAIN, Palette
from gpt2mini_tui.pictures.picture import glyph, named, number
from gpt2mini_tui.xray.looking import look_into, only_head
from looks import ENGLISH, JAPANESE, checkpoint_of, seen

SIZES = [(80, 16), (120, 33), (200, 60), (30, 5)]


def lines(picture: Picture, width: int, height: int) -> list[str]:
    return ["".join(segment.text for segment in row) for row in picture.paged(width, height).rows()]


def ramp(palette: Palette) -> list[float]:
    def lightness(color: str) -> float:
        red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    return [lightness(palette.heat(step / 63)) for step in range(64)]


@pytest.mark.parametrize("palette", [DARK, LIGHT, PLAIN], ids=["dark", "light", "plain"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", [ENGLISH, JAPANESE], ids=["english", "japanese"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_picture_fills_its_page_to_the_cell(
    view: str, text: str, size: tuple[int, int], palette: Palette
) -> None:
    for is_whole in (True, False):
        look = Look(row=2, column=5, head=3, is_whole=is_whole)
        drawn = lines(picture_of(seen(view, text), look, palette), *size)
        assert [cell_len(line) for line in drawn] == [size[0]] * size[1]


@given(view=st.sampled_from(list(VIEWS)), width=st.integers(1, 60), height=st.integers(1, 20), look=st.builds(Look))
def test_no_page_and_no_cursor_is_too_odd(view: str, width: int, height: int, look: Look) -> None:
    picture = picture_of(seen(view), look)
    assert all(cell_len(line) == width for line in lines(picture, width, height))
    assert picture.read()


@pytest.mark.parametrize("view", VIEWS)
def test_one_token_can_be_looked_at(view: str) -> None:
    picture = picture_of(look_into(checkpoint_of(ENGLISH), "t", view))
    assert len(lines(picture, 80, 16)) == 16
    assert picture.read()


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_more_is_always_lighter_or_always_darker(palette: Palette) -> None:
    steps = np.diff(ramp(palette))
    assert (steps >= 0).all() or (steps <= 0).all()
    assert abs(ramp(palette)[-1] - ramp(palette)[0]) > 120


def test_sixty_four_tokens_fit_one_to_one_into_a_window_of_120_by_40() -> None:
    text = (ENGLISH * 2)[:64]
    shown = look_into(checkpoint_of(ENGLISH, block=64), text, "attention")
    picture = picture_of(shown)
    page = picture.paged(120, 33)
    assert isinstance(picture, AttentionPicture)
    assert picture._square(page).part == window((64, 64), (64, 64))
    assert picture._square(page).part.factor == 1


def test_attention_is_read_out_as_it_is() -> None:
    shown = seen("attention")
    assert isinstance(shown.view, AttentionView)
    said = picture_of(shown, Look(row=9, column=4, head=2)).read()
    assert said == f"‘a’ at 9 looks at ‘c’ at 4: {number(shown.view.weights[2, 9, 4], 4)}"


def test_pointing_at_a_cell_and_reading_it_is_the_same_as_going_there() -> None:
    shown = seen("attention")
    picture = picture_of(shown, Look(head=1))
    page = picture.paged(120, 33)
    look = picture.place(1 + 4, 3 + 6, page)
    assert look == Look(row=8, column=6, head=1)
    chosen = picture.place(1 + 3, 70, page)
    assert chosen is not None
    assert chosen.head == 3
    assert picture.place(0, 0, page) is None


def test_a_small_map_can_be_pointed_at() -> None:
    shown = seen("attention")
    picture = picture_of(shown)
    page = picture.paged(120, 33)
    rows = ["".join(segment.text for segment in row) for row in page.rows()]
    row = next(place for place, line in enumerate(rows) if "head 2" in line)
    look = picture.place(row + 1, rows[row].index("head 2") + 1, page)
    assert look is not None
    assert look.head == 2


def test_in_a_text_that_scrolls_one_points_at_the_token_one_sees() -> None:
    shown = seen("surprise")
    end = picture_of(shown, Look(column=len(shown.ids) - 1))
    page = end.paged(8, 3)
    rows = lines(end, 8, 3)
    row, column = next((row, column) for row in range(3) for column in range(8) if rows[row][column] == "e")
    look = end.place(row, column, page)
    assert look is not None
    assert look.column == ENGLISH.index("e mat")


@pytest.mark.parametrize("size", [(60, 60), (120, 33), (50, 12)], ids=["below", "beside", "of a short text"])
def test_each_head_is_chosen_in_the_table_wherever_that_stands(size: tuple[int, int]) -> None:
    shown = seen("attention", ENGLISH[:8] if size == (50, 12) else ENGLISH[:40])
    picture = picture_of(shown)
    page, rows = picture.paged(*size), lines(picture, *size)
    top = next(row for row, line in enumerate(rows) if "entropy" in line)
    column = rows[top].index("entropy")
    chosen = [picture.place(top + 1 + head, column, page) for head in range(shown.n_head)]
    assert [look and look.head for look in chosen] == list(range(shown.n_head))


@pytest.mark.parametrize("view", ["lens", "residual", "surprise", "embedding", "position"])
def test_every_picture_can_be_pointed_at(view: str) -> None:
    shown = seen(view)
    picture = picture_of(shown)
    page = picture.paged(100, 30)
    found = {
        (look.row, look.column)
        for row in range(30)
        for column in range(100)
        if (look := picture.place(row, column, page)) is not None
    }
    assert len(found) > 10
    rows, columns = picture.span(shown)
    assert all(0 <= row < rows and 0 <= column < columns for row, column in found)


def test_the_lens_shows_the_likeliest_token_of_each_layer() -> None:
    shown = seen("lens")
    assert isinstance(shown.view, LensView)
    drawn = lines(picture_of(shown), 100, 20)
    for layer in range(3):
        says = "".join(glyph(shown.names[int(token)]) for token in shown.view.top[layer])
        assert drawn[1 + layer][7::2].startswith(says)
    assert drawn[0][7::2].rstrip() == ENGLISH.replace(" ", "·").replace("\n", "⏎")
    assert "output" in drawn[3]


def test_the_worst_surprises_are_listed_with_what_was_foreseen() -> None:
    shown = seen("surprise")
    assert isinstance(shown.view, SurpriseView)
    drawn = "\n".join(lines(picture_of(shown), 120, 20))
    assert f"loss {number(shown.view.loss)} nats/token, mean of {len(ENGLISH) - 1}" in drawn
    for place in shown.view.worst(10):
        assert number(shown.view.nats[place], 2) in drawn
    assert "first token: nothing came before it" in picture_of(shown).read()


def test_long_names_keep_clear_of_their_neighbours_in_the_list_of_surprises() -> None:
    shown = seen("surprise")
    assert isinstance(shown.view, SurpriseView)
    breaks = replace(shown, names=dict.fromkeys(shown.names, "\n"))
    worst = [line for line in lines(picture_of(breaks), 120, 20) if "line break" in line]
    assert worst
    assert all(re.search(r"\d +line break +line break [.\d]+ *$", line) for line in worst)


def test_the_largest_weight_of_a_square_stands_for_it() -> None:
    values = np.arange(25.0).reshape(5, 5)
    part = window((5, 5), (3, 3))
    assert (part.factor, part.rows, part.columns) == (2, 3, 3)
    assert pooled(values, part).tolist() == [[6, 8, 9], [16, 18, 19], [21, 23, 24]]
    assert part.place(4, 1) == (2, 0)


def test_one_to_one_shows_what_is_pointed_at() -> None:
    part = window((50, 50), (10, 10), cursor=(49, 3), is_whole=False)
    assert part.factor == 1
    assert part.place(49, 3) is not None
    assert (part.rows, part.columns) == (10, 10)


def test_a_scale_keeps_what_is_outside_at_its_ends() -> None:
    scale = Scale(what="x", low=-1, high=1)
    assert [scale.share(value) for value in (-9.0, -1.0, 0.0, 1.0, 9.0)] == [0, 0, 0.5, 1, 1]
    assert math.isnan(scale.share(math.nan))
    assert Scale(what="x", low=2, high=2).share(2.0) == 0
    assert Scale(what="x", is_root=True).share(0.25) == 0.5


@pytest.mark.parametrize(("value", "text"), [(0.5, ".500"), (1.0, "1.000"), (-0.25, "-.250"), (math.nan, "–")])
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


def test_blanks_and_controls_are_shown() -> None:
    assert [glyph(token) for token in (" ", "\n", "\t", "\x1b", "", "猫")] == ["·", "⏎", "⇥", "␛", "∅", "猫"]
    assert [named(token) for token in (" ", "\n", "a\x1b", "")] == ["space", "line break", "‘a␛’", "nothing"]


def test_one_head_is_left_of_all() -> None:
    shown = seen("attention")
    one = only_head(shown, -1)
    assert isinstance(shown.view, AttentionView)
    assert isinstance(one.view, AttentionView)
    assert np.array_equal(one.view.weights, shown.view.weights[3:])
    with pytest.raises(UsageError, match=r"there is no head 4\. The heads are 0 to 3\."):
        only_head(shown, 4)
    assert only_head(seen("lens"), 99).view.name == "lens"


# Files


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("view", VIEWS)
def test_an_svg_is_well_formed_and_says_whose_it_is(view: str, theme: str) -> None:
    shown = replace(seen(view), run="<a&b>")
    text = svg(picture_of(shown, palette=PALETTES[theme]), title="<a&b>\x1b", lines=[shown.view.equation])
    root = ElementTree.fromstring(text)
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words[0] == "<a&b>␛"
    assert words[-1] == shown.view.equation


def test_an_svg_of_attention_has_a_square_for_every_weight() -> None:
    text = svg(picture_of(only_head(seen("attention"), 0), Look(is_pointing=False)), title="x")
    areas = [float(width) * float(height) for width, height in _rects(text)]
    assert sum(areas) >= 8.4 * 8.5 * len(ENGLISH) ** 2


def _rects(text: str) -> list[tuple[str, str]]:
    root = ElementTree.fromstring(text)
    rects = list(root.iter("{http://www.w3.org/2000/svg}rect"))[1:]
    return [(rect.attrib["width"], rect.attrib["height"]) for rect in rects]


def decoded(data: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """Read a PNG of ours back: signature, header, one compressed chunk of unfiltered lines."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert (depth, kind) == (8, 2)
    at, packed = 8, b""
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(name + body)
        packed += body if name == b"IDAT" else b""
        at += 12 + length
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + 3 * width)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 3)


def test_a_png_has_a_square_of_pixels_for_every_number() -> None:
    shown = only_head(seen("attention"), 1)
    assert isinstance(shown.view, AttentionView)
    picture = picture_of(shown)
    image = decoded(png(picture))
    T = len(ENGLISH)
    times = image.shape[0] // T
    assert image.shape[:2] == (T * times, T * times)
    assert times * T >= 512
    for row, column in ((0, 0), (5, 2), (2, 5), (T - 1, T - 1)):
        color = DARK.heat(picture.scale.share(float(shown.view.weights[0, row, column])))
        pixels = image[row * times : (row + 1) * times, column * times : (column + 1) * times]
        assert {tuple(pixel) for pixel in pixels.reshape(-1, 3).tolist()} == {
            (int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16))
        }


@pytest.mark.parametrize("view", ["attention", "lens", "surprise", "residual", "position"])
def test_every_matrix_can_be_pixels(view: str) -> None:
    assert decoded(png(picture_of(seen(view)))).size


def test_letters_on_a_plane_are_no_pixels() -> None:
    with pytest.raises(UsageError, match=r"the embedding view has no pixels\. Write it as \.svg\."):
        png(picture_of(seen("embedding")))
