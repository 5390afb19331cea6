"""Two devices that take the same steps are told from two that do not."""

import math

import pytest

from gpt2mini.agreement import TOLERANCE, Agreement, compare


def test_the_cpu_agrees_with_itself_to_the_bit_and_learns() -> None:
    found = compare("cpu", steps=6)
    assert len(found.expected) == 6
    assert found.expected == found.found
    assert found.difference == 0
    assert found.is_close
    assert found.expected[-1] < found.expected[0]


@pytest.mark.parametrize(
    ("other", "difference", "is_close"),
    [
        ((3.0, 2.0), 0.0, True),
        ((3.0, 2.0 + TOLERANCE / 2), TOLERANCE / 2, True),
        ((3.0, 3.0), 1.0, False),
        ((2.5, 2.0), 0.5, False),
        ((3.0, math.nan), math.inf, False),
        ((math.inf, 2.0), math.inf, False),
        ((), math.inf, False),
    ],
)
def test_losses_that_part_are_noticed(other: tuple[float, ...], difference: float, is_close: bool) -> None:
    found = Agreement(device="mps", expected=(3.0, 2.0)[: len(other)], found=other)
    assert found.difference == pytest.approx(difference)
    assert found.is_close is is_close
