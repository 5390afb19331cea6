"""How times, speeds and sizes are said."""

from math import inf, nan

import pytest

from gpt2mini_tui.words import difference, duration, loss, millions, rate


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "0 s"),
        (45, "45 s"),
        (130, "2 min 10 s"),
        (3600 * 3 + 300, "3 h 5 min"),
        (-1, "0 s"),
        (nan, "–"),
        (inf, "–"),
    ],
)
def test_a_time_is_told_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(("speed", "said"), [(850.4, "850 tok/s"), (12_420, "12.4k tok/s"), (nan, "–")])
def test_a_speed_has_its_unit(speed: float, said: str) -> None:
    assert rate(speed) == said


@pytest.mark.parametrize(
    ("parameters", "said"), [(834_176, "0.83M"), (100_000, "0.10M"), (12_345, "12k"), (950, "950")]
)
def test_parameters_are_told_in_millions_once_there_are_enough(parameters: int, said: str) -> None:
    assert millions(parameters) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (2.3456, "2.346"),
        (123.456, "123.46"),
        (999.95, "1000"),
        (6.67e8, "6.7e8"),
        (-1e12, "-1.0e12"),
        (3.4e38, "3.4e38"),
        (nan, "–"),
    ],
)
def test_a_loss_fits_its_column_however_large_it_is(value: float, said: str) -> None:
    assert loss(value) == said
    assert len(said.removeprefix("-")) <= 6


def test_a_difference_of_losses_has_its_sign_and_is_as_short() -> None:
    said = [difference(value) for value in (0.25, -0.25, 0.0, 3.86e9, -8.85e10, nan)]
    assert said == ["+0.250", "-0.250", "+0.000", "+3.9e9", "-8.8e10", "–"]
