"""The templates: a few with names, and those that a user writes as a text with placeholders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import lru_cache
from types import MappingProxyType

from tunix_rt.domain.reasoning_templates.step_layouts import LAYOUTS
from tunix_rt.domain.reasoning_templates.template_text import TemplateText
from tunix_rt.domain.text import path_text, require_text
from tunix_rt.errors import BadUserInput, PathPart
from tunix_rt.trainer.contract import TEMPLATE_MAX_CHARS

ANSWER = "{answer}"
TURN_MARKERS = ("<start_of_turn>", "<end_of_turn>")


class ReasoningTemplate(Enum):
    """A named way to write reasoning and final answer as one text."""

    NUMBERED = "numbered"
    PLAIN = "plain"
    THINK = "think"
    BOXED = "boxed"
    ANSWER = "answer"


TEMPLATE_TEXTS: Mapping[ReasoningTemplate, str] = MappingProxyType(
    {
        ReasoningTemplate.NUMBERED: "Reasoning:\n{numbered_steps}\nAnswer: {answer}",
        ReasoningTemplate.PLAIN: "{steps}\nAnswer: {answer}",
        ReasoningTemplate.THINK: "<think>\n{paragraphs}\n</think>\n\n{answer}",
        ReasoningTemplate.BOXED: "{steps}\n\\boxed{{answer}}",
        ReasoningTemplate.ANSWER: "{steps}\n<answer>{answer}</answer>",
    }
)

TEMPLATE_NAMES = frozenset(template.value for template in ReasoningTemplate)

DEFAULT_TEMPLATE = ReasoningTemplate.NUMBERED.value


@lru_cache(maxsize=256)
def reasoning_template(name_or_text: str) -> TemplateText:
    """Returns the template with a name in lower case, or the one that a text with placeholders defines.

    Raises:
        BadUserInput: it is no such text.
    """
    return checked_template(name_or_text, ["template"])


def checked_template(name_or_text: str, path: Sequence[PathPart]) -> TemplateText:
    """Returns a template as ``reasoning_template`` does, uncached.

    Args:
        path: the path of the argument, for errors.

    Raises:
        BadUserInput: the text is out of its limits, or its placeholders do not make a template.
    """
    known = {template.value: text for template, text in TEMPLATE_TEXTS.items()}
    text = require_text(known.get(name_or_text, name_or_text), 1, TEMPLATE_MAX_CHARS, path)
    layouts = [layout for layout in LAYOUTS for _ in range(text.count(layout.placeholder))]
    if len(layouts) != 1 or text.count(ANSWER) != 1:
        names = ", ".join(layout.placeholder for layout in LAYOUTS)
        named = "" if "{" in text else f" The named templates are: {', '.join(map(repr, known))}."
        raise BadUserInput(f"{path_text(path)} must have {ANSWER} once, and one of {names} once.{named}", path)
    if any(marker in text for marker in TURN_MARKERS):
        raise BadUserInput(f"{path_text(path)} must not have {' or '.join(TURN_MARKERS)}.", path)
    opening, _, rest = text.partition(layouts[0].placeholder)
    middle, found, closing = rest.partition(ANSWER)
    if not found or not middle.strip():
        raise BadUserInput(f"{path_text(path)} must have the steps, then some text, then {ANSWER}.", path)
    return TemplateText(opening, layouts[0], middle, closing)
