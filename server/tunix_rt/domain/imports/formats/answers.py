"""Finds the final answer in a solution's text; an answer marker counts only at the end of the solution."""

from __future__ import annotations

import re

ANSWER_HEADING = re.compile(r"^# Answer[ \t]*$", re.MULTILINE)
PHRASE = re.compile(r"\bthe (?:final |correct )?answer is\b:?", re.IGNORECASE)
HASHED = re.compile(r"(?:\A|\n)(?:####|A:)[ \t]*(\S[^\n]*)\Z")
VALUE = re.compile(r".*[\d$\\].*|\(?[A-Za-z]\)?|yes|no|true|false|none|unknown", re.IGNORECASE)
LABELLED = re.compile(
    r"^[ \t*_>]*(?:the )?(?:final )?answer[ \t*_]*:[ \t*_]*|^#+[ \t]*(?:the )?(?:final )?answer:?[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
HEADING = re.compile(r"^#{1,6}[ \t]", re.MULTILINE)
BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
CLAUSE_END = re.compile(r"[,;:]")
BOXED = "\\boxed{"
HEDGE = re.compile(r"\b(?:if|whether|suppose|assum\w+|unless|perhaps|maybe|not|once|until|when)\b|n't\b", re.IGNORECASE)
PROSE = re.compile(
    r"\A(?:not|that|to|as follows|below|above|in the|given|found|obtained|obvious|unclear|simple|easy|clear|correct|"
    r"right|wrong|incorrect|based|determined)\b"
    r"|[,;] (?:which|because|since|so|but|then|and|as|where|if|though|however)\b| (?:because|since|which|however)\b",
    re.IGNORECASE,
)
"""Text after a marker that continues a sentence and is not an answer."""
COURTESY = re.compile(
    r"(?:\A|(?<=[.!?*)}$\n])\s*)"
    r"(?:i hope (?:this|that|it|you)|hope (?:this|that|it) helps|(?:please )?(?:let me know|feel free|don't hesitate)"
    r"|if you (?:have any|need (?:any|more|further)|want me|would like|'d like)|is there anything else|would you like"
    r"|do you (?:have any|need (?:any|more|further)|want me)|happy to help|good luck|best regards|you're welcome"
    r"|(?:thank you|thanks) for)\b[^.!?\n]*[.!?]*\s*\Z",
    re.IGNORECASE,
)
"""A closing courtesy of a conversation, which is not an answer."""
COURTESY_CHARS = 500
VALUE_MAX_CHARS = 200


def strip_conclusion(text: str) -> str:
    """Returns a text without the courtesies at its end, of at most 500 characters."""
    text = text.rstrip()
    first, end = max(0, len(text) - COURTESY_CHARS), len(text)
    while found := COURTESY.search(text, first, end):
        end = found.start()
    return text[:end].rstrip()


def headed_answer(text: str) -> str | None:
    """Returns the text after the last line ``# Answer``; None if there is no such line, or no text after it."""
    *_, last = [None, *ANSWER_HEADING.finditer(text)]
    return text[last.end() :].strip() or None if last else None


def labelled_answer(text: str) -> tuple[str, str] | None:
    """Returns the texts before and after a final ``Answer:`` label or heading.

    A label is final if a single paragraph follows it, a heading if no other heading follows it.
    """
    *_, last = [None, *LABELLED.finditer(text)]
    answer = strip_conclusion(text[last.end() :]).strip() if last else ""
    if last is None or not answer:
        return None
    goes_on = HEADING.search(answer) if last[0].startswith("#") else BLANK_LINE.search(answer)
    return None if goes_on else (text[: last.start()], answer.rstrip("*_ ") if {"*", "_"} & {*last[0]} else answer)


def hashed_answer(text: str) -> tuple[str, str] | None:
    """Returns the text before a last line ``#### RESULT`` or ``A: RESULT``, and the result; None if it is a heading."""
    found = HASHED.search(strip_conclusion(text))
    if not found or not is_value(found[1]):
        return None
    return text[: found.start()], found[1].strip()


def ends_in_heading(text: str) -> bool:
    """Returns whether a text ends with a heading."""
    return HEADING.match(strip_conclusion(text).rpartition("\n")[2]) is not None


def is_value(text: str) -> bool:
    """Returns whether the text after ``####`` is a result, not a heading: short, and with a number or a formula, or one
    of the answer words.
    """
    return len(text) <= VALUE_MAX_CHARS and VALUE.fullmatch(text.strip().rstrip(".")) is not None


def phrased_answer(text: str) -> str | None:
    """Returns the text after "the answer is", in the last sentence or on the next line, without its full stop."""
    before, _, line = strip_conclusion(text).rpartition("\n")
    sentence = SENTENCE_END.split(line)[-1]
    *hedged, value = PHRASE.split(sentence)
    if not hedged:
        lead = before.rstrip().rpartition("\n")[2]
        *hedged, rest = PHRASE.split(SENTENCE_END.split(lead)[-1])
        if not hedged or rest.strip("*_ "):
            return None
        value = line
    value = value.strip().strip("*_ ").removesuffix(".").strip("*_ ")
    is_stated = value and len(value) <= VALUE_MAX_CHARS and value[-1] not in ":?"
    return (
        value if is_stated and not PROSE.search(value) and not HEDGE.search(CLAUSE_END.split(hedged[-1])[-1]) else None
    )


def boxed_answer(text: str) -> str | None:
    r"""Returns the content of the last ``\boxed{...}``, counting inner braces."""
    start = text.rfind(BOXED)
    if start < 0:
        return None
    begin, depth = start + len(BOXED), 1
    for position in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[begin:position].strip() or None
    return None


def final_answer(last_step: str) -> str:
    """Returns the answer in a solution's last step, by any of these markers; the whole step if it has none."""
    return headed_answer(last_step) or spoken_answer(last_step) or last_step


def spoken_answer(text: str) -> str | None:
    """Returns the answer of a concluding sentence, else the one in the last box."""
    phrased = phrased_answer(text)
    return plain(phrased) if phrased else boxed_answer(text)


def plain(answer: str) -> str:
    """Returns an answer without a box around all of it."""
    inside = boxed_answer(answer)
    return inside if inside and answer.strip("$. \n") == f"{BOXED}{inside}}}" else answer.strip()
