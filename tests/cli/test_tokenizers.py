"""Characters and byte pairs beside one another, on the same text and on the same bytes of training."""

import math

import pytest

from small_lab import Lab


def test_a_text_is_cut_in_both_ways(lab: Lab) -> None:
    words = ("tokenizers", "compare", "four for joy \N{CAT FACE}", "--data", str(lab.text), "--vocab-size", "280")
    char, bpe = lab.json(*words)["tokenizers"]
    assert (char["tokenizer"], char["tokens"], char["unknown"]) == ("char", 14, 1)
    assert (bpe["tokenizer"], bpe["vocabulary"], bpe["unknown"]) == ("bpe", 280, 0)
    assert bpe["tokens"] < 18
    assert "".join(bpe["pieces"]) == "four for joy \N{CAT FACE}"
    assert char["bits_per_byte"] is None
    lines = lab.good(*words).splitlines()
    assert lines[0].split() == ["tokenizer", "vocabulary", "tokens", "chars/token", "unknown"]
    assert lines[-1].startswith("bpe   [")


def test_without_a_text_it_is_the_whole_of_the_data(lab: Lab) -> None:
    char, bpe = lab.json("tokenizers", "compare", "--data", str(lab.text), "--vocab-size", "300")["tokenizers"]
    assert char["tokens"] == char["characters"] == bpe["characters"] == len(lab.text.read_text())
    assert bpe["characters_per_token"] == pytest.approx(bpe["characters"] / bpe["tokens"])
    assert bpe["characters_per_token"] > 1.5


def test_the_same_model_learns_the_same_bytes_of_both(lab: Lab) -> None:
    words = ("tokenizers", "compare", "--data", str(lab.text), "--vocab-size", "300", "--steps", "4", "--threads", "1")
    char, bpe = lab.json(*words)["tokenizers"]
    assert (char["steps"], bpe["steps"]) == (4, round(4 / bpe["bytes_per_token"]))
    for one in (char, bpe):
        assert one["bits_per_byte"] == pytest.approx(one["nats_per_token"] / math.log(2) / one["bytes_per_token"])
    assert bpe["parameters"] > char["parameters"]
    assert not list((lab.home / "checkpoints").glob("*bpe*"))
