"""Byte pairs learnt from a text: the same text gives the same tokens, nothing is unknown, losses can be compared."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from gpt2mini.bpe import BYTES, BpeTokenizer
from gpt2mini.checkpoint import load_checkpoint
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig
from gpt2mini.corpus import Corpus, prepare, reopen
from gpt2mini.errors import LabError, UsageError
from gpt2mini.events import Sampled, Started, StepDone, from_json, to_json
from gpt2mini.paths import Home
from gpt2mini.runs import Store
from gpt2mini.sampling import Sampling, generate, spell
from gpt2mini.starting import new_run, resume_run
from gpt2mini.tasks import TASKS
from samples import LONG, whole, written

JAPANESE = "吾輩は猫である。名前はまだ無い。どこで生れたか頓と見当がつかぬ。\n" * 60


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def pairs(home: Home) -> Corpus:
    return prepare(written(home.root / "rhyme.txt", LONG), home, "bpe", vocab_size=300)


def test_pairs_are_learnt_until_there_are_enough_or_none_are_left(pairs: Corpus) -> None:
    assert pairs.tokenizer.kind == "bpe"
    assert BYTES < pairs.tokenizer.vocab_size <= 300
    assert BpeTokenizer.from_text(["ab" * 50], 5000).vocab_size < 270
    assert BpeTokenizer.from_text(["abc"], BYTES).vocab_size == BYTES
    with pytest.raises(UsageError, match="--vocab-size 255 is too small"):
        BpeTokenizer.from_text(["abc"], 255)


def test_nothing_is_unknown_and_everything_comes_back(pairs: Corpus) -> None:
    for text in ("four for joy", "日本\N{CAT FACE}é\n\t\x00", ""):
        assert pairs.tokenizer.decode(pairs.tokenizer.encode(text)) == text
        assert pairs.tokenizer.unknown(text) == []
    assert whole(pairs) == LONG


def test_the_same_text_gives_the_same_tokens_in_any_process(pairs: Corpus, home: Home) -> None:
    code = (
        "import sys; from gpt2mini.bpe import BpeTokenizer; "
        "print(BpeTokenizer.from_text([open(sys.argv[1], encoding='utf-8').read()], 300).definition)"
    )
    for _ in range(2):
        command = [sys.executable, "-X", "utf8", "-c", code, str(home.root / "rhyme.txt")]
        told = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout
        assert json.loads(told) == json.loads(pairs.tokenizer.to_plain()["definition"])


def test_a_text_is_learnt_from_once(home: Home, pairs: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> BpeTokenizer:
        raise AssertionError("learnt again")

    monkeypatch.setattr(BpeTokenizer, "from_text", never)
    again = prepare(str(home.root / "rhyme.txt"), home, "bpe", vocab_size=300)
    assert (again.fingerprint, again.tokenizer) == (pairs.fingerprint, pairs.tokenizer)
    assert reopen(pairs.fingerprint, home).bytes_per_token == pairs.bytes_per_token
    with pytest.raises(AssertionError, match="learnt again"):
        prepare(str(home.root / "rhyme.txt"), home, "bpe", vocab_size=290)


def test_reference_lines_and_the_floor_are_those_of_the_tokens(home: Home) -> None:
    letters, pairs = prepare("sums", home), prepare("sums", home, "bpe", vocab_size=280)
    assert pairs.references["uniform"] == pytest.approx(math.log(280))
    assert pairs.references["floor"] < pairs.references["2-gram"] < pairs.references["1-gram"]
    assert letters.bytes_per_token == 1.0 < pairs.bytes_per_token
    bits = [corpus.references["floor"] / corpus.bytes_per_token for corpus in (letters, pairs)]
    assert bits[0] == pytest.approx(bits[1], rel=0.01)  # the floor of the same text
    held_back = pairs.tokenizer.decode(pairs.val)
    start = pairs.statistics.characters - len(held_back)
    nats = TASKS["sums"].floor(start, pairs.statistics.characters) * len(held_back)
    assert pairs.references["floor"] * len(pairs.val) == pytest.approx(nats, rel=1e-4)


def test_a_text_in_characters_is_what_it_was(home: Home, pairs: Corpus) -> None:
    letters = prepare(str(home.root / "rhyme.txt"), home)
    assert letters.fingerprint != pairs.fingerprint
    assert (letters.tokenizer.kind, letters.bytes_per_token) == ("char", 1.0)
    assert prepare(written(home.root / "neko.txt", JAPANESE), home).bytes_per_token > 2.5


def small(corpus: Corpus) -> Config:
    return Config(
        model=ModelConfig(
            vocab_size=corpus.tokenizer.vocab_size, n_layer=1, n_head=2, n_embd=16, block_size=16, dropout=0.0
        ),
        data=DataConfig(data=corpus.source, tokenizer="bpe", vocab_size=300),
        train=TrainConfig(
            steps=4, batch_size=4, save_every=2, eval_every=2, sample_every=4, sample_tokens=20, device="cpu"
        ),
    )


def test_a_run_in_pairs_is_trained_kept_opened_and_gone_on_with(pairs: Corpus, tmp_path: Path) -> None:
    store = Store(tmp_path)
    events = list(new_run(small(pairs), pairs, store, name="pairs"))
    assert isinstance(events[0], Started)
    assert events[0].bytes_per_token == pairs.bytes_per_token
    assert any(isinstance(event, Sampled) and event.text for event in events)
    checkpoint = load_checkpoint(store.get("pairs").path)
    assert checkpoint.tokenizer == pairs.tokenizer
    ids = [int(one) for one in checkpoint.tokenizer.encode("four ")]
    assert len(list(generate(checkpoint.model, checkpoint.tokenizer, ids, Sampling(tokens=5)))) == 5
    longer = [event for event in resume_run(store.get("pairs"), pairs, steps=6) if isinstance(event, StepDone)]
    assert [event.step for event in longer] == [5, 6]


def test_a_character_of_several_tokens_is_never_written_in_parts(home: Home) -> None:
    neko = prepare(written(home.root / "neko.txt", JAPANESE), home, "bpe", vocab_size=BYTES)
    text = "吾輩は\N{CAT FACE}である"
    parts = list(spell([int(one) for one in neko.tokenizer.encode(text)], neko.tokenizer))
    assert "".join(parts) == text
    assert "\N{REPLACEMENT CHARACTER}" not in "".join(parts)


def test_a_log_of_before_says_that_the_size_of_a_token_is_not_known(pairs: Corpus, tmp_path: Path) -> None:
    started = next(iter(new_run(small(pairs), pairs, Store(tmp_path))))
    record = json.loads(to_json(started))
    del record["bytes_per_token"], record["config"]["data"]["vocab_size"]
    old = from_json(json.dumps(record))
    assert isinstance(old, Started)
    assert old.bytes_per_token == 0
    assert from_json(to_json(old)) == old


def test_without_the_library_one_sentence_says_what_to_install(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(LabError, match=r'needs a library that is not installed.*pip install "gpt2mini-tui\[bpe\]"'):
        prepare(written(home.root / "other.txt", LONG * 2), home, "bpe")
