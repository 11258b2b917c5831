"""The values that final answers state: numbers with their unit, choices, truth values, days, and collections of these.

Powers, factorials and other expressions are not values: nothing is ever evaluated, so no text is costly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

DIGITS_MAX = 400
"""Digits, and size of exponents, of a number; longer ones are no values."""
ITEMS_MAX = 200
"""Items of a collection."""

CURRENCIES = {
    "$": "USD",
    "usd": "USD",
    "dollar": "USD",
    "€": "EUR",
    "eur": "EUR",
    "euro": "EUR",
    "£": "GBP",
    "gbp": "GBP",
}
CURRENCIES |= {"pound": "GBP", "¥": "JPY", "₹": "INR", "rupee": "INR", "cent": "cent", "¢": "cent"}
UNITS = {"m": "meter", "metre": "meter", "km": "kilometer", "kilometre": "kilometer", "cm": "centimeter"}
UNITS |= {"centimetre": "centimeter", "mm": "millimeter", "g": "gram", "kg": "kilogram", "lb": "pound", "lbs": "pound"}
UNITS |= {"h": "hour", "hr": "hour", "hrs": "hour", "min": "minute", "mins": "minute", "s": "second", "sec": "second"}
UNITS |= {
    "l": "liter",
    "litre": "liter",
    "ml": "milliliter",
    "ft": "foot",
    "feet": "foot",
    "in": "inch",
    "inches": "inch",
}
KELVIN = "kelvin"
UNITS |= {"k": KELVIN, "mph": "mile per hour", "people": "person", "children": "child", "deg": "degree"}

MAGNITUDES = {"k": 1000, "dozen": 12, "hundred": 100, "thousand": 1000}
MAGNITUDES |= {"million": 10**6, "billion": 10**9, "trillion": 10**12}
"""The words behind a number by which it is multiplied."""

NUMBER = re.compile(
    r"(?P<sign>[-+]?)\s?(?:(?P<grouped>\d{1,3}(?:[, _]\d{3})+|\d{1,3}(?:[,' ]\d{2,3})*,\d{3})|(?P<whole>\d+))?"
    r"(?P<point>\.(?P<decimals>\d*))?"
    r"(?:\s?(?:[eE]|\s?\*\s?10\s?\^)\s?\{?(?P<exponent>[-+]?\d{1,9})\}?)?"
)
OVER = re.compile(r"\s*/\s*(?P<below>\d+)")
MIXED = re.compile(r"(?P<sign>[-+]?)\s?(?P<whole>\d+)(?:\s+|\s*and\s+)(?P<above>\d+)\s*/\s*(?P<below>\d+)")
MAGNITUDE = re.compile(rf"(?!\s+K\b)\s?-?(?P<word>(?i:{'|'.join(MAGNITUDES)}))\b(?:\s+(?i:of)\b)?")
"""The word behind a number by which it is multiplied; a K with a space before it is kelvin."""
UNIT = re.compile(r"(?!(?:and|or)\b)[A-Za-z]+(?:[ ./-][A-Za-z]+){0,3}(?:\^?[23])?")
CHOICE = re.compile(
    r"(?:(?:option|choice)\s+)?[(\[]?(?P<letter>[A-J])(?:[)\].:]+(?P<rest>.*))?", re.IGNORECASE | re.DOTALL
)
WORDS = {"yes": "consent", "no": "consent", "true": "truth", "false": "truth"}
WORDS |= dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), "day")


@dataclass(frozen=True)
class AnswerNumber:
    """An exact number.

    Args:
        decimals: the digits after the point; None for a fraction, whose value is exact.
        unit: the unit or currency in its basic form; empty if there is none.
    """

    value: Fraction
    decimals: int | None
    unit: str = ""
    is_percent: bool = False


@dataclass(frozen=True)
class Infinity:
    """Infinity with a sign."""

    sign: int


@dataclass(frozen=True)
class AnswerChoice:
    """A letter of a multiple choice, and what was written behind it."""

    letter: str
    rest: str = ""


@dataclass(frozen=True)
class Word:
    """A word of a closed set, and which set that is."""

    word: str
    kind: str


@dataclass(frozen=True)
class Several:
    """Values in brackets: a tuple or an interval in round and square ones, a set in braces, a list without any."""

    opening: str
    closing: str
    items: tuple[Value, ...]


@dataclass(frozen=True)
class Ratio:
    """Whole numbers with colons between them."""

    parts: tuple[Fraction, ...]
    text: str


Value: TypeAlias = AnswerNumber | Infinity | AnswerChoice | Word | Several | Ratio


def read_value(text: str) -> Value | None:
    """Returns the value that a text states in the spelling of ``spelling.spelled``; None if it is no value."""
    readers: tuple[Callable[[str], Value | None], ...] = (
        read_number,
        read_infinity,
        read_word,
        read_choice,
        read_ratio,
        read_several,
    )
    return next((value for reader in readers if (value := reader(text)) is not None), None)


def read_number(text: str) -> AnswerNumber | None:
    """Returns the number of a text that is one, with a currency, a percent sign or a unit at most."""
    rest, negative = text.strip(), False
    if rest.startswith("(") and rest.endswith(")") and "," not in rest:
        rest = rest[1:-1].strip()
    if rest[:1] in ("-", "+") and rest[1:].lstrip()[:1] in CURRENCIES:
        negative, rest = rest[0] == "-", rest[1:].lstrip()
    currency = CURRENCIES.get(rest[:1], "")
    found = read_digits(rest[1:].lstrip() if currency else rest)
    if found is None:
        return None
    size, digits, behind = found
    value, decimals, tail = apply_magnitude(size, digits, behind.lstrip() if currency else behind)
    unit = unit_of(tail)
    if unit is None or (currency and unit):
        return None
    percent = unit == "%"
    return AnswerNumber(-value if negative else value, decimals, currency or ("" if percent else unit), percent)


def read_digits(text: str) -> tuple[Fraction, int | None, str] | None:
    """Returns the number at the start of a text, its decimals (None for a fraction), and the rest of the text."""
    if (mixed := MIXED.match(text)) and int(mixed["below"][:DIGITS_MAX]):
        if max(len(mixed[name]) for name in ("whole", "above", "below")) > DIGITS_MAX:
            return None
        mixed_size = int(mixed["whole"]) + Fraction(int(mixed["above"]), int(mixed["below"]))
        return (-mixed_size if mixed["sign"] == "-" else mixed_size), None, text[mixed.end() :]
    found = NUMBER.match(text)
    if found is None or (size := size_of(found)) is None:
        return None
    value = -size if found["sign"] == "-" else size
    rest = text[found.end() :]
    if (over := OVER.match(rest)) and len(over["below"]) <= DIGITS_MAX and int(over["below"]):
        return value / int(over["below"]), None, rest[over.end() :]
    return value, len(found["decimals"] or ""), rest


def apply_magnitude(value: Fraction, decimals: int | None, tail: str) -> tuple[Fraction, int | None, str]:
    """Returns a number times the magnitude behind it, such as the one in ``2.5 million``, which makes it exact."""
    if (found := MAGNITUDE.match(tail)) is None:
        return value, decimals, tail
    return value * MAGNITUDES[found["word"].lower()], None, tail[found.end() :]


def size_of(found: re.Match[str]) -> Fraction | None:
    """Returns the size of a matched number; None if it has no digits, or too many."""
    whole = re.sub(r"\D", "", found["grouped"] or "") or found["whole"] or ""
    decimals, exponent = found["decimals"] or "", int(found["exponent"] or 0)
    if not whole + decimals or max(len(whole), len(decimals), abs(exponent)) > DIGITS_MAX:
        return None
    return Fraction(int(whole + decimals), 10 ** len(decimals)) * Fraction(10) ** exponent


def unit_of(tail: str) -> str | None:
    """Returns the unit behind a number in its basic form; empty if there is none, None for anything else."""
    tail = tail.strip().rstrip(".").lower()
    if tail in ("%", "percent"):
        return "%"
    if tail in CURRENCIES:
        return CURRENCIES[tail]
    if tail and not UNIT.fullmatch(tail):
        return None
    singular = tail.removesuffix("s") if len(tail) > 3 else tail
    return CURRENCIES.get(singular) or UNITS.get(tail) or UNITS.get(singular, singular)


def read_infinity(text: str) -> Infinity | None:
    """Returns infinity if a text states it."""
    found = re.fullmatch(r"([-+]?)\s*(?:inf|infinity)", text.strip(), re.IGNORECASE)
    return None if found is None else Infinity(-1 if found[1] == "-" else 1)


def read_word(text: str) -> Word | None:
    """Returns the word if it is a member of a closed set."""
    word = text.strip().lower()
    return Word(word, WORDS[word]) if word in WORDS else None


def read_choice(text: str) -> AnswerChoice | None:
    """Returns the choice whose letter a text states, such as ``B``, ``(b)`` or ``B) 12``."""
    found = CHOICE.fullmatch(text.strip())
    is_bare = found is not None and found[0] == found["letter"]
    if found is None or (is_bare and found["letter"].islower()):
        return None
    return AnswerChoice(found["letter"].upper(), (found["rest"] or "").strip())


def read_ratio(text: str) -> Ratio | None:
    """Returns the ratio of a text such as ``3:4``."""
    parts = [part.strip() for part in text.split(":")]
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() and len(part) <= DIGITS_MAX for part in parts):
        return None
    return Ratio(tuple(Fraction(int(part)) for part in parts), ":".join(parts))


def read_several(text: str) -> Several | None:
    """Returns the values of a text with brackets around them, or with commas between them."""
    text = text.strip()
    opening, closing = text[:1], text[-1:]
    is_closed = opening in ("(", "[", "{") and closing in (")", "]", "}")
    if is_closed:
        text = text[1:-1]
    parts = split_items(text)
    if not 1 <= len(parts) <= ITEMS_MAX or (len(parts) == 1 and opening != "{"):
        return None
    items = [read_number(part) or read_infinity(part) or read_word(part) for part in parts]
    if any(item is None for item in items):
        return None
    brackets = (opening, closing) if is_closed else ("", "")
    return Several(*brackets, tuple(item for item in items if item is not None))


def split_items(text: str) -> list[str]:
    """Splits a text at commas, semicolons and ``and`` or ``or`` between words."""
    return [
        part.strip() for part in re.split(r"\s*[;,]\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+", text.strip()) if part.strip()
    ]
