"""`learn` from beginning to end, on the quickest card."""

from dataclasses import replace

import pytest

from gpt2mini.experiments.cards import Card, Choice
from gpt2mini.experiments.deck import DECK
from gpt2mini.experiments.material import Piece
from gpt2mini.experiments.quantities import Quantity
from small_lab import Lab

CARD = "initial-loss"


def test_the_cards_are_listed_without_their_answers(lab: Lab) -> None:
    found = lab.json("learn", "list")["cards"]
    assert CARD in [card["name"] for card in found]
    assert all(card["last"] is None and "expected" not in card for card in found)
    assert CARD in lab.good("learn", "list")


def test_a_card_shows_its_question_and_what_it_trains(lab: Lab) -> None:
    shown = lab.good("learn", "show", CARD)
    assert "  b  far above ln V" in shown
    assert "--init-std 1.0" in shown
    assert "10.0" not in shown


def test_a_card_is_played_and_remembered(lab: Lab) -> None:
    words = ("learn", "run", CARD, "--data", str(lab.text))
    shown = lab.good(*words, "--predict", "a")
    assert "Measured: Far above ln V with a spread of 1: +" in shown
    assert "You predicted a, about ln V" in shown
    found = lab.json(*words, "--predict", "b")
    assert (found["verdict"]["answer"], found["prediction"], found["expected"]) == ("b", "b", "b")
    assert [arm["label"] for arm in found["arms"]] == [label for label, _ in DECK[CARD].arms]
    listed = {card["name"]: card["last"] for card in lab.json("learn", "list")["cards"]}
    assert listed[CARD]["prediction"] == "b"
    assert "The last time, on rhyme: " in lab.good("learn", "show", CARD)


def test_calibration_counts_and_prints_its_evidence(lab: Lab) -> None:
    words = ("learn", "calibrate", CARD, "--data", str(lab.text), "--seeds", "1")
    result = lab.run(*words, "--markdown")
    lines = result.stdout.splitlines()
    assert f"## {CARD}" in lines
    assert len([line for line in lines if line.startswith("| rhyme | 0 |")]) == 1
    rows = lab.run(*words, "--json")
    assert rows.exit_code == result.exit_code


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Card:
    """Return a card with a text of its own, a few steps long, that is in the deck."""
    card = replace(
        DECK[CARD],
        name="own",
        piece=Piece(text="copy"),
        settings={"n_layer": 1, "n_head": 1, "n_embd": 8, "block_size": 32, "batch_size": 2, "steps": 2},
        arms=(("some", {}), ("others", {"n_embd": 16})),
        quantity=Quantity(kind="lead", arms=("some", "others")),
        choices=(Choice(key="a", text="alike", low=-0.1, high=0.1), Choice(key="b", text="not", low=0.1)),
        expected="a",
        claims=(),
        numbers={},
        explanation="Nothing is learnt in two steps.",
    )
    monkeypatch.setitem(DECK, "own", card)
    return card


def test_a_card_with_a_text_of_its_own_is_played_on_no_other(lab: Lab, own: Card) -> None:
    refused = lab.run("learn", "run", own.name, "--data", str(lab.text))
    assert refused.exit_code == 2
    assert "own is always played on copy" in refused.stderr
    assert "the text copy, whatever is chosen" in lab.good("learn", "show", own.name)
    found = lab.json("learn", "run", own.name)
    assert all(" --data copy " in arm["command"] for arm in found["arms"])
    assert found["verdict"]["text"] == "Alike: +0 percentage points."


def test_calibration_gives_it_more_seeds_instead_of_other_texts(lab: Lab, own: Card) -> None:
    shown = lab.good("learn", "calibrate", own.name, "--seeds", "2", "--markdown")
    rows = [line.split(" | ")[:2] for line in shown.splitlines() if line.startswith("| copy")]
    assert rows == [["| copy", str(seed)] for seed in range(4)]
    assert "learn calibrate --seeds 2 --markdown" in shown


@pytest.mark.parametrize("words", [("nothing",), (CARD, "--predict", "z")])
def test_what_cannot_be_played_is_refused(lab: Lab, words: tuple[str, ...]) -> None:
    result = lab.run("learn", "run", *words)
    assert result.exit_code in (2, 66)
    assert len(lab.json("runs", "list")["runs"]) == 1


@pytest.mark.slow
def test_a_card_on_a_piece_of_the_text_makes_that_piece(lab: Lab) -> None:
    shown = lab.good("learn", "run", "by-heart", "--data", str(lab.text))
    assert "It is played on the first 240 characters of the text." in shown
    assert "Measured: Towards zero: it knows the text by heart" in shown
    assert [path.name for path in lab.home.glob("learn/texts/*/*")] == ["rhyme-beginning.txt"]
