"""Claims of arithmetic in a text, such as ``<<8*3=24>>`` or ``12 + 5 = 17``, and whether they hold.

Only plus, minus, times and divided by, over numbers and parentheses, are computed, exactly. There are no powers, so a
claim costs no more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from tunix_rt.domain.answers.comparison import is_rounded

MARK = re.compile(r"<<([^<>]*)>>")
LIST_MARK = re.compile(r"^[ \t]*(?:[-*\u2022]|\d{1,3}[.)])[ \t]+", re.MULTILINE)
CONTINUED = re.compile(r"\n[^\S\n]{0,40}(?==)|(?<==)[^\S\n]{0,40}\n")
"""A line end at an equals sign, behind which a claim goes on."""
RUN = re.compile(r"(?:[\d($]|\.\d)(?:[\d.,$%()+\-*/=x\u00d7\u00f7\u2212]|[^\S\n])*", re.IGNORECASE)
"""Characters of claims on one line; a claim does not begin with an operator, before which a word may hide a number."""
BEFORE = re.compile(
    r"(?:\b(?:of|by|times|plus|minus|than|half|twice|double|x)\s*|[-+*/\u00d7\u00f7\u2212\u2013^]\s*|(?:^|\s):\s*|:)\Z",
    re.IGNORECASE,
)
"""What makes the text behind it a part of a longer expression; a colon with a space behind it alone ends a label."""
BEHIND = re.compile(
    r"[\^\u00b2\u00b3!]|k\b|r ?\d|remainder\b|with (?:a )?remainder\b|(?:hundred|thousand|million|billion|dozen)\b",
    re.IGNORECASE,
)
"""What makes the number before it another one than it states."""
BEFORE_CHARS = 12
TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d*)?|\.\d+)(?P<percent>\s?%)?|(?P<sign>[-+*/()]))")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
SIGNS = str.maketrans({"\u00d7": "*", "\u00f7": "/", "\u2212": "-", "$": " "})
PERCENT = re.compile(r"(-?\d*\.?\d*)\s?%")
"""A stated percentage: its digits may be the result, as well as a hundredth of them."""
TIMES = re.compile(r"(?<=[\d)%])\s*x\s*(?=[\d(.$])", re.IGNORECASE)
"""An x that means times, as it does not in ``2x + 20``."""
CLAIM_MAX_CHARS = 300
NUMBER_MAX_DIGITS = 40
DEPTH_MAX = 20

Tokens: TypeAlias = list[Fraction | str]


@dataclass(frozen=True)
class Claim:
    """A claim: an expression with its stated value, and whether that holds up to the rounding of a decimal."""

    text: str
    holds: bool


def claims_of(text: str) -> Iterator[Claim]:
    """Yields the claims of a text; a chain such as ``2 * 3 = 6 + 1 = 7`` has a claim for each equals sign."""
    for run in marked_and_plain(text):
        sides = [side.strip().rstrip(" .,") for side in run.split("=")]
        for left, right in pairwise(sides):
            if (claim := claim_of(left, right)) is not None:
                yield claim


def marked_and_plain(text: str) -> Iterator[str]:
    """Yields the marked claims of a text, then the runs of other characters that may be claims."""
    yield from (found[1] for found in MARK.finditer(text))
    rest = CONTINUED.sub(" ", LIST_MARK.sub("", MARK.sub(" ", text)))
    for found in RUN.finditer(rest):
        if "=" in found[0] and not BEFORE.search(rest[max(0, found.start() - BEFORE_CHARS) : found.start()]):
            yield found[0].rpartition("=")[0] if BEHIND.match(rest, found.end()) else found[0]


def claim_of(left: str, right: str) -> Claim | None:
    """Returns the claim of two sides; None if the left one is no expression, or the right one no value."""
    if max(len(left), len(right)) > CLAIM_MAX_CHARS:
        return None
    expression, stated = plain(left), plain(right)
    if not re.search(r"[\d%)]\s*[-+*/]", expression):
        return None
    value, claimed = evaluate(expression), evaluate(stated)
    if value is None or claimed is None:
        return None
    readings = [(claimed, decimals_of(stated))]
    if percent := PERCENT.fullmatch(stated):
        decimals = decimals_of(percent[1])
        readings = [(claimed, decimals + 2)]
        if "%" not in expression:
            readings.append((claimed * 100, decimals))
    return Claim(f"{left} = {right}", any(states(value, *reading) for reading in readings))


def states(value: Fraction, claimed: Fraction, decimals: int) -> bool:
    """Returns whether a claimed number is the value, exactly or rounded to its decimals, if it has some."""
    return value == claimed or (decimals > 0 and is_rounded(value, claimed, decimals))


def plain(text: str) -> str:
    """Returns an expression with ASCII operators, and without currency signs and separators of thousands."""
    return THOUSANDS.sub("", TIMES.sub("*", text).translate(SIGNS)).strip()


def decimals_of(text: str) -> int:
    """Returns the digits after the point of a plain number; 0 for anything else."""
    found = re.fullmatch(r"-?\d*\.(\d+)", text)
    return len(found[1]) if found else 0


def evaluate(text: str) -> Fraction | None:
    """Returns the exact value of an expression; None if it is none, or divides by zero."""
    tokens = tokens_of(text)
    if not tokens:
        return None
    try:
        value, end = read_sum(tokens, 0, 0)
    except (IndexError, ValueError, ZeroDivisionError):
        return None
    return value if end == len(tokens) else None


def tokens_of(text: str) -> Tokens | None:
    """Returns the numbers and signs of an expression; None if it has anything else or is too long."""
    tokens: Tokens = []
    position, text = 0, text.rstrip()
    if len(text) > CLAIM_MAX_CHARS:
        return None
    while position < len(text):
        found = TOKEN.match(text, position)
        if found is None or len(found["number"] or "") > NUMBER_MAX_DIGITS:
            return None
        if found["number"]:
            tokens.append(Fraction(found["number"].rstrip(".")) / (100 if found["percent"] else 1))
        else:
            tokens.append(found["sign"])
        position = found.end()
    return tokens


def read_sum(tokens: Tokens, position: int, depth: int) -> tuple[Fraction, int]:
    """Returns the value of the sum at a position and the position behind it; raises as ``read_factor`` does."""
    value, position = read_product(tokens, position, depth)
    while position < len(tokens) and tokens[position] in ("+", "-"):
        sign = 1 if tokens[position] == "+" else -1
        term, position = read_product(tokens, position + 1, depth)
        value += sign * term
    return value, position


def read_product(tokens: Tokens, position: int, depth: int) -> tuple[Fraction, int]:
    """Returns the value of the product at a position and the position behind it; raises as ``read_factor`` does."""
    value, position = read_factor(tokens, position, depth)
    while position < len(tokens) and tokens[position] in ("*", "/"):
        divides = tokens[position] == "/"
        factor, position = read_factor(tokens, position + 1, depth)
        value = value / factor if divides else value * factor
    return value, position


def read_factor(tokens: Tokens, position: int, depth: int) -> tuple[Fraction, int]:
    """Returns the value of the number, sign or parentheses at a position and the position behind it.

    Raises:
        ValueError: there is none, or parentheses are too deep.
        IndexError: the expression ends.
    """
    sign = tokens[position]
    if isinstance(sign, Fraction):
        return sign, position + 1
    if depth == DEPTH_MAX:
        raise ValueError(sign)
    if sign in ("-", "+"):
        value, end = read_factor(tokens, position + 1, depth + 1)
        return (-value if sign == "-" else value), end
    if sign != "(":
        raise ValueError(sign)
    value, end = read_sum(tokens, position + 1, depth + 1)
    if tokens[end] != ")":
        raise ValueError(tokens[end])
    return value, end + 1
