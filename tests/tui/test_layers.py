"""What the probes saw stays small, and hides nothing."""

import dataclasses
import math

import pytest

from gpt2mini import events as say
from gpt2mini_tui.folds.layers import QUANTITIES, Layers
from story import Story, told

BY_NAME = {quantity.name: quantity for quantity in QUANTITIES}


def looked(grads: list[float]) -> Layers:
    story, layers = Story(), Layers()
    for step, grad in enumerate(grads, 1):
        story.step = step
        event = story.probed(grad=(grad, 1.0))
        assert isinstance(event, say.Probed)
        layers.add(event)
    return layers


def test_every_quantity_has_a_label_for_every_row() -> None:
    layers = looked([0.1])
    for quantity in QUANTITIES:
        assert len(layers.labels(quantity)) == len(layers.values(quantity)[0])
    assert layers.labels(BY_NAME["entropy"]) == ["0.0", "0.1", "1.0", "1.1"]
    assert layers.labels(BY_NAME["ln in std"]) == ["0 ln1", "0 ln2", "1 ln1", "1 ln2", "ln_f"]


def test_a_million_looks_take_the_space_of_a_few_hundred() -> None:
    layers = looked([0.1] * 5000)
    assert len(layers.looks) <= 256
    assert layers.count == 5000
    assert layers.looks[-1].step == 5000
    assert [look.step for look in layers.looks] == sorted({look.step for look in layers.looks})
    assert layers.values(BY_NAME["gradient"])[7][0] == pytest.approx(0.1)


def test_a_merged_look_is_the_mean_of_the_orders_of_magnitude() -> None:
    layers = looked([1e-8 if step % 2 else 1e-2 for step in range(512)])
    assert len(layers.looks) == 256
    assert layers.values(BY_NAME["gradient"])[10][0] == pytest.approx(1e-5)


def test_a_part_that_was_off_for_a_while_is_not_averaged_away() -> None:
    layers = looked([math.nan if step % 2 else 0.5 for step in range(512)])
    assert all(rows[0] == 0.5 for rows in layers.values(BY_NAME["gradient"]))


def test_a_log_whose_layers_change_begins_anew() -> None:
    story = Story()
    one = story.probed()
    assert isinstance(one, say.Probed)
    history = told(story.started(), one, dataclasses.replace(one, grad_norms=(1.0,)))
    assert len(history.layers.looks) == 1
