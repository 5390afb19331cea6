"""Cards, judged on recorded numbers: what they say, and when they cannot tell."""

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from gpt2mini.config import TrainConfig, parameter_count
from gpt2mini.errors import NotFoundError
from gpt2mini.experiments.cards import Card, Choice, Claim, judge
from gpt2mini.experiments.deck import CANDIDATES, DECK, find_card
from gpt2mini.experiments.notebook import Entry, entries, latest, remember
from gpt2mini.experiments.quantities import QUANTITIES, Quantity
from gpt2mini.paths import Home
from recorded import BASELINE, DEAD, NO_ATTENTION

CARD = Card(
    name="test",
    title="A test",
    question="What happens?",
    choices=(
        Choice(key="a", text="nothing", low=-0.1, high=0.1),
        Choice(key="b", text="it is worse", low=0.1),
        Choice(key="c", text="it is better", high=-0.1),
    ),
    expected="b",
    quantity=Quantity(kind="delta", arms=("broken", "baseline")),
    settings={"steps": 5},
    arms=(("baseline", {}), ("broken", {"residual": False})),
    watch="",
    explanation="It lost {delta}, and the gradient {vanish}.",
    equation="",
    paper="",
    otherwise="Something else happened.",
    claims=(Claim(text="it collapses", quantity=Quantity(kind="cosine", arms=("broken",)), low=0.98),),
    numbers={
        "delta": Quantity(kind="delta", arms=("broken", "baseline")),
        "vanish": Quantity(kind="vanishing", arms=("broken",)),
    },
)


def test_a_verdict_is_bound_to_its_numbers() -> None:
    verdict = judge(CARD, [{"baseline": BASELINE, "broken": DEAD}])
    assert (verdict.word, verdict.answer) == ("as expected", "b")
    assert verdict.text == "It is worse: +0.82 nats."
    assert verdict.explanation == "It lost +0.82 nats, and the gradient a factor of 2e+06."


def test_a_run_that_comes_out_differently_is_told_so() -> None:
    better = replace(BASELINE, val=BASELINE.val - 0.3)
    verdict = judge(CARD, [{"baseline": BASELINE, "broken": better}])
    assert (verdict.word, verdict.answer) == ("different", "c")
    assert verdict.explanation == "Something else happened."


def test_a_claim_that_fails_is_named() -> None:
    verdict = judge(CARD, [{"baseline": BASELINE, "broken": NO_ATTENTION}])
    assert (verdict.word, verdict.answer) == ("different", "b")
    assert "not seen: it collapses (0.21)" in verdict.text


@pytest.mark.parametrize("delta", [0.06, 0.1, 0.14, -0.12])
def test_a_number_within_the_noise_of_a_boundary_cannot_tell(delta: float) -> None:
    verdict = judge(CARD, [{"baseline": BASELINE, "broken": replace(DEAD, val=BASELINE.val + delta)}])
    assert (verdict.word, verdict.answer) == ("cannot tell", "")


def test_seeds_that_agree_can_tell_more_than_one() -> None:
    runs = [
        {"baseline": replace(BASELINE, val=val), "broken": replace(DEAD, val=val + 0.13 + wiggle)}
        for val, wiggle in ((2.3, 0.002), (2.31, 0.0), (2.29, -0.002))
    ]
    assert judge(CARD, runs[:1]).word == "cannot tell"
    assert judge(CARD, runs).word == "as expected"


def test_a_run_that_is_missing_cannot_tell() -> None:
    assert judge(CARD, [{"baseline": BASELINE}]).word == "cannot tell"
    assert judge(CARD, []).word == "cannot tell"


def test_divergence_is_as_bad_as_it_gets() -> None:
    verdict = judge(CARD, [{"baseline": BASELINE, "broken": replace(DEAD, reason="diverged")}])
    assert (verdict.answer, verdict.value) == ("b", math.inf)
    assert verdict.text == "It is worse: the run diverged."


@pytest.mark.parametrize(
    ("kind", "value"),
    [("train", 2.298), ("rise", 0.118), ("gap", 0.02), ("growth", 1.5), ("cosine", 0.3376), ("vanishing", 0.858)],
)
def test_a_number_is_read_off_one_run(kind: str, value: float) -> None:
    one = replace(BASELINE, best_val=2.2, first_residual_norms=(0.2, 0.25, 0.3))
    assert Quantity(kind=kind, arms=("arm",)).of({"arm": one}) == pytest.approx(value, abs=1e-3)


def test_numbers_of_a_task_are_shares_of_its_problems() -> None:
    slow = replace(BASELINE, step=500, exact=0.9, exams=((0, 0.0), (100, 0.1), (200, 0.6), (300, 0.7), (500, 0.9)))
    runs = {"slow": slow, "never": replace(BASELINE, step=500, exact=0.02, exams=((0, 0.0), (500, 0.02)))}
    assert Quantity(kind="lead", arms=("slow", "never")).of(runs) == pytest.approx(0.88)
    assert Quantity(kind="leap", arms=("slow",)).of(runs) == pytest.approx(0.5)
    assert Quantity(kind="leap", arms=("never",)).of(runs) == 0
    told = replace(
        CARD,
        quantity=Quantity(kind="lead", arms=("slow", "never")),
        choices=(Choice(key="a", text="alike", high=0.3), Choice(key="b", text="one leads", low=0.3)),
        claims=(Claim(text="never is right", quantity=Quantity(kind="exact", arms=("never",)), low=0.5),),
    )
    assert judge(told, [runs]).text == "One leads: +88 percentage points. But not seen: never is right (2 %)."


def test_what_a_training_loss_costs_is_told_beside_another() -> None:
    runs = {"noisy": replace(BASELINE, loss=2.5), "plain": replace(BASELINE, loss=2.2)}
    assert Quantity(kind="cost", arms=("noisy", "plain")).of(runs) == pytest.approx(0.3)
    runs["noisy"] = replace(BASELINE, reason="diverged")
    assert Quantity(kind="cost", arms=("noisy", "plain")).of(runs) == math.inf


@pytest.mark.parametrize("kind", QUANTITIES)
def test_no_number_is_read_off_a_run_that_is_not_there(kind: str) -> None:
    assert math.isnan(Quantity(kind=kind, arms=("arm", "arm")).of({}))


def test_growth_is_not_told_where_nobody_looked() -> None:
    assert math.isnan(Quantity(kind="growth", arms=("arm",)).of({"arm": BASELINE}))


def test_no_visible_effect_is_a_verdict_and_two_seeds_near_the_edge_are_none() -> None:
    card = find_card("no-positions", is_calibrated=False)

    def played(*deltas: float) -> tuple[str, str]:
        runs = [{"baseline": BASELINE, "no positions": replace(BASELINE, val=BASELINE.val + one)} for one in deltas]
        verdict = judge(card, runs)
        return verdict.word, verdict.answer

    assert played(0.07) == ("as expected", "b")
    assert played(0.07, 0.06, 0.08) == ("as expected", "b")
    assert played(0.4) == ("different", "a")
    assert played(-0.4) == ("different", "c")
    assert played(0.17) == played(0.1, 0.3) == ("cannot tell", "")


@pytest.mark.parametrize("card", (DECK | CANDIDATES).values(), ids=DECK | CANDIDATES)
def test_a_card_is_whole(card: Card) -> None:
    assert find_card(card.name, is_calibrated=False) is card
    assert card.choice(card.expected) is not None
    assert len({choice.key for choice in card.choices}) == len(card.choices) >= 2
    labels = {label for label, _ in card.arms}
    asked = [card.quantity, *(claim.quantity for claim in card.claims), *card.numbers.values()]
    assert all(set(quantity.arms) <= labels and quantity.kind in QUANTITIES for quantity in asked)
    assert card.explanation.format(**dict.fromkeys(card.numbers, "1")) != card.explanation
    arms = card.as_arms()
    assert len({arm.config for arm in arms}) == len(arms)
    assert all(arm.config.train.steps <= 600 < TrainConfig().steps for arm in arms)


@pytest.mark.parametrize("card", (DECK | CANDIDATES).values(), ids=DECK | CANDIDATES)
def test_the_bands_of_a_card_meet_without_gap_or_overlap(card: Card) -> None:
    edges = sorted((choice.low, choice.high) for choice in card.choices)
    assert (edges[0][0], edges[-1][1]) == (-math.inf, math.inf)
    assert [high for _, high in edges[:-1]] == [low for low, _ in edges[1:]]


@pytest.mark.parametrize("card", (DECK | CANDIDATES).values(), ids=DECK | CANDIDATES)
def test_a_card_says_where_it_comes_from_and_quotes_only_what_was_measured(card: Card) -> None:
    assert all((card.theme, card.watch, card.otherwise, card.equation))
    assert re.search(r"[A-Z]\w+ .*\b(19|20)\d\d, [A-Z]", card.paper)
    assert not re.search(r"\d\s*(nats|times)\b", card.explanation)
    told = set(re.findall(r"{(\w+)}", card.explanation))
    assert told == set(card.numbers)


@pytest.mark.parametrize("card", (DECK | CANDIDATES).values(), ids=DECK | CANDIDATES)
def test_a_card_is_cheap_enough_to_be_played_at_once(card: Card) -> None:
    operations = 0.0
    for arm in card.as_arms():
        model, train = replace(arm.config.model, vocab_size=100), arm.config.train
        operations += 6.0 * parameter_count(model) * train.steps * train.batch_size * model.block_size
    assert operations < 2e12  # a minute at the few 10 GFLOP/s that one core has to spare


def test_every_card_has_its_evidence() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cards.md").read_text("utf-8")
    assert [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")] == list(DECK)


def test_a_card_that_is_not_there_is_missed() -> None:
    for name in ("nothing", *CANDIDATES):
        with pytest.raises(NotFoundError):
            find_card(name)


def entry(card: str, prediction: str, value: float = 0.5) -> Entry:
    return Entry(card=card, prediction=prediction, answer="b", word="as expected", value=value, text="", corpus="tales")


def test_what_was_measured_is_remembered(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert list(entries(home)) == []
    for one in (entry("x", "a"), entry("y", "b", math.inf), entry("x", "b")):
        remember(home, one)
    assert [one.prediction for one in entries(home)] == ["a", "b", "b"]
    assert latest(home)["x"].is_right
    assert latest(home)["y"].value is None


def test_a_line_that_is_no_entry_is_passed_over(tmp_path: Path) -> None:
    home = Home(tmp_path)
    remember(home, entry("x", "a"))
    with open(home.learn / "answers.jsonl", "a", encoding="utf-8") as file:
        file.write('{"card": 3}\n[]\n{"card"\nnull\n' + "[" * 100_000 + "\n")
    remember(home, entry("y", "a"))
    assert [one.card for one in entries(home)] == ["x", "y"]
