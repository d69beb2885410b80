"""Money: rounded once, half a cent up, and written as each language does."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.money import percentage, price, rounded


@pytest.mark.parametrize(("numerator", "cents"), [(0, 0), (4_999, 0), (5_000, 1), (14_999, 1), (15_000, 2)])
def test_half_a_cent_is_rounded_up(numerator: int, cents: int) -> None:
    assert rounded(numerator, 10_000) == cents


@given(st.integers(0, 10**12), st.integers(1, 10_000))
def test_what_is_rounded_is_never_further_off_than_half_a_cent(numerator: int, denominator: int) -> None:
    assert Fraction(-1, 2) < rounded(numerator, denominator) - Fraction(numerator, denominator) <= Fraction(1, 2)


def test_prices_and_rates_are_written_as_the_language_writes_them() -> None:
    assert price(149700, "en") == "€1,497.00"
    assert price(149705, "fr") == "1\u202f497,05\u00a0€"
    assert percentage(2000, "en") == "20%"
    assert percentage(550, "fr") == "5,5\u00a0%"
