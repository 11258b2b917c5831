"""Validators of the manifest's values; each converts a value from YAML to the program's type."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import Enum
from typing import Any, Protocol

from tunix_rt.trainer.contract import REWARD_NAME_MAX_CHARS, REWARD_WEIGHT, REWARDS_MAX, Bounds


class Check(Protocol):
    """Validates one value."""

    def __call__(self, value: Any) -> Any:
        """Returns the value in the program's type.

        Raises:
            ValueError: the value is invalid; the text completes a sentence after "must be".
        """


@dataclass(frozen=True)
class Integer:
    """An integer within its bounds."""

    bounds: Bounds

    def __call__(self, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value not in self.bounds:
            raise ValueError(f"an integer between {self.bounds.low:,} and {self.bounds.high:,}")
        return value


@dataclass(frozen=True)
class Number:
    """A number within its bounds. 2e-5 is accepted, which YAML parses as text."""

    bounds: Bounds

    def __call__(self, value: Any) -> float:
        number = self.parse(value)
        if number not in self.bounds:
            raise ValueError(f"a number {self.bounds}")
        return number

    def parse(self, value: Any) -> float:
        """Returns the number, NaN for any other value."""
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return math.nan
        try:
            return float(value)
        except ValueError:
            return math.nan


@dataclass(frozen=True)
class Text:
    """Text of ``1..longest`` characters on one line."""

    longest: int

    def __call__(self, value: Any) -> str:
        if not isinstance(value, str) or not 0 < len(value) <= self.longest or not value.isprintable():
            raise ValueError(f"text on one line, of 1 to {self.longest:,} characters")
        return value


@dataclass(frozen=True)
class Lines:
    """Text of ``1..longest`` characters, on any number of lines."""

    longest: int

    def __call__(self, value: Any) -> str:
        if not isinstance(value, str) or not 0 < len(value) <= self.longest:
            raise ValueError(f"text of 1 to {self.longest:,} characters")
        return value


@dataclass(frozen=True)
class Pattern:
    """A regular expression."""

    longest: int

    def __call__(self, value: Any) -> str:
        text = Text(self.longest)(value)
        try:
            re.compile(text)
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(f"a regular expression ({error})") from None
        return text


@dataclass(frozen=True)
class RewardWeights:
    """The weights of rewards, by their names."""

    def __call__(self, value: Any) -> dict[str, float]:
        if not isinstance(value, Mapping) or not 1 <= len(value) <= REWARDS_MAX:
            raise ValueError(f"a mapping of 1 to {REWARDS_MAX} names to weights")
        name, weight = Text(REWARD_NAME_MAX_CHARS), Number(REWARD_WEIGHT)
        return {name(given): weight(number) for given, number in value.items()}


@dataclass(frozen=True)
class Boolean:
    """True or false."""

    def __call__(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError("true or false")
        return value


@dataclass(frozen=True)
class OneOf:
    """The value of a member of an enum."""

    choices: type[Enum]

    def __call__(self, value: Any) -> Enum:
        try:
            return self.choices(value)
        except ValueError:
            raise ValueError(" or ".join(str(choice.value) for choice in self.choices)) from None


@dataclass(frozen=True)
class Optional:
    """Null, or a value that another validator accepts."""

    check: Check

    def __call__(self, value: Any) -> Any:
        return None if value is None else self.check(value)


def key(check: Check, default: Any = MISSING) -> Any:
    """Declares a key of a section; without a default it is required."""
    return field(default=default, metadata={"check": check})


def whole(bounds: Bounds) -> Any:
    """Declares a key with a whole number in a range that has a default."""
    return key(Integer(bounds), bounds.default)


def real(bounds: Bounds) -> Any:
    """Declares a key with a number in a range that has a default."""
    return key(Number(bounds), bounds.default)


def section(kind: Any, default: Any = MISSING) -> Any:
    """Declares a key whose value is a nested section; ``default`` is used if it is null or absent."""
    return field(default=default, metadata={"section": kind})


def read_section(kind: type[Any], raw: Any, path: str, errors: list[str]) -> Any:
    """Reads a section into its dataclass; every error is appended to ``errors`` with its path.

    Returns:
        None if there was an error.
    """
    if not isinstance(raw, Mapping):
        errors.append(f"{path or 'the manifest'} must be a mapping")
        return None
    before = len(errors)
    known = {spec.name: spec for spec in fields(kind)}
    errors += [f"{join_path(path, str(name))} is not a known key" for name in raw if name not in known]
    given: dict[str, Any] = {}
    for name, spec in known.items():
        if name in raw and not ("section" in spec.metadata and raw[name] is None):
            given[name] = read_value(spec.metadata, raw[name], join_path(path, name), errors)
        elif spec.default is MISSING:
            errors.append(f"{join_path(path, name)} is missing")
    return None if len(errors) > before else kind(**given)


def read_value(metadata: Mapping[str, Any], raw: Any, path: str, errors: list[str]) -> Any:
    """Validates one value; returns None, with an error appended, if it is invalid."""
    if "section" in metadata:
        return read_section(metadata["section"], raw, path, errors)
    try:
        return metadata["check"](raw)
    except ValueError as error:
        errors.append(f"{path} must be {error}, not {describe(raw)}")
        return None


def join_path(path: str, name: str) -> str:
    """Returns the path of a key inside a section."""
    return f"{path}.{name}" if path else name


def describe(value: Any) -> str:
    """Returns a value's representation for a message, cut after 100 characters."""
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:100]}…"
