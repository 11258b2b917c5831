"""The trainer's reference documents every key with its default and range, every event and every code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from enum import Enum
from typing import Any

from tests.support.repository import ROOT
from tests.support.trainer.runner import Attempt
from tunix_rt.trainer.contract import REWARDS_MAX, TrainerErrorCode, TrainerEvent
from tunix_rt.trainer.manifest import manifest
from tunix_rt.trainer.manifest.values import Boolean, Integer, Number, OneOf, Optional, RewardWeights

REFERENCE = (ROOT / "docs" / "reference" / "trainer.md").read_text()
KEY_ROW = re.compile(r"^\| `(?P<key>[a-z_.]+)` \| (?P<default>[^|]*) \| (?P<range>[^|]*) \|", re.MULTILINE)
EVENT_ROW = re.compile(r"^\| `(?P<event>[a-z]+)` \| (?P<fields>[^|]*) \|", re.MULTILINE)
CODE_ROW = re.compile(r"^\| `(?P<code>[A-Z_]+)` \|", re.MULTILINE)


def section_of(title: str) -> str:
    """Returns the text below a heading."""
    return REFERENCE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def keys_of(kind: type[Any], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yields each key of a section with its default and its range, as the reference shows them."""
    for spec in fields(kind):
        if "section" in spec.metadata:
            yield from keys_of(spec.metadata["section"], f"{spec.name}.")
        else:
            yield prefix + spec.name, default(spec.default), extent(spec.metadata["check"])


def default(value: Any) -> str:
    """Returns a default as the reference shows it."""
    if value is MISSING:
        return "required"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.value}`" if isinstance(value, Enum) else f"`{value:g}`"


def extent(check: Any) -> str:
    """Returns a validator's range as the reference shows it."""
    match check:
        case Optional():
            return extent(check.check)
        case OneOf():
            return ", ".join(f"`{choice.value}`" for choice in check.choices)
        case Integer():
            return f"{check.bounds.low:,} to {check.bounds.high:,}"
        case Number():
            return f"{'above ' * check.bounds.above}{check.bounds.low:g} to {int(check.bounds.high):,}"
        case Boolean():
            return "true, false"
        case RewardWeights():
            return f"1 to {REWARDS_MAX} names"
    return f"1 to {check.longest:,} characters"


def test_every_key_is_documented_as_it_is():
    rows = [tuple(part.strip() for part in row.groups()) for row in KEY_ROW.finditer(section_of("The manifest"))]

    assert rows == list(keys_of(manifest.Manifest))


def test_every_code_is_documented():
    assert {row["code"] for row in CODE_ROW.finditer(section_of("Errors"))} == {code.value for code in TrainerErrorCode}


def test_every_event_is_documented_with_its_fields(lora: Attempt):
    documented = {
        row["event"]: set(re.findall(r"`([a-z][A-Za-z0-9]*)`", row["fields"]))
        for row in EVENT_ROW.finditer(section_of("Events"))
    }

    for event in lora.events():
        fields = event.keys() - {"seq", "at", "attempt", "event"}
        assert fields <= documented[event["event"]], event
        if event["event"] != "dataset":
            assert fields == documented[event["event"]], event


def test_the_package_documents_the_same_events():
    import tunix_rt.trainer

    protocol = (tunix_rt.trainer.__doc__ or "").partition("event     what it is")[2]
    documented = re.findall(r"^    ([a-z]+) {2,}", protocol, re.MULTILINE)

    of_training = set(TrainerEvent) - {TrainerEvent.ANSWERS}  # which the generation program documents
    assert set(documented) == {row["event"] for row in EVENT_ROW.finditer(section_of("Events"))} == of_training
