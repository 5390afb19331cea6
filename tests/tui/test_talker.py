"""A model that talks in a thread of its own: the same text as the library, stopped at once, disturbing nobody."""

import math
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from company import alone, losses, nobody, train_rhyme, wait
from gpt2mini.checkpoint import Checkpoint, load_checkpoint
from gpt2mini.decode import Decoder
from gpt2mini.paths import Home
from gpt2mini.sampling import Sampling, encode_prompt, generate, probabilities
from gpt2mini.settings import Value
from gpt2mini_tui.live.bridge import Bridge
from gpt2mini_tui.talk.heard import LIVE, Begun, Ended, Heard, Opened, Scored, Source, Spoken, Weighed
from gpt2mini_tui.talk.talker import Talker
from tiny_lab import copy_home, tiny_home


class Listener:
    """A talker, and everything it said."""

    def __init__(self, snapshot: "Callable[[], Future[Checkpoint]]") -> None:
        self.said: list[Heard | str] = []
        self.talker = Talker(self.said.append, lambda _, error: self.said.append(str(error)), snapshot=snapshot)

    def until(self, holds: Callable[[], object]) -> None:
        wait(self.talker.drain, holds, self.said)

    def forget(self) -> None:
        self.said.clear()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return tiny_home(tmp_path_factory)


@pytest.fixture
def folder(home: Home) -> Path:
    return home.checkpoints / "full" / "step-000030"


@pytest.fixture
def listener(folder: Path) -> Iterator[Listener]:
    made = Listener(nobody)
    made.talker.open(0, Source(path=folder))
    made.until(lambda: not made.talker.is_busy)
    yield made
    made.talker.close()


def of(kind: type, said: list[Heard | str]) -> list[Heard | str]:
    return [one for one in said if isinstance(one, kind)]


def opened(listener: Listener) -> Opened:
    return [one for one in listener.said if isinstance(one, Opened)][-1]


def test_opening_says_which_model_it_is(listener: Listener, folder: Path) -> None:
    checkpoint = load_checkpoint(folder)
    assert of(Opened, listener.said) == [
        Opened(
            run="full",
            step=30,
            val_loss=checkpoint.val_loss,
            changed={},
            block_size=16,
            vocab_size=checkpoint.tokenizer.vocab_size,
            vocabulary=opened(listener).vocabulary,
            is_live=False,
        )
    ]


HOW: Mapping[str, Value] = {"tokens": 40, "temperature": 0.9, "top_k": 7, "top_p": 0.95, "seed": 3}


def test_it_writes_what_the_library_writes_from_the_same_seed(listener: Listener, folder: Path) -> None:
    listener.forget()
    listener.talker.write(0, [], "one ", HOW)
    listener.until(lambda: of(Ended, listener.said))
    checkpoint = load_checkpoint(folder)
    prompt = encode_prompt("one ", checkpoint.tokenizer, 16)
    written = list(generate(checkpoint.model, checkpoint.tokenizer, prompt.ids, Sampling(**HOW)))
    spoken = [(one.said.text, one.said.bits) for one in listener.said if isinstance(one, Spoken)]
    assert spoken == [(token.text, -math.log2(token.probability)) for token in written]
    assert [one.tokens for one in listener.said if isinstance(one, Ended)] == [40]


def test_stopping_takes_effect_at_the_next_token(listener: Listener) -> None:
    listener.talker.write(0, [], "one ", {"tokens": 10**6})
    listener.until(lambda: of(Spoken, listener.said))
    assert listener.talker.is_writing(0)
    listener.talker.stop(0)
    before = len(listener.said)
    listener.until(lambda: not listener.talker.is_busy)
    assert not listener.talker.is_writing(0)
    assert len(listener.said) == before


def test_what_became_of_the_prompt_is_said(listener: Listener) -> None:
    listener.forget()
    listener.talker.write(0, [], "one two three four@", {"tokens": 1})
    listener.until(lambda: of(Ended, listener.said))
    [begun] = [one for one in listener.said if isinstance(one, Begun)]
    assert "".join(one.text for one in begun.said) == " two three four "[-16:]
    assert begun.notices == (
        "Read as a space, because the model has never seen it: '@' (U+0040).",
        "The prompt is longer than the block of 16 tokens: its first 3 were left out.",
    )


def test_without_a_prompt_it_begins_after_a_line_break_and_says_so(listener: Listener) -> None:
    listener.forget()
    listener.talker.write(0, [], "", {"tokens": 1})
    listener.until(lambda: of(Ended, listener.said))
    [begun] = [one for one in listener.said if isinstance(one, Begun)]
    assert ("".join(one.text for one in begun.said), begun.notices) == (
        "\n",
        ("There was no prompt: it begins after a line break.",),
    )


def weighed(listener: Listener, values: Mapping[str, Value]) -> Weighed:
    listener.forget()
    listener.talker.weigh(0, [], values, text="two for ")
    listener.until(lambda: of(Weighed, listener.said))
    [found] = [one for one in listener.said if isinstance(one, Weighed)]
    return found


def test_what_could_come_next_is_what_the_library_draws_from(listener: Listener, folder: Path) -> None:
    checkpoint = load_checkpoint(folder)
    prompt = encode_prompt("two for ", checkpoint.tokenizer, 16)
    shares = probabilities(Decoder(checkpoint.model).read(prompt.ids), Sampling(top_k=4, temperature=0.5))
    found = weighed(listener, {"top_k": 4, "temperature": 0.5})
    kept = [one for one in found.candidates if not one.is_cut]
    assert len(found.candidates) == 10
    assert found.kept == len(kept) == 4
    assert [one.share for one in kept] == pytest.approx(sorted(shares, reverse=True)[:4])
    assert found.drawn_entropy == pytest.approx(-sum(p * math.log2(p) for p in shares if p))
    assert found.drawn_entropy < found.entropy <= math.log2(checkpoint.tokenizer.vocab_size)


def test_what_is_cut_keeps_the_share_it_would_have(listener: Listener) -> None:
    whole = weighed(listener, {"top_k": 0})
    cut = weighed(listener, {"top_k": 1})
    assert cut.candidates[0] == replace(whole.candidates[0], share=1.0)
    assert [one.share for one in cut.candidates[1:]] == [one.share for one in whole.candidates[1:]]
    assert all(one.is_cut for one in cut.candidates[1:])


def test_at_temperature_zero_one_token_is_left(listener: Listener) -> None:
    found = weighed(listener, {"temperature": 0.0})
    assert (found.kept, found.drawn_entropy, found.candidates[0].share) == (1, 0.0, 1.0)


def test_a_setting_that_cannot_be_is_refused_in_words_and_it_goes_on(listener: Listener) -> None:
    listener.forget()
    listener.talker.write(0, [], "one", {"top_p": 1.5})
    listener.until(lambda: listener.said)
    assert listener.said == ["--top-p 1.5 is out of range. Give a number from 0 to 1."]
    listener.talker.write(0, [], "one", {"tokens": 1})
    listener.until(lambda: of(Ended, listener.said))


def test_a_damaged_checkpoint_is_a_sentence(home: Home, tmp_path: Path) -> None:
    copied = copy_home(home, tmp_path).checkpoints / "full" / "step-000030"
    (copied / "model.safetensors").write_bytes(b"not a model")
    listener = Listener(nobody)
    listener.talker.open(0, Source(path=copied))
    listener.until(lambda: any(isinstance(one, str) for one in listener.said))
    assert "this is not a safetensors file" in str(listener.said[-1])
    listener.talker.write(0, [], "one", {})
    listener.until(lambda: not listener.talker.is_busy)
    assert listener.said[-1] == "no model is open. Choose one first."
    listener.talker.close()


def test_without_a_run_the_live_model_is_nobody() -> None:
    listener = Listener(nobody)
    listener.talker.open(0, LIVE)
    listener.until(lambda: "no run is training" in listener.said)
    listener.talker.close()


def test_talking_to_the_run_that_trains_says_its_step_and_changes_no_bit(tmp_path: Path) -> None:
    expected = alone(tmp_path / "a")
    together = Bridge()
    listener = Listener(together.snapshot)
    talked = 0

    def talk() -> None:
        nonlocal talked
        listener.talker.drain()
        if not listener.talker.is_busy and together.is_running:
            talked += 1
            if talked == 1:
                listener.talker.open(0, LIVE)
            elif talked % 3:
                listener.talker.write(0, [], "one ", {"tokens": 30})
            else:
                listener.talker.refresh(0)
                listener.talker.weigh(0, [1, 2, 3], {}, taken=4)
                listener.talker.score(0, "one for sorrow", of=0)

    train_rhyme(together, tmp_path / "b", "together")
    assert losses(together, talk) == expected
    listener.until(lambda: not listener.talker.is_busy)
    begun = [one.model for one in listener.said if isinstance(one, Begun)]
    assert begun
    assert all(model.is_live and model.run == "together" for model in begun)
    steps = [model.step for model in begun]
    assert steps == sorted(steps)
    listener.talker.close()
    together.close()


def test_closing_ends_the_thread_in_the_middle_of_a_word(folder: Path) -> None:
    listener = Listener(nobody)
    listener.talker.open(0, Source(path=folder))
    listener.talker.write(0, [], "one ", {"tokens": 10**6})
    listener.until(lambda: of(Spoken, listener.said))
    listener.talker.close()
    assert "talker" not in {thread.name for thread in threading.enumerate()}


def test_numbers_that_are_not_finite_are_named(home: Home, listener: Listener) -> None:
    model = listener.talker._models[0]
    next(model.checkpoint.model.parameters()).data.fill_(np.nan)
    model.decoder = Decoder(model.checkpoint.model)
    listener.forget()
    listener.talker.write(0, [], "one", {"tokens": 3})
    listener.until(lambda: any(isinstance(one, str) for one in listener.said))
    assert "its weights led to numbers that are not finite" in str(listener.said[-1])


def test_what_another_model_makes_of_a_text_is_its_cross_entropy(home: Home, listener: Listener, folder: Path) -> None:
    listener.talker.open(1, Source(path=home.checkpoints / "broken" / "step-000030"))
    listener.until(lambda: not listener.talker.is_busy)
    listener.forget()
    listener.talker.score(1, "one for@sorrow", of=0)
    listener.until(lambda: of(Scored, listener.said))
    [found] = [one for one in listener.said if isinstance(one, Scored)]
    assert (found.slot, found.of, found.label) == (1, 0, "broken step 30")
    assert "".join(text for text, _ in found.bits) == "one for@sorrow"
    checkpoint = load_checkpoint(home.checkpoints / "broken" / "step-000030")
    ids = torch.tensor(checkpoint.tokenizer.encode("one for sorrow").astype("int64"))
    shares = torch.log_softmax(checkpoint.model(ids[None])[0], dim=1)
    expected = [-shares[at, ids[at + 1]].item() / math.log(2) for at in range(len(ids) - 1)]
    known = [bits for _, bits in found.bits]
    assert math.isnan(known[0])
    assert math.isnan(known[7])  # it never saw this one, so it has no opinion of it
    assert known[1:7] + known[8:] == pytest.approx(expected[:6] + expected[7:], abs=1e-4)


def test_two_models_write_at_the_same_time_and_one_can_be_shut(home: Home, listener: Listener) -> None:
    listener.talker.open(1, Source(path=home.checkpoints / "broken" / "step-000030"))
    listener.until(lambda: not listener.talker.is_busy)
    listener.forget()
    for slot in (0, 1):
        listener.talker.write(slot, [], "one ", {"tokens": 20})
    listener.until(lambda: not listener.talker.is_busy)
    order = [one.slot for one in listener.said if isinstance(one, Spoken)]
    assert sorted(order) == [0] * 20 + [1] * 20
    assert order != sorted(order)
    listener.talker.shut(1)
    listener.until(lambda: not listener.talker.is_busy)
    listener.talker.weigh(1, [], {}, text="one")
    listener.until(lambda: "no model is open. Choose one first." in listener.said)


def test_the_token_that_was_taken_is_weighed_in_the_window_it_was_drawn_in(listener: Listener, folder: Path) -> None:
    listener.forget()
    listener.talker.write(0, [], "one ", HOW)
    listener.until(lambda: of(Ended, listener.said))
    [begun] = [one for one in listener.said if isinstance(one, Begun)]
    said = [*begun.said, *(one.said for one in listener.said if isinstance(one, Spoken))]
    for place in (5, 17, 30, 43):
        listener.forget()
        one = said[place]
        listener.talker.weigh(0, [each.id for each in said[:place]], HOW, seen=one.seen, taken=one.id)
        listener.until(lambda: of(Weighed, listener.said))
        [found] = [each for each in listener.said if isinstance(each, Weighed)]
        assert found.taken is not None
        assert (found.taken.rank, found.seen) == (one.rank, one.seen)
        assert found.taken.bits == pytest.approx(one.bits, abs=1e-4)
        assert found.entropy == pytest.approx(one.entropy, abs=1e-4)


def test_moving_a_control_does_not_ask_the_model_again(listener: Listener) -> None:
    first = weighed(listener, {"top_k": 0})
    next(listener.talker._models[0].checkpoint.model.parameters()).data.fill_(np.nan)
    turned = weighed(listener, {"temperature": 3.0, "top_k": 4})
    assert turned.entropy == first.entropy
    assert turned.kept == 4


def test_ids_of_another_vocabulary_are_refused(home: Home, listener: Listener) -> None:
    first = opened(listener)
    listener.talker.open(0, Source(path=home.checkpoints / "broken" / "step-000030"))
    listener.until(lambda: opened(listener).run == "broken")
    assert opened(listener).vocabulary == first.vocabulary
    listener.talker.open(0, Source(path=home.checkpoints / "neko" / "step-000030"))
    listener.until(lambda: opened(listener).run == "neko")
    assert opened(listener).vocabulary != first.vocabulary
    for ask in (listener.talker.weigh, lambda slot, ids, how: listener.talker.write(slot, ids, None, how)):
        listener.forget()
        ask(0, [10_000], {})
        listener.until(lambda: "this text is of another vocabulary than the model. Begin a new one." in listener.said)
