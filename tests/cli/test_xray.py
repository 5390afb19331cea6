"""`xray` shows and prints what the library computes, of any checkpoint and any frame, and says what it left out."""

import json
import math
import struct

import numpy as np
import pytest

from gpt2mini.checkpoint import load_checkpoint
from gpt2mini.lens import examine
from gpt2mini.views import VIEWS
from gpt2mini_tui.cli.xray import _VIEWS
from small_lab import Lab


def test_the_command_knows_every_view() -> None:
    assert list(VIEWS) == list(_VIEWS)


@pytest.mark.parametrize("view", VIEWS)
def test_json_is_what_the_library_computes(view: str, trained: Lab) -> None:
    said = trained.json("xray", "one for two", "--view", view)
    checkpoint = load_checkpoint(trained.home / "checkpoints" / "rhyme")
    expected = examine(checkpoint.model, said["ids"], view).to_plain()
    assert (said["schema"], said["run"], said["step"], said["view"]) == (1, "rhyme", 4, view)
    assert "".join(said["tokens"]) == "one for two"
    assert {key: said[key] for key in expected} == json.loads(json.dumps(expected).replace("NaN", "null"))


def test_rows_of_attention_sum_to_one_and_one_head_can_be_chosen(trained: Lab) -> None:
    both = trained.json("xray", "one for two", "--layer", "0")["weights"]
    one = trained.json("xray", "one for two", "--layer", "0", "--head", "1")["weights"]
    assert np.allclose(np.sum(both, axis=2), 1)
    assert one == both[1:]


def test_a_picture_of_attention_says_which_head_it_shows(trained: Lab) -> None:
    for words, head in (((), 0), (("--head", "1"), 1), (("--head", "-1"), 1)):
        said = trained.good("xray", "one for two", "--view", "attention", *words)
        assert f"attention, layer 0, head {head}" in said.splitlines()[0]
        assert f"›  {head} " in said
    picture = trained.home / "one.svg"
    trained.good("xray", "one for two", "--view", "attention", "--head", "1", "--output", str(picture))
    assert "layer 0, head 1" in picture.read_text()


def test_a_pipe_without_anything_in_it_is_no_other_text(trained: Lab) -> None:
    result = trained.run("xray", "-", "--view", "surprise", text="")
    assert "There was no text: this is a line break." in result.stderr
    assert "a single token has no loss" in result.stdout


def test_surprise_is_what_generate_says_of_the_same_token(trained: Lab) -> None:
    token = trained.json("generate", "--prompt", "one fo", "--tokens", "1", "--temperature", "0", "--no-stream")
    first = token["tokens"][0]
    said = trained.json("xray", "one fo" + first["text"], "--view", "surprise")
    assert said["nats"][-1] == pytest.approx(-math.log(first["probability"]), abs=1e-4)
    assert said["rank"][-1] == first["rank"]


@pytest.mark.parametrize("view", VIEWS)
def test_a_pipe_gets_a_picture_without_colours(view: str, trained: Lab) -> None:
    said = trained.good("xray", "one for two", "--view", view)
    assert "rhyme · step 4 · val" in said
    assert "\x1b" not in said
    assert VIEWS[view].name in said
    assert len(said.splitlines()) > 4


def test_without_a_text_it_reads_what_was_held_back(trained: Lab) -> None:
    said = trained.json("xray", "--view", "surprise")
    assert "".join(said["tokens"]) in trained.text.read_text()
    assert len(said["tokens"]) == 16


def test_a_text_can_come_from_a_pipe(trained: Lab) -> None:
    said = json.loads(trained.good("xray", "-", "--view", "surprise", "--json", text="two for"))
    assert "".join(said["tokens"]) == "two for"


def test_what_is_left_out_is_said(trained: Lab) -> None:
    result = trained.run("xray", "one for sorrow, two@", "--view", "lens")
    assert result.exit_code == 0
    assert "note: At most 16 tokens are looked at: the first 4 of the text were left out." in result.stderr
    assert "note: ' ' stands in for what this model has never seen: '@' (U+0040)." in result.stderr


def test_a_frame_can_be_looked_at_and_written_from(trained: Lab) -> None:
    run = trained.json("runs", "show", "rhyme")
    assert [frame["step"] for frame in run["frames"]] == [0]
    assert "steps 0: " in trained.good("runs", "show", "rhyme")
    assert trained.json("xray", "one", "--load", "rhyme/step-0")["step"] == 0
    assert trained.json("generate", "--load", "rhyme/step-0", "--tokens", "1", "--no-stream")["step"] == 0


def test_pictures_are_written(lab: Lab) -> None:
    vector, pixels = lab.home / "a.svg", lab.home / "a.png"
    result = lab.run("xray", "one for", "--output", str(vector), "--theme", "light")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "The picture is in" in result.stderr
    assert vector.read_text().startswith("<svg ")
    said = lab.json("xray", "one for", "--view", "lens", "--output", str(pixels))
    assert said["view"] == "lens"
    assert struct.unpack(">4sII", pixels.read_bytes()[12:24])[0] == b"IHDR"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--layer", "1"), 2, "there is no layer 1. The layers are 0 to 0."),
        (("--head", "2"), 2, "there is no head 2. The heads are 0 to 1."),
        (("--view", "soul"), 2, "'soul' is not one of"),
        (("--output", "a.jpg"), 2, "--output a.jpg is no picture. End it in .svg or .png."),
        (("--output", "nowhere/a.svg"), 74, "cannot write the picture"),
        (("--load", "nothing"), 66, "`gpt2mini-tui runs list` shows what is there."),
    ],
)
def test_what_cannot_be_is_a_sentence(words: tuple[str, ...], code: int, sentence: str, trained: Lab) -> None:
    result = trained.run("xray", "one", *words)
    assert result.exit_code == code
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_model_without_attention_says_so(lab: Lab) -> None:
    assert lab.train("--name", "deaf", "--no-attention").exit_code == 0
    result = lab.run("xray", "one", "--load", "deaf")
    assert result.exit_code == 2
    assert "attention is switched off in this model. Choose another view." in result.stderr
    assert lab.json("xray", "one", "--load", "deaf", "--view", "residual")["attention"] == [[0.0, 0.0, 0.0]]
