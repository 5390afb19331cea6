"""Scaling laws, found again in points that were made from them."""

import math

import pytest

from gpt2mini.experiments.fits import with_floor, without_floor

SIZES = [344e3, 1.28e6, 3.40e6, 5.71e6, 15.7e6]
ANCESTOR = [3.92, 3.44, 3.07, 2.86, 2.37]
"""What the program before this one measured, on Japanese text."""


def test_the_ancestors_exponent_is_found_again() -> None:
    law = without_floor(SIZES, ANCESTOR)
    assert law is not None
    assert law.exponent.value == pytest.approx(-0.129, abs=0.001)
    assert law.exponent.low < -0.129 < law.exponent.high


def test_a_law_without_noise_is_found_exactly() -> None:
    law = without_floor(SIZES, [8 * size**-0.07 for size in SIZES])
    assert law is not None
    assert (law.a, law.exponent.value) == (pytest.approx(8), pytest.approx(-0.07))
    assert (law.exponent.half, law.error) == (pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-9))


def test_an_irreducible_part_is_found() -> None:
    law = with_floor(SIZES, [1.5 + 60 * size**-0.3 for size in SIZES])
    assert law is not None
    assert law.floor.value == pytest.approx(1.5, abs=1e-3)
    assert law.exponent.value == pytest.approx(-0.3, abs=1e-3)
    assert law.floor.half < 0.01


def test_noise_widens_the_intervals_and_they_hold_the_truth() -> None:
    wiggle = [0.01, -0.012, 0.008, 0.004, -0.009]
    law = with_floor(SIZES, [1.5 + 60 * size**-0.3 + w for size, w in zip(SIZES, wiggle, strict=True)])
    assert law is not None
    assert law.floor.low < 1.5 < law.floor.high
    assert law.exponent.low < -0.3 < law.exponent.high
    assert law.floor.half > 0.05


def test_what_cannot_be_fitted_is_not() -> None:
    assert without_floor([1e6, 1e6], [3.0, 3.1]) is None
    assert with_floor(SIZES[:3], ANCESTOR[:3]) is None
    assert with_floor(SIZES, ANCESTOR[::-1]) is None
    two = without_floor(SIZES[:2], ANCESTOR[:2])
    assert two is not None
    assert math.isnan(two.exponent.half)
