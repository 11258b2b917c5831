"""The process that prepares the batches of a large import: ``python -m tunix_rt.domain.imports.preparation_process``.

Reading, checking and splitting a line into words takes as long as storing it, and both at once take one core of an
interpreter. So a large import does it in this process, which opens no database, and ends with its standard input.

Frames have a length of four bytes, and msgpack. Standard input begins with a ``PreparationOrder``, after which one
empty frame is written; then each ``LinesToPrepare`` is followed by a ``PreparedBatch`` on standard output.
"""

from __future__ import annotations

import gc
import os
import sys

import msgspec

from tunix_rt.domain.imports.line_imports import later_reader
from tunix_rt.domain.imports.preparing import LinesToPrepare, PreparationOrder, prepare_batch
from tunix_rt.frames import read_frame, write_frame


def main() -> None:
    """Prepares lines until standard input ends."""
    source, output = sys.stdin.buffer, sys.stdout.buffer
    order = msgspec.msgpack.decode(read_frame(source), type=PreparationOrder)
    read, lines = later_reader(order.program), msgspec.msgpack.Decoder(LinesToPrepare)
    gc.freeze()  # what was imported stays, so that no collection visits it
    try:
        write_frame(output, None)
        while frame := read_frame(source):
            found = lines.decode(frame)
            write_frame(output, prepare_batch(found.lines, read, found.before, order.kind))
    except BrokenPipeError:
        os._exit(1)  # the import is gone; avoids Python's error when it flushes standard output at exit


if __name__ == "__main__":
    main()
