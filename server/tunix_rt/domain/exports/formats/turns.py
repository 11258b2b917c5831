"""Gemma's chat turns, the numbered reasoning in them, and escaped control tokens.

Text that is put between a model's control tokens must not hold any itself: a prompt with ``<end_of_turn>`` in it would
end the user's turn and could answer in the model's place. A WORD JOINER, which is not seen and is no character of any
token, parts each such token after its ``<``. A token that holds joiners already gets one more, so it can be undone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

JOINER = "\u2060"
CONTROL_WORDS = (
    r"bos|eos|pad|unk|mask|(?:start|end)_of_(?:turn|image|audio)|(?:image|audio)_soft_token|unused\d{1,4}"
    r"|\|[A-Za-z_]{1,32}\|?|[A-Za-z_]{1,32}\|"
)
"""Gemma's, and by their bars those of Gemma 4, Llama, ChatML and others (Tunix's ``token_sanitization`` has some)."""
TOKEN = re.compile(rf"<(?={JOINER}*(?:{CONTROL_WORDS})>)")
PARTED_TOKEN = re.compile(rf"<{JOINER}(?={JOINER}*(?:{CONTROL_WORDS})>)")

USER = "<start_of_turn>user\n"
BETWEEN = "<end_of_turn>\n<start_of_turn>model\n"
END = "<end_of_turn>"
REASONING = "Reasoning:\n"
ANSWER = "Answer: "


def escape_control_tokens(text: str) -> str:
    """Returns a text with its control tokens escaped."""
    return TOKEN.sub(f"<{JOINER}", text) if "<" in text else text


def unescape_control_tokens(text: str) -> str:
    """Returns the text that ``escape_control_tokens`` escaped."""
    return PARTED_TOKEN.sub("<", text) if JOINER in text else text


def turns(user: str, model: str) -> str:
    """Returns a question and its answer as Gemma is trained on them, without BOS and without a line end."""
    return f"{USER}{user}{BETWEEN}{model}{END}"


def reasoning_text(contents: Iterable[str], answer: str) -> str:
    """Returns the model's text: its steps, numbered from 1, and the answer."""
    lines = "\n".join([f"{number}. {content}" for number, content in enumerate(contents, 1)])
    return f"{REASONING}{lines}\n{ANSWER}{answer}"
