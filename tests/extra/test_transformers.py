"""Hugging Face `transformers` and this project hold the same model to be the same: asked of the library itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from gpt2mini.ablations import Ablations
from gpt2mini.bpe import BpeTokenizer
from gpt2mini.checkpoint import Checkpoint
from gpt2mini.config import Config, ModelConfig, Sampling
from gpt2mini.huggingface import read_folder, write_folder
from gpt2mini.model import GPT2Mini
from gpt2mini.sampling import generate
from gpt2mini.tokenizer import CharTokenizer, Tokenizer

transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")
pytestmark = pytest.mark.slow

TEXT = "One for sorrow,\n\n  two for joy; three \N{HIRAGANA LETTER A}\N{GRINNING FACE}!"
CHARACTERS = CharTokenizer.from_text(TEXT + "?")
SHAPES: list[dict[str, Any]] = [
    {"n_layer": 1, "n_head": 1, "n_embd": 8, "block_size": 16},
    {"n_layer": 3, "n_head": 4, "n_embd": 32, "block_size": 48},
    {"n_layer": 2, "n_head": 3, "n_embd": 48, "block_size": 33, "tied_embeddings": False},
    {"n_layer": 2, "n_head": 2, "n_embd": 16, "block_size": 24, "scaled_init": True, "dropout": 0.0},
]
EXPRESSIBLE = [
    Ablations(activation="gelu_tanh"),
    Ablations(activation="relu"),
    Ablations(activation="identity"),
    Ablations(attention_scale=False),
    Ablations(position_embedding=False),
    Ablations(attention=False),
    Ablations(mlp=False, dropout=False),
    Ablations(attention=False, mlp=False, residual=False, causal_mask=False),
]


def stirred(model: Any, seed: int = 1) -> Any:
    """Return the model with weights that are the same each time, no bias zero, no norm as it began."""
    with torch.no_grad():
        for number, (name, parameter) in enumerate(model.named_parameters()):
            draw = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number + seed))
            parameter.copy_(0.1 * draw + (1.0 if "ln" in name and name.endswith("weight") else 0.0))
    return model.eval()


def made(shape: dict[str, Any], on: Ablations, tokenizer: Tokenizer = CHARACTERS) -> Checkpoint:
    config = Config(model=ModelConfig(vocab_size=tokenizer.vocab_size, **shape), ablations=on)
    model = stirred(GPT2Mini(config.model, ablations=on))
    return Checkpoint(model=model, tokenizer=tokenizer, config=config, ablations=on, step=3, run="r")


def byte_pairs() -> BpeTokenizer:
    engine = tokenizers.Tokenizer(tokenizers.models.BPE())
    engine.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=300,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>"],
        show_progress=False,
    )
    engine.train_from_iterator([TEXT] * 50, trainer)
    return BpeTokenizer.from_json(engine.to_str())


def agree(ours: GPT2Mini, theirs: Any) -> None:
    """Hold the logits of both against one another, on a full block and on a single token."""
    config = ours.config
    draw = torch.Generator().manual_seed(5)
    for shape in ((3, config.block_size), (1, 1)):
        ids = torch.randint(config.vocab_size, shape, generator=draw)
        with torch.no_grad():
            torch.testing.assert_close(ours(ids), theirs(ids).logits, atol=1e-5, rtol=0)


def greedy(checkpoint: Checkpoint, ids: list[int], count: int) -> list[int]:
    how = Sampling(tokens=count, temperature=0)
    return [token.id for token in generate(checkpoint.model, checkpoint.tokenizer, ids, how)]


@pytest.mark.parametrize("shape", SHAPES)
def test_what_leaves_is_the_same_model_there(shape: dict[str, Any], tmp_path: Path) -> None:
    checkpoint = made(shape, Ablations())
    write_folder(tmp_path / "out", checkpoint)
    theirs, report = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "out", output_loading_info=True)
    assert not report["missing_keys"]
    assert not report["unexpected_keys"]
    assert type(theirs).__name__ == "GPT2LMHeadModel"
    agree(checkpoint.model, theirs.eval())


@pytest.mark.parametrize("on", EXPRESSIBLE)
def test_switches_leave_too(on: Ablations, tmp_path: Path) -> None:
    checkpoint = made(SHAPES[1], on)
    write_folder(tmp_path / "out", checkpoint)
    agree(checkpoint.model, transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "out").eval())


@pytest.mark.parametrize("tokenizer", [lambda: CHARACTERS, byte_pairs], ids=["characters", "byte pairs"])
def test_greedy_writing_is_the_same(tokenizer: Callable[[], Tokenizer], tmp_path: Path) -> None:
    checkpoint = made({"n_layer": 2, "n_head": 2, "n_embd": 32, "block_size": 64}, Ablations(), tokenizer())
    write_folder(tmp_path / "out", checkpoint)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "out").eval()
    words = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")
    asked = words("two for", return_tensors="pt")
    ids = asked.input_ids[0].tolist()
    written = theirs.generate(**asked, max_new_tokens=30, do_sample=False, eos_token_id=None, pad_token_id=0)
    assert written[0].tolist()[len(ids) :] == greedy(checkpoint, ids, 30)


@pytest.mark.parametrize("tokenizer", [lambda: CHARACTERS, byte_pairs], ids=["characters", "byte pairs"])
def test_the_tokenizer_round_trips(tokenizer: Callable[[], Tokenizer], tmp_path: Path) -> None:
    checkpoint = made(SHAPES[0], Ablations(), tokenizer())
    write_folder(tmp_path / "out", checkpoint)
    words = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")
    for text in (TEXT, " ", "\n\n", "three"):
        ids = checkpoint.tokenizer.encode(text).tolist()
        assert words(text).input_ids == ids
        assert words.decode(ids) == text
    assert words.model_max_length == 16
    assert read_folder(tmp_path / "out").tokenizer == checkpoint.tokenizer


@pytest.mark.parametrize("activation", ["gelu_new", "gelu", "relu"])
@pytest.mark.parametrize("tied", [True, False])
def test_what_they_save_comes_in(activation: str, tied: bool, tmp_path: Path) -> None:
    tokenizer = byte_pairs()
    config = transformers.GPT2Config(
        vocab_size=tokenizer.vocab_size + 12,  # padded, as many published ones are
        n_positions=40,
        n_embd=48,
        n_layer=3,
        n_head=4,
        activation_function=activation,
        tie_word_embeddings=tied,
        bos_token_id=0,
        eos_token_id=0,
    )
    theirs = stirred(transformers.GPT2LMHeadModel(config))
    theirs.save_pretrained(tmp_path / "in")
    (tmp_path / "in" / "tokenizer.json").write_text(tokenizer.definition, encoding="utf-8")
    checkpoint = read_folder(tmp_path / "in")
    agree(checkpoint.model, theirs)
    assert checkpoint.tokenizer.decode(checkpoint.tokenizer.encode(TEXT)) == TEXT
    assert (
        greedy(checkpoint, [5, 6], 20)
        == theirs.generate(
            torch.tensor([[5, 6]]), max_new_tokens=20, do_sample=False, eos_token_id=None, pad_token_id=0
        )[0].tolist()[2:]
    )


def test_the_layout_of_the_published_gpt2_comes_in(tmp_path: Path) -> None:
    """No prefix, the masks among the weights, no head, and the tokenizer as vocab.json with merges.txt."""
    import safetensors.torch

    tokenizer = byte_pairs()
    config = transformers.GPT2Config(
        vocab_size=tokenizer.vocab_size, n_positions=32, n_embd=24, n_layer=2, n_head=3, bos_token_id=0, eos_token_id=0
    )
    theirs = stirred(transformers.GPT2LMHeadModel(config))
    theirs.save_pretrained(tmp_path / "in")
    named = {name: tensor.contiguous() for name, tensor in theirs.transformer.state_dict().items()}
    named |= {f"h.{layer}.attn.bias": torch.ones(32, 32).tril()[None, None] for layer in range(2)}
    safetensors.torch.save_file(named, tmp_path / "in" / "model.safetensors", {"format": "pt"})
    engine = tokenizers.Tokenizer.from_str(tokenizer.definition)
    engine.model.save(str(tmp_path / "in"))
    checkpoint = read_folder(tmp_path / "in")
    agree(checkpoint.model, theirs)
    assert checkpoint.ablations == Ablations(activation="gelu_tanh")
    assert checkpoint.tokenizer.encode(TEXT).tolist() == engine.encode(TEXT).ids


def test_a_model_that_went_out_and_came_in_is_the_same(tmp_path: Path) -> None:
    checkpoint = made(SHAPES[2], Ablations(activation="gelu_tanh"))
    write_folder(tmp_path / "out", checkpoint)
    back = read_folder(tmp_path / "out")
    named = dict(checkpoint.model.named_parameters())
    assert back.config.model.block_size == 33
    assert back.tokenizer == CHARACTERS
    assert all(torch.equal(parameter, named[name]) for name, parameter in back.model.named_parameters())


def test_pairs_that_were_learnt_here_are_the_same_pairs_there(tmp_path: Path) -> None:
    learnt = BpeTokenizer.from_text([TEXT] * 50, 300)
    ours = made(SHAPES[0], Ablations(activation="gelu_tanh"), learnt)
    write_folder(tmp_path / "out", ours)
    agree(ours.model, transformers.GPT2LMHeadModel.from_pretrained(tmp_path / "out").eval())
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")
    assert theirs(TEXT)["input_ids"] == learnt.encode(TEXT).tolist()
    assert theirs.decode(theirs(TEXT)["input_ids"]) == TEXT
    assert read_folder(tmp_path / "out").tokenizer.encode(TEXT).tolist() == learnt.encode(TEXT).tolist()
