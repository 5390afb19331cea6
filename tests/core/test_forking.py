"""A fork goes on where its parent stood; only what was changed makes a difference."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gpt2mini.ablations import Ablations
from gpt2mini.config import Config, ModelConfig, TrainConfig
from gpt2mini.corpus import Corpus, corpus_of
from gpt2mini.errors import CannotCreateError, DataError, UsageError
from gpt2mini.events import Event, Forked, Noticed, Started, StepDone
from gpt2mini.forking import fork_run
from gpt2mini.runs import Run, Store
from gpt2mini.starting import new_run, resume_run

TEXT = "one for sorrow, two for joy; three for a girl, four for a boy.\n" * 20


@pytest.fixture
def corpus() -> Corpus:
    return corpus_of(TEXT)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def parent(store: Store, corpus: Corpus) -> Run:
    model = ModelConfig(vocab_size=corpus.tokenizer.vocab_size, n_layer=2, n_head=2, n_embd=16, block_size=16)
    train = TrainConfig(steps=8, batch_size=4, save_every=4, eval_every=0, sample_every=0, lr=1e-2, device="cpu")
    list(new_run(Config(model=model, train=train), corpus, store, name="parent"))
    return store.get("parent")


def same(config: Config) -> Config:
    return config


def masked(config: Config) -> Config:
    return replace(config, ablations=Ablations())


def losses(events: list[Event]) -> list[tuple[int, float, float]]:
    return [(event.step, event.loss, event.grad_norm) for event in events if isinstance(event, StepDone)]


def at(run: Run, step: int) -> Path:
    return run.path / f"step-{step:06d}"


def test_a_fork_with_nothing_changed_repeats_the_future_bit_for_bit(parent: Run, store: Store, corpus: Corpus) -> None:
    child = list(fork_run(parent, corpus, store, change=same, checkpoint=at(parent, 4), name="child"))
    assert losses(child) == losses(list(parent.events()))[4:]
    for name in ("model.safetensors", "optimizer.safetensors"):
        tensors = [(at(store.get(run), 8) / name).read_bytes()[-4096:] for run in ("parent", "child")]
        assert tensors[0] == tensors[1]


def test_a_fork_knows_where_it_comes_from_and_leaves_that_alone(parent: Run, store: Store, corpus: Corpus) -> None:
    before = {path: path.read_bytes() for path in parent.path.rglob("*") if path.is_file()}
    list(fork_run(parent, corpus, store, change=same, checkpoint=at(parent, 4), name="child"))
    manifest = store.get("child").manifest()
    assert manifest.parent == "parent/step-000004"
    assert {path: path.read_bytes() for path in before} == before


def test_a_switch_makes_the_difference(parent: Run, store: Store, corpus: Corpus) -> None:
    def change(config: Config) -> Config:
        return replace(config, ablations=config.ablations.with_switch("residual", False))

    child = list(fork_run(parent, corpus, store, change=change, checkpoint=at(parent, 4), name="child"))
    assert isinstance(child[0], Started)
    assert child[0].step == 4
    assert child[0].config["ablations"]["residual"] is False
    assert losses(child) != losses(list(parent.events()))[4:]
    assert not store.get("child").manifest().config.ablations.residual


def test_a_fork_with_the_mask_back_does_not_inherit_what_the_leak_measured(store: Store, corpus: Corpus) -> None:
    model = ModelConfig(vocab_size=corpus.tokenizer.vocab_size, n_layer=1, n_head=1, n_embd=8, block_size=16)
    train = TrainConfig(steps=2, batch_size=4, save_every=1, eval_every=1, sample_every=0, device="cpu")
    leaking = Config(model=model, train=train, ablations=Ablations(causal_mask=False))
    list(new_run(leaking, corpus, store, name="leak"))
    [first, *_] = store.get("leak").checkpoints()
    assert math.isfinite(first.val_loss)
    for name, change in (("same", same), ("masked", masked)):
        list(fork_run(store.get("leak"), corpus, store, change=change, checkpoint=first.path, name=name))
    assert store.get("same").checkpoints()[0].val_loss == first.val_loss
    assert math.isnan(store.get("masked").checkpoints()[0].val_loss)


@pytest.mark.parametrize(
    ("ablations", "is_inherited"),
    [
        (Ablations(grad_clip=False, warmup=False), True),
        (Ablations(mlp=False), False),
        (Ablations(ln_style="post"), False),
    ],
)
def test_only_a_fork_that_is_the_same_function_inherits_what_its_parent_measured(
    store: Store, corpus: Corpus, ablations: Ablations, is_inherited: bool
) -> None:
    model = ModelConfig(vocab_size=corpus.tokenizer.vocab_size, n_layer=1, n_head=1, n_embd=8, block_size=16)
    train = TrainConfig(steps=2, batch_size=4, save_every=1, eval_every=1, sample_every=0, device="cpu")
    list(new_run(Config(model=model, train=train), corpus, store, name="parent"))
    [first, *_] = store.get("parent").checkpoints()

    def change(config: Config) -> Config:
        return replace(config, ablations=ablations)

    list(fork_run(store.get("parent"), corpus, store, change=change, checkpoint=first.path, name="child"))
    inherited = store.get("child").checkpoints()[0].val_loss
    assert inherited == first.val_loss if is_inherited else math.isnan(inherited)


def test_a_fork_can_be_resumed_from_its_first_checkpoint(parent: Run, store: Store, corpus: Corpus) -> None:
    whole = losses(list(fork_run(parent, corpus, store, change=same, checkpoint=at(parent, 4), name="whole")))
    trainer = fork_run(parent, corpus, store, change=same, checkpoint=at(parent, 4), name="cut")
    events = iter(trainer)
    while not isinstance(next(events), StepDone):
        pass
    events.close()  # type: ignore[attr-defined]  # a generator
    assert losses(list(resume_run(store.get("cut"), corpus))) == whole
    assert losses(list(store.get("cut").events())) == whole


def test_what_keeps_its_shape_is_taken_over_and_the_rest_starts_fresh(
    parent: Run, store: Store, corpus: Corpus
) -> None:
    def change(config: Config) -> Config:
        return replace(config, model=replace(config.model, n_layer=3, tied_embeddings=False))

    trainer = fork_run(parent, corpus, store, change=change, checkpoint=at(parent, 4), name="child")
    events = list(trainer)
    [words] = [event.text for event in events if isinstance(event, Noticed)]
    assert words.startswith("29 of 41 weight matrices and vectors have the shape they had and were taken over.")
    from gpt2mini.checkpoint import load_model

    old, new = load_model(at(parent, 4)), load_model(at(store.get("child"), 4))
    assert torch.equal(new.tok_emb.weight, old.tok_emb.weight)
    assert torch.equal(new.lm_head.weight, old.tok_emb.weight)
    assert torch.equal(new.blocks[1].mlp.c_fc.weight, old.blocks[1].mlp.c_fc.weight)
    assert losses(events)[-1][0] == 8


def test_what_cannot_be_forked_is_a_sentence(parent: Run, store: Store, corpus: Corpus) -> None:
    with pytest.raises(
        UsageError,
        match=r"parent has taken 8 of 8 steps already.*counts from the beginning of the run: give more than 8",
    ):
        fork_run(parent, corpus, store, change=same)
    with pytest.raises(DataError, match="not the one"):
        fork_run(parent, corpus_of(TEXT * 2), store, change=same, checkpoint=at(parent, 4))
    with pytest.raises(CannotCreateError):
        fork_run(parent, corpus, store, change=same, checkpoint=at(parent, 4), name="parent")


def test_a_fork_tells_once_which_switches_its_parent_had(parent: Run, store: Store, corpus: Corpus) -> None:
    def broken(config: Config) -> Config:
        return replace(config, ablations=Ablations(mlp=False))

    list(fork_run(parent, corpus, store, change=broken, checkpoint=at(parent, 4), name="child"))
    [told] = [event for event in store.get("child").events() if isinstance(event, Forked)]
    assert (told.step, told.parent, told.was) == (4, "parent/step-000004", Ablations())
    list(fork_run(parent, corpus, store, change=same, checkpoint=at(parent, 4), name="twin"))
    assert not [event for event in store.get("twin").events() if isinstance(event, Forked)]
