"""A place is known by its name, and nothing else is taken for one."""

import pytest

from gpt2mini_tui.places import PLACES
from gpt2mini_tui.screens.places import make_place


@pytest.mark.parametrize("name", [name for name in PLACES if name != "train"])  # which is there from the first frame on
def test_every_place_with_a_key_can_be_made(name: str) -> None:
    assert make_place(name).id == name


@pytest.mark.parametrize("name", ["train", "", "chats"])
def test_what_is_no_place_to_be_made_is_taken_for_none(name: str) -> None:
    with pytest.raises(KeyError):
        make_place(name)
