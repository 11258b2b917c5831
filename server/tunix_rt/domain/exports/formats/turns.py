"""Gemma's chat turns, and the escaping of control tokens.

Text between a model's control tokens must not contain any: a prompt with ``<end_of_turn>`` would end the user's turn
and could answer in the model's place. So a WORD JOINER, which is invisible and part of no token, is inserted after
the ``<`` of each such token. A token with joiners gets one more, so that the escaping can be reversed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tunix_rt.domain.reasoning_templates import TemplateText

JOINER = "\u2060"
CONTROL_WORDS = (
    r"bos|eos|pad|unk|mask|(?:start|end)_of_(?:turn|image|audio)|(?:image|audio)_soft_token|unused\d{1,4}"
    r"|\|[A-Za-z_]{1,32}\|?|[A-Za-z_]{1,32}\|"
)
"""Gemma's tokens, and those with bars of Gemma 4, Llama, ChatML and others (some are in Tunix's
``token_sanitization``).
"""
TOKEN = re.compile(rf"<(?={JOINER}*(?:{CONTROL_WORDS})>)")
PARTED_TOKEN = re.compile(rf"<{JOINER}(?={JOINER}*(?:{CONTROL_WORDS})>)")

USER = "<start_of_turn>user\n"
BETWEEN = "<end_of_turn>\n<start_of_turn>model\n"
END = "<end_of_turn>"


def escape_control_tokens(text: str) -> str:
    """Returns a text with escaped control tokens."""
    return TOKEN.sub(f"<{JOINER}", text) if "<" in text else text


def unescape_control_tokens(text: str) -> str:
    """Returns the original of a text from ``escape_control_tokens``."""
    return PARTED_TOKEN.sub("<", text) if JOINER in text else text


class RecordTurns(NamedTuple):
    """The text of a training record, without BOS and without a final line end.

    Args:
        prompt: the user's turn and the header of the model's turn.
        target: the text from which the loss is computed: the model's turn with its end marker.
    """

    prompt: str
    target: str


def record_turns(
    user: str, contents: Sequence[str], answer: str, template: TemplateText, *, keep_control_tokens: bool = False
) -> RecordTurns:
    """Returns a user's and a model's turn in Gemma's chat markup; the template's own text is not escaped."""
    if not keep_control_tokens:
        user, answer = escape_control_tokens(user), escape_control_tokens(answer)
        contents = [escape_control_tokens(content) for content in contents]
    return RecordTurns(f"{USER}{user}{BETWEEN}", f"{template.render(contents, answer)}{END}")


def raw_turns(user: str, model: str, *, keep_control_tokens: bool = False) -> RecordTurns:
    """Returns a user's turn and what the model wrote, without a template."""
    if not keep_control_tokens:
        user, model = escape_control_tokens(user), escape_control_tokens(model)
    return RecordTurns(f"{USER}{user}{BETWEEN}", f"{model}{END}")
