"""Conversion of mutation inputs to the domain's values."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from strawberry import UNSET

from tunix_rt.db.models.jobs import LABELS_MAX
from tunix_rt.domain.global_ids import uuid_of
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE, TEMPLATE_NAMES, ReasoningTemplate
from tunix_rt.domain.text import require_text
from tunix_rt.errors import BadId, BadUserInput, ValidationErrors
from tunix_rt.setting_values import LABEL_MAX_CHARS
from tunix_rt.trainer.contract import TEMPLATE_MAX_CHARS, Bounds

IDS_MAX = 1000


def given_or_none(value: Any) -> Any:
    """Returns the value of an optional input; None if it was not given."""
    return None if value is UNSET else value


def labels_text(noun: str) -> str:
    """Returns the description of the labels that a job requires."""
    return (
        f"Labels required of the worker that takes the {noun}, such as `gpu`: at most {LABELS_MAX}, each of 1 to "
        f"{LABEL_MAX_CHARS} lower-case letters, digits and characters of `. _ -`. Defaults to none."
    )


def uuids_of(ids: Sequence[str], type_name: str, name: str) -> list[uuid.UUID]:
    """Returns ids as UUIDs in order, without duplicates.

    Raises:
        BadUserInput: there are no ids, or more than ``IDS_MAX``.
        ValidationErrors: ids are malformed; one error for each.
    """
    if not 1 <= len(ids) <= IDS_MAX:
        raise BadUserInput(f"{name} must have 1 to {IDS_MAX} ids; it has {len(ids)}.", [name])
    return list(dict.fromkeys(all_uuids_of(ids, type_name, name)))


def all_uuids_of(ids: Sequence[str], type_name: str, name: str) -> list[uuid.UUID]:
    """Returns ids as UUIDs in order, with duplicates.

    Raises:
        ValidationErrors: ids are malformed; one error for each.
    """
    found: list[uuid.UUID] = []
    errors: list[BadId] = []
    for position, text in enumerate(ids):
        try:
            found.append(uuid_of(text, type_name, (name, position)))
        except BadId as error:
            errors.append(error)
    if errors:
        raise ValidationErrors(errors)
    return found


def template_named(template: ReasoningTemplate | None, custom: str | None) -> str:
    """Returns the reasoning template of two inputs, by its name or as a text that is not validated yet.

    Raises:
        BadUserInput: both are given, or the text is empty or too long.
    """
    if custom is not None:
        require_text(custom, 1, TEMPLATE_MAX_CHARS, ["customTemplate"])
    if template is not None and custom is not None:
        raise BadUserInput("template and customTemplate exclude each other.", ["customTemplate"])
    return custom if custom is not None else template.value if template is not None else DEFAULT_TEMPLATE


def template_inputs(name_or_text: str) -> tuple[ReasoningTemplate | None, str | None]:
    """Returns the two inputs of a reasoning template, one of them None; see ``template_named``."""
    if name_or_text in TEMPLATE_NAMES:
        return ReasoningTemplate(name_or_text), None
    return None, name_or_text


def range_text(bounds: Bounds) -> str:
    """Returns a range as descriptions of the schema have it, such as ``1 to 1,024``."""
    if bounds.above:
        return f"above {bounds.low:,g}, at most {bounds.high:,g}"
    return f"{bounds.low:,g} to {bounds.high:,.15g}"
