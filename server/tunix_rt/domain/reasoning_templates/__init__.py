"""Reasoning templates: how the steps and the final answer of a trace are written as the text of a model.

``reasoning_template("think").render(steps, answer)`` writes the text, and ``.parse(text)`` reads the steps and the
answer of what a model wrote. A template is one of ``ReasoningTemplate``, or a text with placeholders.
"""

from tunix_rt.domain.reasoning_templates.named import (
    DEFAULT_TEMPLATE,
    TEMPLATE_NAMES,
    ReasoningTemplate,
    checked_template,
    reasoning_template,
)
from tunix_rt.domain.reasoning_templates.template_text import ParsedAnswer, TemplateText

__all__ = [
    "DEFAULT_TEMPLATE",
    "TEMPLATE_NAMES",
    "ParsedAnswer",
    "ReasoningTemplate",
    "TemplateText",
    "checked_template",
    "reasoning_template",
]
