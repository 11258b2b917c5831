"""The values of final answers at their limits: digits, signs, brackets, units."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tunix_rt.domain.answers.values import DIGITS_MAX, ITEMS_MAX, AnswerNumber, Infinity, Ratio, Several, read_value

LONGEST = "7" * DIGITS_MAX
TOO_LONG = LONGEST + "7"


@pytest.mark.parametrize(
    "form",
    ["{}", "0.{}", "1/{}", "1 {}/3", "{} 1/3", "1 1/{}", "{}:4", "4:{}"],
    ids=["whole", "decimals", "below", "above in mixed", "whole in mixed", "below in mixed", "left", "right"],
)
def test_digits_are_limited_wherever_they_are(form: str):
    assert isinstance(read_value(form.format(LONGEST)), AnswerNumber | Ratio)
    assert read_value(form.format("7")) is not None
    assert read_value(form.format(TOO_LONG)) is None


@pytest.mark.parametrize("sign", ["", "-"])
def test_the_exponent_is_limited(sign: str):
    found = read_value(f"3e{sign}{DIGITS_MAX}")

    assert isinstance(found, AnswerNumber)
    assert found.value == 3 * Fraction(10) ** int(f"{sign}{DIGITS_MAX}")
    assert read_value(f"3e{sign}{DIGITS_MAX + 1}") is None


@pytest.mark.parametrize(
    ("text", "sign"), [("inf", 1), ("+inf", 1), ("-inf", -1), ("+ Infinity", 1), ("- infinity", -1)]
)
def test_infinity_has_its_sign(text: str, sign: int):
    found = read_value(text)

    assert isinstance(found, Infinity)
    assert found.sign == sign
    assert type(found.sign) is int


def test_one_value_is_a_collection_in_braces_only():
    assert read_value("{5}") == Several("{", "}", (AnswerNumber(Fraction(5), 0),))
    assert read_value("(5)") == AnswerNumber(Fraction(5), 0)
    assert read_value("[5]") is None
    assert read_value("{}") is None


def test_the_items_of_a_collection_are_limited():
    found = read_value(",".join(map(str, range(ITEMS_MAX))))

    assert isinstance(found, Several)
    assert len(found.items) == ITEMS_MAX
    assert read_value(",".join(map(str, range(ITEMS_MAX + 1)))) is None


@pytest.mark.parametrize(
    ("tail", "unit"),
    [
        ("s", "second"),
        ("ms", "ms"),
        ("lbs", "pound"),
        ("cats", "cat"),
        ("cat", "cat"),
        ("gas", "gas"),
        ("euros", "EUR"),
    ],
)
def test_plurals_of_longer_units_are_the_same_unit(tail: str, unit: str):
    found = read_value(f"3 {tail}")

    assert isinstance(found, AnswerNumber)
    assert found.unit == unit
