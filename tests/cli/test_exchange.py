"""Models leave and come in by commands, and what came in can be talked to, looked into and trained further."""

import json
from pathlib import Path

from byte_pairs import ENGLISH
from small_lab import Lab


def test_a_model_leaves_comes_back_and_writes_the_same(lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "gpt2-rhyme"
    lab.good("checkpoints", "export", "rhyme", "--to", "hf", str(out))
    assert json.loads((out / "config.json").read_text())["model_type"] == "gpt2"
    assert lab.good("checkpoints", "import", str(out)).strip() == "gpt2-rhyme-1"
    asked = ("--prompt", "one for", "--tokens", "40", "--seed", "3")
    assert lab.good("generate", "--load", "gpt2-rhyme-1", *asked) == lab.good("generate", "--load", "rhyme", *asked)
    assert lab.json("checkpoints", "show", "gpt2-rhyme-1")["step"] == 0
    assert {run["name"]: run["status"] for run in lab.json("runs", "list")["runs"]}["gpt2-rhyme-1"] == "done"


def test_what_came_in_is_trained_further_on_another_text(lab: Lab, tmp_path: Path) -> None:
    lab.good("checkpoints", "export", "rhyme", "--to", "hf", str(tmp_path / "out"))
    lab.good("checkpoints", "import", str(tmp_path / "out"), "--name", "guest")
    refused = lab.run("fork", "guest", "--steps", "2")
    assert refused.exit_code == 2
    assert "--data" in refused.stderr
    text = tmp_path / "more.txt"
    text.write_text("two for joy, one for sorrow.\n" * 50)
    lab.good("fork", "guest", "--data", str(text), "--steps", "2", "--batch-size", "4", "--name", "tuned")
    assert lab.json("checkpoints", "show", "tuned")["step"] == 2
    lab.good("resume", "tuned", "--steps", "3")
    text.write_text("two for joy \N{EURO SIGN}\n" * 50)
    strange = lab.run("fork", "guest", "--data", str(text), "--steps", "2")
    assert strange.exit_code == 65
    assert "U+20AC" in strange.stderr


def test_byte_pairs_come_in_and_are_trained_further(lab: Lab, tmp_path: Path) -> None:
    from gpt2mini.ablations import Ablations
    from gpt2mini.checkpoint import Checkpoint
    from gpt2mini.config import Config, ModelConfig
    from gpt2mini.huggingface import write_folder
    from gpt2mini.model import GPT2Mini

    config = Config(model=ModelConfig(vocab_size=ENGLISH.vocab_size, n_layer=1, n_head=1, n_embd=8, block_size=16))
    on = Ablations(activation="gelu_tanh")
    model = GPT2Mini(config.model, ablations=on)
    guest = Checkpoint(model=model, tokenizer=ENGLISH, config=config, ablations=on, step=0, run="")
    write_folder(tmp_path / "pairs", guest)
    lab.good("checkpoints", "import", str(tmp_path / "pairs"))
    assert lab.good("generate", "--load", "pairs-1", "--prompt", "the \N{GRINNING FACE}", "--tokens", "20")
    lab.good("fork", "pairs-1", "--data", str(lab.text), "--steps", "2", "--batch-size", "2", "--name", "tuned")
    lab.good("resume", "tuned", "--steps", "3")
    assert lab.json("checkpoints", "show", "tuned")["ablations"]["activation"] == "gelu_tanh"


def test_a_switch_that_gpt2_lacks_is_refused(lab: Lab, tmp_path: Path) -> None:
    assert lab.train("--name", "post", "--ln-style", "post").exit_code == 0
    refused = lab.run("checkpoints", "export", "post", "--to", "hf", str(tmp_path / "out"))
    assert refused.exit_code == 2
    assert "no word for LayerNorm post" in refused.stderr


def test_one_file_leaves_and_comes_in(lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "rhyme.safetensors"
    lab.good("checkpoints", "export", "rhyme", "--to", "file", str(out))
    assert lab.json("checkpoints", "import", str(out))["run"] == "rhyme-1"
    assert lab.run("checkpoints", "import", str(out), "--name", "rhyme").exit_code == 73
    assert lab.run("checkpoints", "import", str(tmp_path / "nothing")).exit_code == 66
