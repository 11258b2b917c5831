"""Compares final answers, and names the rule that decided."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

from tunix_rt.domain.answers.absent import NO_ANSWER
from tunix_rt.domain.answers.spelling import marked_part, normalize
from tunix_rt.domain.answers.values import (
    KELVIN,
    AnswerChoice,
    AnswerNumber,
    Infinity,
    Ratio,
    Several,
    Value,
    Word,
    read_value,
)

READ_MAX_CHARS = 2_000
"""Longer answers are compared as texts alone."""
MEANINGLESS_SPACE = re.compile(r"(?<!\d)\s+|\s+(?!\d)")
ROUNDED_DECIMALS = 2
"""The least decimals that a rounded number must have to count for a fraction."""


class AnswerVerdict(Enum):
    """Verdict on an answer."""

    CORRECT = "CORRECT"
    WRONG = "WRONG"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class Comparison:
    """A verdict on an answer and the rule that led to it."""

    verdict: AnswerVerdict
    rule: str


def correct(rule: str) -> Comparison:
    """Returns that the answer is right."""
    return Comparison(AnswerVerdict.CORRECT, rule)


def wrong(rule: str) -> Comparison:
    """Returns that the answer is not right."""
    return Comparison(AnswerVerdict.WRONG, rule)


def leave_undecided(rule: str) -> Comparison:
    """Returns that the rules do not decide."""
    return Comparison(AnswerVerdict.UNDECIDED, rule)


def compare_answers(answer: str, reference: str) -> Comparison:
    """Compares an answer with the reference answer.

    Only values that both state plainly are compared; an answer that is no value, such as an expression or a sentence,
    is right if its text is the reference's, and otherwise undecided.
    """
    if answer.strip() == NO_ANSWER:
        return wrong("no answer")
    answer, reference = marked_part(answer), marked_part(reference)
    if max(len(answer), len(reference)) > READ_MAX_CHARS:
        return correct("text") if fold_case(answer) == fold_case(reference) else leave_undecided("length")
    given, wanted = normalize(answer), normalize(reference)
    if fold_case(given) == fold_case(wanted):
        return correct("text")
    left, right = read_value(given), read_value(wanted)
    if left is None or right is None:
        return leave_undecided("no value")
    return compare_values(left, right)


def answer_key(answer: str) -> str:
    """Returns the text that is equal for answers of which ``compare_answers`` finds that their texts are equal."""
    found = marked_part(answer)
    return fold_case(found if len(found) > READ_MAX_CHARS else normalize(found))


def fold_case(text: str) -> str:
    """Returns a text without case, and without spaces except for those between digits."""
    return MEANINGLESS_SPACE.sub("", text.casefold().strip())


def compare_values(left: Value, right: Value) -> Comparison:
    """Compares two values."""
    if isinstance(left, AnswerChoice):
        return compare_choice(left, right)
    if isinstance(right, AnswerChoice):
        return compare_choice(right, left)
    match left, right:
        case AnswerNumber(), AnswerNumber():
            return compare_numbers(left, right)
        case Word(), Word() if left.kind == right.kind:
            return same(left == right, "word")
        case (Infinity(), AnswerNumber() | Infinity()) | (AnswerNumber(), Infinity()):
            return same(left == right, "infinity")
        case Ratio(), Ratio():
            return compare_ratios(left, right)
        case Several(), Several():
            return compare_several(left, right)
    return leave_undecided("different kinds")


def same(is_same: bool, rule: str) -> Comparison:
    """Returns right or not right."""
    return correct(rule) if is_same else wrong(rule)


def compare_choice(choice: AnswerChoice, other: Value) -> Comparison:
    """Compares a choice with another one by letter, and with a value by the text behind its letter."""
    if isinstance(other, AnswerChoice):
        return same(choice.letter == other.letter, "choice")
    behind = read_value(normalize(choice.rest)) if choice.rest else None
    if behind is None or isinstance(behind, AnswerChoice):
        return leave_undecided("choice without value")
    return compare_values(behind, other)


def compare_numbers(left: AnswerNumber, right: AnswerNumber) -> Comparison:
    """Compares two numbers: exactly, or as rounded; a percentage counts by its digits and by its value.

    A unit or currency that only one of them names is taken for granted.
    """
    if left.unit and right.unit and left.unit != right.unit:
        return leave_undecided("units")
    if left.is_percent != right.is_percent:
        return compare_percent(left, right) if left.is_percent else compare_percent(right, left)
    if left.value == right.value:
        return correct("number")
    if {left.unit, right.unit} == {"", KELVIN} and left.value in (right.value * 1000, right.value / 1000):
        return leave_undecided("units")
    return compare_rounded(left, right)


def compare_percent(percent: AnswerNumber, plain: AnswerNumber) -> Comparison:
    """Compares a percentage with a plain number: 50 % is 50 as well as 0.5, exactly or as rounded."""
    if plain.unit:
        return leave_undecided("units")
    decimals = None if percent.decimals is None else percent.decimals + 2
    hundredth = replace(percent, value=percent.value / 100, decimals=decimals, is_percent=False)
    readings = (replace(percent, is_percent=False), hundredth)
    if any(reading.value == plain.value for reading in readings):
        return correct("percent")
    rounded = {found.verdict: found for found in (compare_rounded(reading, plain) for reading in readings)}
    return rounded.get(AnswerVerdict.CORRECT) or rounded.get(AnswerVerdict.UNDECIDED) or wrong("percent")


def compare_rounded(left: AnswerNumber, right: AnswerNumber) -> Comparison:
    """Compares numbers that differ: a fraction is also right as a decimal with two or more decimals.

    Of two decimals, the one that is the other rounded is undecided.
    """
    if (left.decimals is None) != (right.decimals is None):
        exact, decimal = (left, right) if left.decimals is None else (right, left)
        decimals = decimal.decimals or 0
        if is_rounded(exact.value, decimal.value, decimals):
            return correct("rounded") if decimals >= ROUNDED_DECIMALS else leave_undecided("rounded")
    elif left.decimals is not None and right.decimals is not None and left.decimals != right.decimals:
        short, long = sorted((left, right), key=lambda number: number.decimals or 0)
        if short.decimals and is_rounded(long.value, short.value, short.decimals):
            return leave_undecided("rounded")
    return wrong("number")


def is_rounded(exact: Fraction, rounded: Fraction, decimals: int) -> bool:
    """Returns whether a number is another one, rounded to the nearest at its last decimal."""
    return abs(exact - rounded) * 2 <= Fraction(1, 10**decimals)


def compare_ratios(left: Ratio, right: Ratio) -> Comparison:
    """Compares two ratios by proportion; zeros in front, as in times of day, leave it undecided."""
    if len(left.parts) != len(right.parts):
        return wrong("ratio")
    if left.parts == right.parts:
        return correct("ratio")
    if ":0" in left.text + right.text or not all((*left.parts, *right.parts)):
        return leave_undecided("time of day")
    quotients = {a / b for a, b in zip(left.parts, right.parts, strict=True)}
    return same(len(quotients) == 1, "ratio")


def compare_several(left: Several, right: Several) -> Comparison:
    """Compares two collections: sets and lists without brackets in any order, tuples and intervals in theirs."""
    if len(left.items) != len(right.items):
        return wrong("number of items")
    if left.opening and right.opening and (left.opening, left.closing) != (right.opening, right.closing):
        return wrong("brackets") if "{" not in (left.opening, right.opening) else leave_undecided("brackets")
    in_order = compare_items(left.items, right.items)
    if in_order.verdict is AnswerVerdict.CORRECT or {"(", "["} & {left.opening, right.opening}:
        return in_order
    in_size = compare_items(sorted(left.items, key=order_of), sorted(right.items, key=order_of))
    if in_size.verdict is AnswerVerdict.CORRECT:
        return in_size
    is_open = AnswerVerdict.UNDECIDED in (in_order.verdict, in_size.verdict)
    return leave_undecided("items") if is_open or has_some_percent(left) or has_some_percent(right) else in_size


def compare_items(left: Sequence[Value], right: Sequence[Value]) -> Comparison:
    """Compares the items of two collections, each with the one in its place."""
    verdicts = {compare_values(one, other).verdict for one, other in zip(left, right, strict=True)}
    if AnswerVerdict.UNDECIDED in verdicts:
        return leave_undecided("items")
    return same(verdicts == {AnswerVerdict.CORRECT}, "items")


def order_of(item: Value) -> tuple[int, Fraction | float, str]:
    """Returns the sort key of an item of a set: numbers by their values, then words."""
    if isinstance(item, AnswerNumber):
        return 0, item.value, item.unit
    if isinstance(item, Infinity):
        return 0, item.sign * math.inf, ""
    return 1, 0, item.word if isinstance(item, Word) else ""


def has_some_percent(several: Several) -> bool:
    """Returns whether some items are percentages and others are not, whose order in size depends on the reading."""
    return len({isinstance(item, AnswerNumber) and item.is_percent for item in several.items}) > 1
