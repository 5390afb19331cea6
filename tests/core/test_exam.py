"""An exam says how often a model that writes its likeliest tokens would be right, and disturbs nobody."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from gpt2mini.ablations import ALL_ON, Ablations
from gpt2mini.batches import train_windows
from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.corpus import Corpus, corpus_of
from gpt2mini.decode import Decoder
from gpt2mini.events import Answered, Evaluated, Event, StepDone
from gpt2mini.exam import ASIDE, Grade, take_exam
from gpt2mini.learner import Learner
from gpt2mini.sampling import Sampling, generate
from gpt2mini.tasks import TASKS, Task
from gpt2mini.trainer import Trainer

SUMS = TASKS["sums"]
BLOCK = 40


def text_of(task: Task) -> Corpus:
    return replace(corpus_of(task.text(20_000), name=task.name), source=task.name)


@pytest.fixture(scope="module")
def sums() -> Corpus:
    return text_of(SUMS)


@pytest.fixture
def config(sums: Corpus) -> Config:
    return Config(
        model=ModelConfig(
            vocab_size=sums.tokenizer.vocab_size, n_layer=1, n_head=2, n_embd=16, block_size=BLOCK, dropout=0.1
        ),
        train=TrainConfig(
            steps=6, batch_size=8, lr=1e-2, eval_every=3, sample_every=0, probe_every=0, frames=False, device="cpu"
        ),
    )


class Examiner:
    """Takes an exam with a real model, and keeps what it was asked."""

    def __init__(self, config: Config, corpus: Corpus, on: Ablations, seed: int = 0) -> None:
        self.on, self.config, self.corpus = on, config, corpus
        train = replace(config.train, seed=seed)
        self.learner = Learner(replace(config, train=train), device="cpu", threads=1)
        self.asked: list[tuple[Tensor, Tensor, Tensor]] = []

    def hits(self, x: Tensor, y: Tensor) -> Tensor:
        found = self.learner.hits(x, y, on=self.on)
        self.asked.append((x, y, found))
        return found

    def exam(self, limit: int = 400) -> Grade:
        block = self.config.model.block_size
        return take_exam(SUMS, self.corpus.tokenizer, self.hits, block_size=block, limit=limit, on=self.on)


@pytest.mark.parametrize("on", [ALL_ON, Ablations(causal_mask=False), Ablations(attention=False)])
def test_every_token_of_an_answer_is_asked_for_after_the_right_ones_before_it(
    config: Config, sums: Corpus, on: Ablations
) -> None:
    taken = Examiner(config, sums, on)
    with taken.learner:
        grade = taken.exam(limit=3 * BLOCK)
    right = total = 0
    for x, y, found in taken.asked:
        for row, place in zip(*torch.where(y != ASIDE), strict=True):
            logits = Decoder(taken.learner.model, on=on).read(x[row, : place + 1].tolist())
            assert bool(found[row, place]) == (int(logits.argmax()) == int(y[row, place]))
            if not on.causal_mask:
                assert place == x.shape[1] - 1  # nothing stands behind what is asked for
            right, total = right + int(found[row, place]), total + 1
    assert total == 3 * grade.problems  # two digits and the line break
    assert grade.tokens == right / total


def test_a_model_is_right_where_it_writes_the_answer(config: Config, sums: Corpus) -> None:
    taken = Examiner(config, sums, ALL_ON)
    with taken.learner:
        for step in range(60):
            x, y = train_windows(sums.train, seed=0, step=step, batch_size=8, block_size=BLOCK)
            taken.learner.step(x, y, on=ALL_ON, step=step, lr=1e-2)
        taken.exam()
        x, y, found = taken.asked[0]
        starts = [(row, place) for row, place in zip(*torch.where(y != ASIDE), strict=True) if y[row, place - 1] < 0]
        for row, place in starts[:12]:
            ids = x[row, : place + 1].tolist()
            written = generate(taken.learner.model, sums.tokenizer, ids, Sampling(tokens=3, temperature=0.0))
            is_right = [token.id for token in written] == y[row, place : place + 3].tolist()
            assert is_right == bool(found[row, place : place + 3].all())
        assert 0 < found.sum() < (y != ASIDE).sum()


def test_an_exam_is_graded_from_none_to_all(sums: Corpus) -> None:
    def grade(hits: Tensor, limit: int = 400) -> Grade:
        def answer(x: Tensor, y: Tensor) -> Tensor:
            return hits.expand(x.shape) & (y != ASIDE)

        return take_exam(SUMS, sums.tokenizer, answer, block_size=BLOCK, limit=limit, on=ALL_ON)

    everything, nothing = grade(torch.tensor(True)), grade(torch.tensor(False))
    assert (everything.exact, everything.tokens) == (1.0, 1.0)
    assert (nothing.exact, nothing.tokens) == (0.0, 0.0)
    assert everything.problems == 10 * (BLOCK // 9)  # rows that hold 400 tokens, lines of nine characters
    late = torch.zeros(BLOCK, dtype=torch.bool)
    late[: BLOCK // 2] = True
    half = grade(late)
    assert 0 < half.exact <= half.tokens < 1


def test_a_block_that_holds_no_problem_has_no_exam(config: Config, sums: Corpus) -> None:
    small = replace(config, model=replace(config.model, block_size=6))
    assert Examiner(small, sums, ALL_ON).exam().problems == 0
    events = list(Trainer(small, sums))
    assert not any(isinstance(event, Answered) for event in events)


def bits(events: list[Event]) -> list[tuple[float, float]]:
    return [(event.loss, event.grad_norm) for event in events if isinstance(event, StepDone)]


def test_an_exam_comes_with_every_validation_and_changes_nothing(config: Config, sums: Corpus) -> None:
    asked = list(Trainer(config, sums))
    plain = list(Trainer(config, replace(sums, source="a text of mine")))
    assert [event.step for event in asked if isinstance(event, Answered)] == [0, 3, 6]
    assert not any(isinstance(event, Answered) for event in plain)
    assert bits(asked) == bits(plain)
    rest = [event for event in asked if isinstance(event, Evaluated)]
    assert rest == [event for event in plain if isinstance(event, Evaluated)]


def test_the_same_problems_are_asked_whatever_the_seed(config: Config, sums: Corpus) -> None:
    one, other = Examiner(config, sums, ALL_ON), Examiner(config, sums, ALL_ON, seed=1)
    one.exam()
    other.exam()
    assert torch.equal(one.asked[0][0], other.asked[0][0])
