"""What the probes saw stays small, and hides nothing."""

import dataclasses
import math

import pytest

from gpt2mini import events as say
from gpt2mini.probes import PROBES
from gpt2mini_tui.folds.layers import Layers
from story import Story, told

BY_NAME = {probe.name: probe for probe in PROBES}


def looked(grads: list[float]) -> Layers:
    story, layers = Story(), Layers()
    for step, grad in enumerate(grads, 1):
        story.step = step
        event = story.probed(grad=(grad, 1.0))
        assert isinstance(event, say.Probed)
        layers.add(event)
    return layers


def test_every_probe_has_a_label_for_every_row() -> None:
    layers = looked([0.1])
    for probe in PROBES:
        assert len(layers.labels(probe)) == len(layers.values(probe)[0])
    assert layers.labels(BY_NAME["attention_entropies"]) == ["0.0", "0.1", "1.0", "1.1"]
    assert layers.labels(BY_NAME["norm_input_stds"]) == ["0 ln1", "0 ln2", "1 ln1", "1 ln2", "ln_f"]


def test_a_million_looks_take_the_space_of_a_few_hundred() -> None:
    layers = looked([0.1] * 5000)
    assert len(layers.looks) <= 256
    assert layers.count == 5000
    assert layers.looks[-1].step == 5000
    assert [look.step for look in layers.looks] == sorted({look.step for look in layers.looks})
    assert layers.values(BY_NAME["grad_norms"])[7][0] == pytest.approx(0.1)


def test_a_merged_look_is_the_mean_of_the_orders_of_magnitude() -> None:
    layers = looked([1e-8 if step % 2 else 1e-2 for step in range(512)])
    assert len(layers.looks) == 256
    assert layers.values(BY_NAME["grad_norms"])[10][0] == pytest.approx(1e-5)


def test_a_part_that_was_off_for_a_while_is_not_averaged_away() -> None:
    layers = looked([math.nan if step % 2 else 0.5 for step in range(512)])
    assert all(rows[0] == 0.5 for rows in layers.values(BY_NAME["grad_norms"]))


def test_a_log_whose_layers_change_begins_anew() -> None:
    story = Story()
    one = story.probed()
    assert isinstance(one, say.Probed)
    history = told(story.started(), one, dataclasses.replace(one, grad_norms=(1.0,)))
    assert len(history.layers.looks) == 1


def test_a_log_that_began_before_a_probe_was_measured_goes_on_with_it() -> None:
    story, layers = Story(), Layers()
    for step in range(1, 601):
        story.step = step
        event = story.probed(cosine=() if step <= 400 else (0.2, 0.3))
        assert isinstance(event, say.Probed)
        layers.add(event)
    cosines = layers.values(BY_NAME["token_cosines"])
    assert len(cosines) == len(layers.looks) > 128
    assert all(map(math.isnan, cosines[0]))
    assert cosines[-1] == pytest.approx((0.2, 0.3))
    assert layers.values(BY_NAME["grad_norms"])[0] == pytest.approx((0.3, 0.2))
