"""A name with little room keeps what tells it from others."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gpt2mini_tui.safe import safe
from gpt2mini_tui.widgets.run_names import short_name


def test_a_name_that_fits_stays_whole() -> None:
    assert short_name("tales-12", 8) == "tales-12"
    assert short_name("tales-no-mlp-s0-25019cfe", 24) == "tales-no-mlp-s0-25019cfe"


def test_of_a_card_the_key_goes_first_then_the_text() -> None:
    assert short_name("tales-no-mlp-s0-25019cfe", 20) == "tales-no-mlp-s0-25"
    assert short_name("tales-no-mlp-s0-25019cfe", 13) == "…no-mlp-s0-25"
    assert short_name("tales-no-mlp-s0-25019cfe", 12) == "no-mlp-s0-25"


def test_the_runs_of_a_card_stay_apart() -> None:
    arms = ("baseline", "no-attention", "no-attention-and-no-mlp", "no-residual", "ln-style-post")
    names = [f"tales-{arm}-s{seed}-{place}{seed}019cfe" for place, arm in enumerate(arms) for seed in (0, 1)]
    assert len({short_name(name, 12) for name in names}) == len(names)


def test_other_names_keep_both_ends() -> None:
    assert short_name("my-long-experiment-12", 12) == "my-lo…ent-12"
    assert short_name("吾輩は猫である-12", 10) == "吾輩…る-12"


@given(st.text(max_size=40), st.integers(0, 50))
def test_no_name_takes_more_room_than_there_is(name: str, width: int) -> None:
    found = short_name(name, width)
    assert cell_len(found) <= width
    assert found == safe(name) or cell_len(safe(name)) > width
