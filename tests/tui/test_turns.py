"""The forms in which a conversation can be put to a model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt2mini.errors import UsageError
from gpt2mini.tales import tales
from gpt2mini_tui.talk.turns import FORMS, PLAIN, Turns, escaped, turns, unescaped


def test_a_turn_is_put_into_its_form_and_ends_where_the_form_breaks() -> None:
    form = turns(r"Ada: {}\nJon:")
    first = form.put("Where is the lamp?")
    assert first == "Ada: Where is the lamp?\nJon:"
    assert form.put("And now?", first + " On the shelf.") == "\nAda: And now?\nJon:"
    assert form.put("And now?", first + " On the shelf.\n") == "Ada: And now?\nJon:"
    assert form.stop == "\n"
    assert turns("plays").stop == "\n\n"


def test_plain_continuation_adds_nothing() -> None:
    assert turns("") == turns("plain") == PLAIN
    assert (PLAIN.put("one", "before"), PLAIN.stop) == ("one", "")


@pytest.mark.parametrize("word", ["no gap", "{} and {}", "x" * 500 + "{}"])
def test_what_is_no_form_is_refused_in_words(word: str) -> None:
    with pytest.raises(UsageError, match="form"):
        turns(word)


@pytest.mark.parametrize("name", FORMS)
def test_every_named_form_is_one(name: str) -> None:
    assert turns(name) == Turns(pattern=FORMS[name])


def test_the_corpus_tales_speaks_in_the_form_of_that_name() -> None:
    before, after = FORMS["tales"].split("{}")
    asked = [line for line in tales(60_000).splitlines() if line.startswith(before)]
    assert asked
    assert after.startswith("\n")
    assert f"\n{after[1:]} " in tales(60_000)


@given(st.text(alphabet="a\\n\n\t", max_size=12))
def test_a_text_that_is_made_to_be_typed_means_the_same(text: str) -> None:
    typed = escaped(text)
    assert "\n" not in typed
    assert unescaped(typed) == text
