"""Reasoning templates as options: a name in lower case, or a text."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.reasoning_templates import TEMPLATE_NAMES


def template_of(text: str | None) -> dict[str, Any]:
    """Returns the values of ``template`` and ``customTemplate`` for an option; both None if it was not given."""
    if text is None or text.lower() not in TEMPLATE_NAMES:
        return {"template": None, "customTemplate": text}
    return {"template": text.upper(), "customTemplate": None}
