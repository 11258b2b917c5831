"""One spelling for what final answers wrap and write in several ways: LaTeX, Markdown, typography, and lead-ins.

Nothing is evaluated here; every step is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{")
LEAD_IN = re.compile(
    r"^(?:so|thus|hence|therefore)?,?\s*(?:####|(?:the\s+)?(?:final\s+|correct\s+)?answer(?:\s+is)?\s*[:=]?|"
    r"(?:it|this|that)\s+is\b)\s*",
    re.IGNORECASE,
)
VARIABLE = re.compile(r"^[A-Za-z](?:_\{?\w{1,8}\}?)?\s*=\s*(?!=)")
WRAPPERS = (
    ("$$", "$$"),
    ("$", "$"),
    (r"\(", r"\)"),
    (r"\[", r"\]"),
    ("**", "**"),
    ("__", "__"),
    ("`", "`"),
    ('"', '"'),
)
"""What encloses a whole answer without being part of it."""

INNER_TEXT = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mbox|operatorname)\s*\{([^{}]*)\}")
FRACTION = re.compile(r"\\[dtc]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
SHORT_FRACTION = re.compile(r"\\[dtc]?frac\s*(\d)\s*(\d)")
SPACING = re.compile(r"\\[,;:!> ]|\\q?quad\b|~|\\left(?![a-z])|\\right(?![a-z])|\\displaystyle\b")
COMMANDS: Mapping[str, str] = {
    r"\%": "%",
    r"\$": "$",
    r"\#": "#",
    r"\&": "&",
    r"\lbrace": "{",
    r"\rbrace": "}",
    r"\times": "*",
    r"\cdot": "*",
    r"\infty": "inf",
    r"^\circ": " degrees",
    r"^{\circ}": " degrees",
    r"\degree": " degrees",
    "{,}": ",",
}
SIGNS = str.maketrans(
    {
        "\N{MINUS SIGN}": "-",
        "–": "-",
        "—": "-",
        "×": "*",
        "⋅": "*",
        "·": "*",
        "∞": "inf",
        "°": " degrees",
        "“": '"',
        "”": '"',
        "’": "'",
    }
)
VULGAR = re.compile(r"[¼-¾⅐-⅞]")


def normalize(text: str) -> str:
    """Returns an answer without what wraps it and leads to it, in one spelling of signs, spaces and fractions."""
    found = unwrap(text).replace("²", "^2").replace("³", "^3")
    found = VULGAR.sub(lambda sign: f" {unicodedata.normalize('NFKC', sign.group())}", found)
    found = unicodedata.normalize("NFKC", found).replace("\u2044", "/").translate(SIGNS)
    found = plain_latex(found)
    return " ".join(unwrap(VARIABLE.sub("", unwrap(found))).split())


def marked_part(text: str) -> str:
    """Returns the part of a text that it marks as its answer: the last box or tag; the text itself if it has none."""
    boxes = list(BOXED.finditer(text))
    if boxes and (inner := text_in_braces(text, boxes[-1].end())) is not None:
        return inner
    folded = text.lower()
    end = folded.rfind("</answer>")
    start = folded.rfind("<answer>", 0, max(end, 0))
    return text[start + len("<answer>") : end] if start >= 0 and len(folded) == len(text) else text


def text_in_braces(text: str, start: int) -> str | None:
    """Returns the text from ``start`` to the brace that closes the one before it; None if it is not closed."""
    depth = 1
    for position in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[start:position]
    return None


def unwrap(text: str) -> str:
    """Returns a text without lead-ins, enclosing marks and the full stop at its end, however they are nested."""
    before, found = None, text.strip()
    while found != before:
        before = found
        found = LEAD_IN.sub("", found).strip()
        found = found.removesuffix(".").rstrip() if not found.endswith("..") else found
        for opening, closing in WRAPPERS:
            inner = found[len(opening) : -len(closing)]
            if found.startswith(opening) and found.endswith(closing) and inner and closing not in inner:
                found = inner.strip()
        found = found or before
    return found


def plain_latex(text: str) -> str:
    """Returns a text with LaTeX of numbers, texts and brackets written plainly; other commands stay."""
    for spelling, plain in COMMANDS.items():
        text = text.replace(spelling, plain)
    text = SPACING.sub(" ", text)
    text = INNER_TEXT.sub(r" \1 ", text)
    text = SHORT_FRACTION.sub(r" \1/\2 ", text)
    text = FRACTION.sub(lambda found: f" {parenthesize(found[1], '-?')}/{parenthesize(found[2])} ", text)
    # Last: until here, a brace without a backslash belongs to a command.
    return text.replace(r"\{", "{").replace(r"\}", "}")


def parenthesize(text: str, sign: str = "") -> str:
    """Returns a part of a fraction, in parentheses unless it is a number.

    Args:
        sign: the pattern of a sign that the number may have.
    """
    return text.strip() if re.fullmatch(rf"\s*{sign}[\d.]+\s*", text) else f"({text.strip()})"
