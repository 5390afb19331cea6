"""What is seen inside of the network is true, and looking changes nothing."""

import math
from dataclasses import replace

import pytest
import torch

from gpt2mini.ablations import ALL_ON, Ablations
from gpt2mini.batches import eval_windows, train_windows
from gpt2mini.commands import Set
from gpt2mini.config import Config, TrainConfig
from gpt2mini.corpus import Corpus
from gpt2mini.events import Event, Probed, StepDone, from_json, to_json
from gpt2mini.learner import Learner
from gpt2mini.model import GPT2Mini
from gpt2mini.probing import look_inside, probe_rows
from gpt2mini.trainer import Trainer


def probes(events: list[Event]) -> list[Probed]:
    return [event for event in events if isinstance(event, Probed)]


def often(config: Config, every: int) -> Config:
    return replace(config, train=replace(config.train, probe_every=every))


def numbers(events: list[Event]) -> list[tuple[float, float]]:
    return [(event.loss, event.grad_norm) for event in events if isinstance(event, StepDone)]


def test_looking_inside_changes_no_bit(config: Config, corpus: Corpus) -> None:
    unseen, seen = Trainer(often(config, 0), corpus), Trainer(often(config, 1), corpus)
    before, after = list(unseen), list(seen)
    assert numbers(before) == numbers(after)
    assert (len(probes(before)), len(probes(after))) == (0, 10)
    models = [trainer.snapshot().result().model for trainer in (unseen, seen)]
    assert all(map(torch.equal, *(model.parameters() for model in models)))


def test_it_is_looked_at_first_on_schedule_after_a_flip_and_last(config: Config, corpus: Corpus) -> None:
    trainer = Trainer(often(config, 4), corpus)
    found = []
    for event in trainer:
        found.append(event)
        if isinstance(event, StepDone) and event.step == 5:
            trainer.send(Set(name="mlp", value=False))
    assert [event.step for event in probes(found)] == [1, 4, 6, 8, 10]


def test_a_long_run_is_looked_at_some_two_hundred_times() -> None:
    assert [TrainConfig(steps=steps).steps_between_probes for steps in (100, 1000, 100_000)] == [20, 20, 500]
    assert TrainConfig(probe_every=0).steps_between_probes == 0
    assert [probe_rows(block, 32) for block in (64, 256, 512, 4096)] == [2, 2, 1, 1]
    assert probe_rows(64, 12) == 1


def test_every_block_head_and_norm_has_its_number(config: Config, corpus: Corpus) -> None:
    for event in probes(list(Trainer(often(config, 5), corpus))):
        rows = (event.grad_norms, event.update_ratios, event.residual_norms, event.token_cosines)
        assert [len(row) for row in rows] == [2] * 4
        assert [len(heads) for heads in event.attention_entropies] == [2, 2]
        assert len(event.norm_input_means) == len(event.norm_output_stds) == 5
        assert all(0 < ratio < 1 for ratio in event.update_ratios)
        assert from_json(to_json(event)) == event


def test_the_gradient_of_the_blocks_is_part_of_the_whole(config: Config, corpus: Corpus) -> None:
    events = list(Trainer(often(config, 1), corpus))
    for (_, whole), event in zip(numbers(events), probes(events), strict=True):
        assert 0 < math.hypot(*event.grad_norms) < whole


def test_an_update_ratio_is_what_the_weights_did(config: Config, corpus: Corpus) -> None:
    train = config.train
    with Learner(config, device="cpu", threads=1) as learner:
        block = dict(learner.model.blocks[1].named_parameters())
        before = {name: matrix.detach().clone() for name, matrix in block.items() if matrix.dim() == 2}
        x, y = train_windows(corpus.train, seed=0, step=0, batch_size=train.batch_size, block_size=24)
        effect = learner.step(x, y, on=ALL_ON, step=0, lr=1e-2, is_watched=True).effect
        change = math.hypot(*(float((block[name] - old).detach().norm()) for name, old in before.items()))
        assert effect is not None
        assert effect["update_ratios"][1] == pytest.approx(
            change / math.hypot(*(float(m.norm()) for m in before.values()))
        )


def test_an_untrained_model_attends_to_all_of_its_past_alike(config: Config, corpus: Corpus) -> None:
    ids, _ = eval_windows(corpus.val, block_size=24, limit=48)
    seen = look_inside(GPT2Mini(config.model), ids, ALL_ON)
    evenly = sum(math.log(position) for position in range(1, 25)) / 24
    assert seen["attention_entropies"][0] == pytest.approx((evenly, evenly), abs=1e-3)
    unmasked = look_inside(GPT2Mini(config.model), ids, Ablations(causal_mask=False))["attention_entropies"]
    assert unmasked[0] == pytest.approx((math.log(24), math.log(24)), abs=1e-3)
    assert all(abs(mean) < 1e-5 for mean in seen["norm_output_means"])
    assert all(std == pytest.approx(1, abs=0.05) for std in seen["norm_output_stds"])


def test_cosine_and_norm_are_those_of_the_residual_stream(config: Config, corpus: Corpus) -> None:
    model = GPT2Mini(config.model)
    ids, _ = eval_windows(corpus.val, block_size=24, limit=48)
    with torch.no_grad():
        x = model.blocks[0](model.tok_emb(ids) + model.pos_emb.weight, ALL_ON, None)
    cosines = torch.cosine_similarity(x[:, :, None], x[:, None], dim=3)[:, ~torch.eye(24, dtype=torch.bool)]
    seen = look_inside(model, ids, ALL_ON)
    assert seen["token_cosines"][0] == pytest.approx(float(cosines.mean()), abs=1e-4)
    assert seen["residual_norms"][0] == pytest.approx(float(x.norm(dim=2).mean()))


def test_means_and_spreads_are_those_of_what_passes_a_norm(config: Config, corpus: Corpus) -> None:
    model = GPT2Mini(config.model)
    ids, _ = eval_windows(corpus.val, block_size=24, limit=48)
    with torch.no_grad():
        model.blocks[0].ln1.weight.mul_(3).add_(torch.arange(16) / 8)
        model.blocks[0].ln1.bias.add_(0.7)
        x = model.tok_emb(ids) + model.pos_emb.weight
        y = model.blocks[0].ln1(x)
    seen = look_inside(model, ids, ALL_ON)
    for way, passed in (("input", x), ("output", y)):
        means = passed.mean(dim=2)
        spreads = (passed - means[:, :, None]).square().mean(dim=2).sqrt()
        assert seen[f"norm_{way}_means"][0] == pytest.approx(float(means.mean()), rel=1e-3)
        assert seen[f"norm_{way}_stds"][0] == pytest.approx(float(spreads.mean()), rel=1e-3)


def test_what_is_switched_off_has_no_number(config: Config, corpus: Corpus) -> None:
    ids, _ = eval_windows(corpus.val, block_size=24, limit=48)
    seen = look_inside(GPT2Mini(config.model), ids, Ablations(attention=False, ln_style="none"))
    assert all(math.isnan(entropy) for heads in seen["attention_entropies"] for entropy in heads)
    assert all(math.isnan(std) for std in seen["norm_input_stds"])
    assert all(norm > 0 for norm in seen["residual_norms"])


def test_without_residuals_all_positions_become_the_same(config: Config, corpus: Corpus) -> None:
    ids, _ = eval_windows(corpus.val, block_size=24, limit=48)
    model = GPT2Mini(config.model)
    assert look_inside(model, ids, Ablations(residual=False))["token_cosines"][-1] > 0.5
    assert look_inside(model, ids, ALL_ON)["token_cosines"][-1] < 0.4


@pytest.mark.parametrize("row", ["3", '"much"', "[1, []]", "[null]", '["x"]'])
def test_a_row_that_is_not_of_numbers_is_refused(row: str, config: Config, corpus: Corpus) -> None:
    line = to_json(probes(list(Trainer(often(config, 5), corpus)))[0])
    start = line.index('"grad_norms": ') + len('"grad_norms": ')
    broken = line[:start] + row + line[line.index("]", start) + 1 :]
    with pytest.raises(ValueError, match="not a Probed"):
        from_json(broken)
