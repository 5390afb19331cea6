"""A name with little room keeps what tells it from others."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gpt2mini_tui.runs.short_names import ShortNames, short_name
from gpt2mini_tui.safe import safe


def test_a_name_that_fits_stays_whole() -> None:
    assert short_name("tales-12", 8) == "tales-12"
    assert short_name("tales-no-mlp-s0-25019cfe", 24) == "tales-no-mlp-s0-25019cfe"


def test_of_a_card_the_key_goes_first_then_the_text() -> None:
    assert short_name("tales-no-mlp-s0-25019cfe", 20) == "tales-no-mlp-s0-25…"
    assert short_name("tales-no-mlp-s0-25019cfe", 13) == "…no-mlp-s0-25"
    assert short_name("tales-no-mlp-s0-25019cfe", 12) == "…no-mlp-s0…"
    assert short_name("tales-no-attention-s0-25019cfe", 13) == "…no-at…-s0-25"


def test_the_runs_of_a_card_stay_apart() -> None:
    arms = ("baseline", "no-attention", "no-attention-and-no-mlp", "no-residual", "ln-style-post")
    names = [f"tales-{arm}-s{seed}-{place}{seed}019cfe" for place, arm in enumerate(arms) for seed in (0, 1)]
    assert len({short_name(name, 13) for name in names}) == len(names)


def test_other_names_keep_both_ends() -> None:
    assert short_name("my-long-experiment-12", 12) == "my-lo…ent-12"
    assert short_name("吾輩は猫である-12", 10) == "吾輩…る-12"


def shown(*names: str, width: int) -> list[str]:
    """Return how names look that stand in one list."""
    found = ShortNames()
    found.take(names)
    return [found.short(name, width) for name in names]


def test_names_that_differ_in_what_is_cut_show_it() -> None:
    mine = shown("shakespeare-1-with-more-steps", "shakespeare-2-with-more-steps", width=12)
    assert mine == ["…speare-1-w…", "…speare-2-w…"]
    assert shown("吾輩は猫である-猫-明暗と行人", "吾輩は猫である-犬-明暗と行人", width=12) == [
        "…ある-猫-明…",
        "…ある-犬-明…",
    ]
    assert shown("a-no-mlp-s0-25019cfe", "a-no-mlp-s0-31019cfe", width=12) == ["…no-ml…s0-25", "…no-ml…s0-31"]
    assert shown("a-no-mlp-s0-25019cfe", "a-no-mlp-s0-25119cfe", width=12) == ["…p-s0-25019…", "…p-s0-25119…"]


@given(st.text(max_size=40), st.integers(0, 50))
def test_no_name_takes_more_room_than_there_is(name: str, width: int) -> None:
    found = short_name(name, width)
    assert cell_len(found) <= width
    assert found == safe(name) if cell_len(safe(name)) <= width else "…" in found or not width


LONG = st.text("ab-1猫", min_size=1, max_size=12).map(lambda text: f"shakespeare-{text}-with-warm-up-s0")
ARMS = st.sampled_from(("no-mlp", "baseline"))
KEYED = st.builds("tales-{}-s{}-{:08x}".format, ARMS, st.integers(0, 1), st.integers(0, 2**32 - 1))


@given(st.lists(LONG | KEYED, unique=True, max_size=12), st.integers(16, 40))
def test_no_two_names_in_a_list_look_alike(names: list[str], width: int) -> None:
    found = shown(*names, width=width)
    assert len(set(found)) == len(names)
    assert all(cell_len(short) <= width for short in found)
    assert all(short == name or "…" in short for short, name in zip(found, names, strict=True))
