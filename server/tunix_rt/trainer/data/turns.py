"""Turns of a conversation: how records mark them, and how models do."""

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

    A turn is ``start role [after_role] gap content end between``, the first one preceded by ``begin``.
    """

    begin: str
    start: str
    after_role: str
    gap: str
    end: str
    between: str
    model_role: str


class TurnStyle(Enum):
    """How a model marks turns, told by the control tokens that its tokenizer has."""

    GEMMA = "GEMMA"
    CHATML = "CHATML"
    LLAMA3 = "LLAMA3"
    PLAIN = "PLAIN"
    """It has no such tokens: Gemma's marks are spelt out as text, which a base model must first learn to read."""


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
    """A part of a conversation that is encoded by itself: a control token, or text that holds none."""

    text: str
    control: bool = False
    target: bool = False


def pieces_of(text: str, style: TurnStyle) -> Iterator[TurnPiece]:
    """The pieces of a record's rendered turns, marked as the model marks them.

    Learnt is what the model says, its end mark included. What inference sees before the model speaks is one piece, so
    that the tokens are the same there as here. Text outside of turns stays, without being learnt.
    """
    marks = MARKERS_OF[style]
    if marks.begin:
        yield TurnPiece(marks.begin, control=True)
    role, place = "", 0
    for found in MARKERS.finditer(text):
        yield from content_pieces(text[place : found.start()], role, marks)
        place = found.end()
        if found["role"] is None:
            yield TurnPiece(marks.end, control=True, target=role == RECORD_MODEL)
            role = ""
        else:
            role = found["role"]
            yield from header_pieces(role, marks)
    yield from content_pieces(text[place:], role, marks)


def header_pieces(role: str, marks: Markers) -> Iterator[TurnPiece]:
    """What comes before the content of a turn; of a model's turn whole, of another up to where its text begins."""
    yield TurnPiece(marks.start, control=True)
    name = marks.model_role if role == RECORD_MODEL else role
    if marks.after_role:
        yield TurnPiece(name)
        yield TurnPiece(marks.after_role, control=True)
        name = ""
    if role == RECORD_MODEL:
        yield TurnPiece(name + marks.gap)


def content_pieces(text: str, role: str, marks: Markers) -> Iterator[TurnPiece]:
    """The content of a turn, or what is between turns if there is no role."""
    if not role:
        text = marks.between if text == "\n" else text
    elif role != RECORD_MODEL:
        text = (marks.gap if marks.after_role else role + marks.gap) + text
    if text:
        yield TurnPiece(text, target=role == RECORD_MODEL)
