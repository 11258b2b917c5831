"""Turns of a conversation, and their markers in records and in models' chat formats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

RECORD_START = "<start_of_turn>"
RECORD_END = "<end_of_turn>"
RECORD_MODEL = "model"
MARKERS = re.compile(rf"{RECORD_START}(?P<role>[a-z]+)\n|{RECORD_END}")


@dataclass(frozen=True)
class Markers:
    """The control tokens and the text around a turn.

    A turn is ``start role [after_role] gap content end between``; ``begin`` precedes the first one.
    """

    begin: str
    start: str
    after_role: str
    gap: str
    end: str
    between: str
    model_role: str


class TurnStyle(Enum):
    """The way a model marks turns, recognised by the control tokens of its tokenizer."""

    GEMMA = "GEMMA"
    CHATML = "CHATML"
    LLAMA3 = "LLAMA3"
    PLAIN = "PLAIN"
    """The tokenizer lacks such tokens: Gemma's markers are spelt out as text, which a base model has to learn first."""


MARKERS_OF = {
    TurnStyle.GEMMA: Markers("<bos>", RECORD_START, "", "\n", RECORD_END, "\n", "model"),
    TurnStyle.CHATML: Markers("", "<|im_start|>", "", "\n", "<|im_end|>", "\n", "assistant"),
    TurnStyle.LLAMA3: Markers(
        "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "\n\n", "<|eot_id|>", "", "assistant"
    ),
    TurnStyle.PLAIN: Markers("<bos>", RECORD_START, "", "\n", RECORD_END, "\n", "model"),
}


@dataclass(frozen=True, slots=True)
class TurnPiece:
    """A part of a conversation that is encoded separately: a control token, or text without one."""

    text: str
    control: bool = False
    target: bool = False


def pieces_of(text: str, style: TurnStyle) -> Iterator[TurnPiece]:
    """Yields the pieces of a record's turns, with the model's own markers.

    The targets are the model's turns with their end marker. The prompt of an inference, up to the model's turn, is one
    piece, so that its tokens are the same in training and inference. Text outside of turns is kept, but is no target.
    """
    marks = MARKERS_OF[style]
    if marks.begin:
        yield TurnPiece(marks.begin, control=True)
    role, start = "", 0
    for found in MARKERS.finditer(text):
        yield from content_pieces(text[start : found.start()], role, marks)
        start = found.end()
        if found["role"] is None:
            yield TurnPiece(marks.end, control=True, target=role == RECORD_MODEL)
            role = ""
        else:
            role = found["role"]
            yield from header_pieces(role, marks)
    yield from content_pieces(text[start:], role, marks)


def prompt_pieces(text: str, style: TurnStyle) -> Iterator[TurnPiece]:
    """Yields the pieces of a plain prompt as a user's turn, with the header of the model's turn after it."""
    marks = MARKERS_OF[style]
    if marks.begin:
        yield TurnPiece(marks.begin, control=True)
    yield from header_pieces("user", marks)
    yield from content_pieces(text, "user", marks)
    yield TurnPiece(marks.end, control=True)
    yield from content_pieces("\n", "", marks)
    yield from header_pieces(RECORD_MODEL, marks)


def response_pieces(text: str, style: TurnStyle) -> Iterator[TurnPiece]:
    """Yields the pieces of a plain response, which follows a prompt of ``prompt_pieces``, with its end marker."""
    marks = MARKERS_OF[style]
    yield from content_pieces(text, RECORD_MODEL, marks)
    yield TurnPiece(marks.end, control=True, target=True)


def header_pieces(role: str, marks: Markers) -> Iterator[TurnPiece]:
    """Yields the header of a turn: the whole header of a model's turn; of another, the part before its text."""
    yield TurnPiece(marks.start, control=True)
    name = marks.model_role if role == RECORD_MODEL else role
    if marks.after_role:
        yield TurnPiece(name)
        yield TurnPiece(marks.after_role, control=True)
        name = ""
    if role == RECORD_MODEL:
        yield TurnPiece(name + marks.gap)


def content_pieces(text: str, role: str, marks: Markers) -> Iterator[TurnPiece]:
    """Yields the content of a turn, or the text between turns if ``role`` is empty."""
    if not role:
        text = marks.between if text == "\n" else text
    elif role != RECORD_MODEL:
        text = (marks.gap if marks.after_role else role + marks.gap) + text
    if text:
        yield TurnPiece(text, target=role == RECORD_MODEL)
