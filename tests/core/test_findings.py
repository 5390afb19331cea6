"""What may be said of an experiment, tried on recorded runs."""

import math
from dataclasses import replace

import pytest

from gpt2mini.experiments.findings import compare, is_dead, parts_at, table_rows, turning_point
from gpt2mini.experiments.measure import Measurement, reached
from gpt2mini.experiments.statistics import difference, spread, student
from recorded import BASELINE, DEAD, HELD, HELD_WITHOUT_RESIDUAL, NO_ATTENTION, NO_MLP, POST_LN, WARM_POST_LN, scored


@pytest.mark.parametrize("run", [DEAD, POST_LN])
def test_a_dead_model_is_known_by_its_fingerprint(run: Measurement) -> None:
    finding = compare("it", [run], [BASELINE])
    assert finding.word == "dead"
    assert "3.143 is the 1-gram line (3.162), token cosine 1.00" in finding.text


@pytest.mark.parametrize("cosine", [0.9995, 0.9])
def test_nothing_is_dead_beside_a_baseline_that_has_not_left_the_line_itself(cosine: float) -> None:
    baseline = [replace(one, token_cosines=(cosine,)) for one in scored(HELD, 3.177, 3.1764)]
    rows = table_rows(["baseline", "no residual"], [baseline, scored(HELD_WITHOUT_RESIDUAL, 3.178, 3.179)])
    assert rows[0].finding.text == "baseline: 3.177 ± 0.000 over 2 seeds, still on the 1-gram line (3.162)."
    assert rows[1].finding.word == "cannot tell"
    also = ", token cosine 1.00" if cosine > 0.98 else ""
    assert rows[1].finding.text == (
        "no residual: cannot tell, it is at 3.178, and the baseline itself has not yet learnt more than how frequent "
        f"each token is (3.177, 1-gram line 3.162{also}). More --steps would tell."
    )


@pytest.mark.parametrize("losses", [(3.31, 3.32, 3.30), (3.17, 3.18, 3.19), (3.11, 3.12, 3.13)])
def test_nothing_is_better_or_as_good_beside_a_baseline_that_knows_no_more_than_frequencies(
    losses: tuple[float, ...],
) -> None:
    finding = compare("it", scored(BASELINE, *losses), scored(BASELINE, 3.321, 3.331, 3.311))
    assert finding.word == "cannot tell"
    assert "has not yet learnt more than how frequent each token is (3.321, 1-gram line 3.162)" in finding.text


def test_what_has_learnt_more_than_a_baseline_on_the_line_is_better() -> None:
    assert compare("warm-up", [WARM_POST_LN], [POST_LN]).word == "better"


def test_what_is_the_same_to_the_last_digit_is_so_beside_any_baseline() -> None:
    assert compare("no dropout", [HELD], [HELD]).word == "no visible effect"


def test_worse_is_said_beside_any_baseline() -> None:
    assert compare("lr 1", scored(BASELINE, 5.0), [HELD]).word == "worse"


def test_one_dead_seed_of_the_baseline_is_enough_to_tell_nothing() -> None:
    assert compare("it", scored(DEAD, 3.178, 3.178), [BASELINE, HELD]).word == "cannot tell"


def test_dead_is_never_said_within_the_noise() -> None:
    assert compare("it", scored(DEAD, 3.15), scored(BASELINE, 3.10)).word == "cannot tell"
    assert compare("it", scored(DEAD, 3.15, 3.15), scored(BASELINE, 3.09, 2.0)).word == "cannot tell"


@pytest.mark.parametrize("run", [BASELINE, WARM_POST_LN, NO_ATTENTION, NO_MLP])
def test_a_model_that_lives_is_not_called_dead(run: Measurement) -> None:
    assert not is_dead(run)


def test_positions_alike_are_not_dead_while_the_gradient_reaches_the_first_block() -> None:
    assert is_dead(DEAD)
    assert not is_dead(replace(DEAD, grad_norms=(0.4, 1.0)))


def test_a_loss_that_is_on_the_line_by_chance_is_not_dead() -> None:
    assert not is_dead(replace(BASELINE, val=3.162))


def test_a_verdict_quotes_its_numbers() -> None:
    finding = compare("no mlp", [NO_MLP], [BASELINE])
    assert finding.word == "worse"
    assert finding.text == "no mlp is worse by 0.239 nats (noise 0.050, assumed, one seed)."


def test_one_seed_cannot_tell_a_small_difference() -> None:
    finding = compare("it", scored(BASELINE, 2.35), [BASELINE])
    assert finding.word == "cannot tell"
    assert "--seeds 3 would tell more" in finding.text


def test_seeds_that_disagree_cannot_tell_either() -> None:
    finding = compare("it", scored(BASELINE, 2.5, 2.2, 2.4), scored(BASELINE, 2.3, 2.3, 2.3))
    assert finding.word == "cannot tell"
    assert "3 seeds" in finding.text


def test_no_effect_is_only_said_where_seeds_rule_one_out() -> None:
    finding = compare("it", scored(BASELINE, 2.301, 2.333, 2.289), scored(BASELINE, 2.300, 2.330, 2.290))
    assert finding.word == "no visible effect"


def test_a_difference_too_small_to_see_is_no_effect_however_sure() -> None:
    finding = compare("it", scored(BASELINE, 2.302, 2.332, 2.292), scored(BASELINE, 2.300, 2.330, 2.290))
    assert finding.word == "no visible effect"


def test_a_part_that_takes_no_part_is_named_as_such() -> None:
    finding = compare("no dropout", [BASELINE], [BASELINE])
    assert (finding.word, "to the last digit" in finding.text) == ("no visible effect", True)


def test_better_is_said_as_readily_as_worse() -> None:
    assert compare("it", scored(BASELINE, 2.1), [BASELINE]).word == "better"


def test_divergence_is_a_result_with_a_name() -> None:
    broken = replace(BASELINE, reason="diverged", broken="blocks.0.mlp.c_fc.weight at step 17")
    finding = compare("lr 100", [broken, BASELINE], [BASELINE, BASELINE])
    assert finding.word == "diverged"
    assert finding.text == "lr 100 diverged in 1 of 2 runs: first not finite was blocks.0.mlp.c_fc.weight at step 17."


def test_nothing_is_said_beside_a_baseline_that_diverged_or_a_loss_that_is_missing() -> None:
    broken = replace(BASELINE, reason="diverged")
    assert compare("it", [BASELINE], [broken]).word == "cannot tell"
    assert compare("it", [replace(BASELINE, val=math.nan, loss=math.nan)], [BASELINE]).word == "cannot tell"


def test_a_table_compares_as_many_pairs_as_there_are() -> None:
    rows = table_rows(["baseline", "it", "not yet"], [scored(BASELINE, 2.3, 2.4), scored(BASELINE, 2.5), []])
    assert [(row.label, row.score.count, row.delta.pairs) for row in rows] == [("baseline", 2, 2), ("it", 1, 1)]
    assert rows[1].delta.mean == pytest.approx(0.2)


def test_the_noise_of_several_pairs_is_that_of_students_t() -> None:
    delta = difference([2.0, 2.2, 2.4], [1.0, 1.0, 1.0])
    assert delta.mean == pytest.approx(1.2)
    assert delta.noise == pytest.approx(4.303 * 0.2 / math.sqrt(3))
    assert [round(student(n), 2) for n in (1, 4, 15, 30, 1000)] == [12.71, 2.78, 2.13, 2.04, 1.96]


def test_a_spread_leaves_out_what_was_not_measured() -> None:
    assert spread([1.0, math.nan, 3.0]).count == 2
    assert math.isnan(spread([]).mean)


def test_the_lowest_line_that_was_passed_is_named() -> None:
    lines = {"uniform": 4.2, "1-gram": 3.1, "2-gram": 2.4}
    assert [reached(loss, lines) for loss in (5.0, 3.0, 2.39, 2.0, math.nan)] == ["", "1-gram", "1-gram", "2-gram", ""]


def falling(*losses: float, val: float = 2.0) -> Measurement:
    """Return a run with a loss at every tenth step."""
    points = tuple((10.0 * place, loss) for place, loss in enumerate(losses))
    return replace(BASELINE, losses=points, loss=losses[-1], val=val)


def test_a_part_begins_to_matter_where_a_run_without_it_stays_behind() -> None:
    baseline = falling(4.0, 3.0, 2.5, 2.0, 1.5)
    assert parts_at(falling(4.0, 3.0, 2.6, 2.3, 2.2), baseline) == 20
    assert parts_at(falling(4.2, 3.3, 2.5, 2.0, 1.5), baseline) is None  # it took longer, and caught up
    assert parts_at(falling(4.2, 2.9, 2.5, 2.0, 1.9), baseline) == 40
    assert parts_at(falling(4.2, 3.2, 2.8, 2.3, 1.9), baseline) == 0


def test_the_turning_point_is_told_with_its_numbers() -> None:
    baseline, behind = falling(4.0, 3.0, 2.0), falling(4.0, 3.0, 2.4)
    rows = table_rows(["baseline", "no attention"], [[baseline], [behind]])
    assert turning_point(rows, "no attention").startswith("no attention, 250 steps: it begins to matter at step 20;")
    tied = table_rows(["baseline", "no attention"], [[falling(4.0, 0.1)], [falling(4.0, 0.09, val=math.nan)]])
    text = turning_point(tied, "no attention")
    assert "it never begins to matter, the training loss ends -0.010 nats from it." in text
    assert "learning it by heart" in text
    assert turning_point(rows, "no mlp") == ""
