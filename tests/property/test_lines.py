"""Lines of a growing file: each comes once, complete and in order, for any growth and any number of reads."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.property.conftest import Reached
from tests.support.strategies import bounded
from tunix_rt.jobs.supervision import lines
from tunix_rt.jobs.supervision.lines import Line, LineFile, last_line, tail_of, text_of

CHUNK = 16
PIECES = st.lists(st.binary(max_size=40).map(lambda piece: piece.replace(b"a", b"\n")), max_size=12)
"""What is appended to a file, bit by bit; line ends are frequent."""


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines longer than a chunk are frequent."""
    monkeypatch.setattr(lines, "CHUNK_BYTES", CHUNK)


def taken(file: LineFile, *, last: bool = False) -> list[Line]:
    """All that there is to take now."""
    found: list[Line] = []
    while some := file.take(last=last):
        found += some
    return found


@given(pieces=PIECES, restarts=st.lists(st.booleans(), min_size=12, max_size=12))
def test_each_line_comes_once_and_whole(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], restarts):
    path = tmp_path_factory.mktemp("lines") / uuid.uuid4().hex
    file, found = LineFile(path), []
    for piece, restart in zip(pieces, restarts, strict=False):
        with path.open("ab") as output:
            output.write(piece)
        found += taken(file)
        if restart:  # another process goes on from where this one was
            file = LineFile(path, file.offset)
    found += taken(file, last=True)

    content = b"".join(pieces)
    expected = content.split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert [line.length for line in found] == [len(line) for line in expected]
    for line, whole in zip(found, expected, strict=True):
        assert whole.startswith(line.head)
        assert len(line.head) >= min(len(whole), CHUNK)
    assert file.offset == len(content)


CHARACTERS = st.text(st.sampled_from("aé€\U0001f600"), min_size=40, max_size=80)
"""Texts of characters of one byte to four: a cut falls into one more often than between two."""


def is_within(raw: bytes, place: int) -> bool:
    """Returns whether a cut before that byte goes through a character."""
    return 0 < place < len(raw) and raw[place] & 0xC0 == 0x80


@bounded(200)
@given(text=st.one_of(CHARACTERS, st.text(max_size=60)), most=st.integers(1, 50))
def test_a_text_is_cut_on_a_character_and_reports_it(reached: Reached, text: str, most: int):
    raw = text.replace("\n", " ").replace("\r", " ").encode("utf-8", "surrogatepass")
    shown = text_of(Line(raw, len(raw)), most)
    reached("a cut within a character", is_within(raw, most))

    assert "\0" not in shown
    if len(raw) <= most:
        assert shown == raw.decode("utf-8", "replace").replace("\0", "\ufffd")
    else:
        kept, _, note = shown.rpartition("… [")
        assert note == f"{len(raw) - most:,} more bytes in the file]"
        assert raw.decode("utf-8", "replace").replace("\0", "\ufffd").startswith(kept)


ENDS = st.one_of(
    st.tuples(CHARACTERS, CHARACTERS, CHARACTERS).map("".join),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=200),
)


@bounded(200)
@given(text=ENDS, most=st.integers(60, 150))
def test_the_end_of_a_text_is_reported_within_its_size(
    tmp_path_factory: pytest.TempPathFactory, reached: Reached, text: str, most: int
):
    path = tmp_path_factory.mktemp("lines") / uuid.uuid4().hex
    raw = text.encode()
    path.write_bytes(raw)
    tail = tail_of(path, most)
    note_size = len(f"[{len(raw):,} bytes in total, these are the last]\n")
    within = len(raw) > most and is_within(raw, len(raw) - (most - note_size))
    reached("a cut within a character", within)

    assert len(tail.encode()) <= most
    if len(text.encode()) <= most:
        assert tail == text
    else:
        note, _, kept = tail.partition("\n")
        assert note == f"[{len(text.encode()):,} bytes in total, these are the last]"
        assert text.endswith(kept)
        assert most - len(tail.encode()) <= 3, "no more is left out than a character"


def test_files_that_are_not_there_hold_nothing(tmp_path: Path):
    missing = tmp_path / "missing"

    assert (LineFile(missing).take(), tail_of(missing, 100), last_line(missing, 0)) == ([], "", "")


def test_the_last_line_is_that_of_this_attempt(tmp_path: Path):
    path = tmp_path / "stderr.log"
    path.write_text("of an earlier attempt\n")
    start = path.stat().st_size

    assert last_line(path, start) == ""
    with path.open("a") as file:
        file.write("Traceback\nValueError: wrong\n\n")
    assert last_line(path, start) == "ValueError: wrong"
