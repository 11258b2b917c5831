"""Prepares the batches of an import: in a thread, and in a second process once the import is large."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, Self, cast

import msgspec

from tunix_rt.domain.imports.importing import ImportReport, ImportSource, RecordProgram
from tunix_rt.domain.imports.preparing import LinesToPrepare, PreparationOrder, PreparedBatch, prepare_batch
from tunix_rt.domain.traces.prepared import PreparedTraces
from tunix_rt.frames import encode_frame, receive_frame
from tunix_rt.offload import off_loop

logger = logging.getLogger(__name__)

MODULE = "tunix_rt.domain.imports.preparation_process"
LARGE_BYTES = 8 << 20
"""The size of the traces after which a second process is started."""
PART_LINES, PART_BYTES = 500, 1 << 20
"""The size of what is sent to it at once, so that the event loop is never busy with one part for long."""
PART_SECONDS = 60
"""The time limit of one part; its lines are prepared in some 50 ms."""

END_SECONDS = 2
"""The time that it has to end once its input has."""

decode = msgspec.msgpack.Decoder(PreparedBatch).decode


class Preparation:
    """Prepares batches in order. If the second process ends, the thread prepares all lines that it has not returned.

    Args:
        kind: ``sqlite`` or ``postgresql``.
    """

    def __init__(self, source: ImportSource, kind: str) -> None:
        self._source, self._kind = source, kind
        self._size = 0
        self._starting: asyncio.Task[PreparationProcess | None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._starting is None:
            return
        self._starting.cancel()
        with suppress(asyncio.CancelledError):
            if process := await self._starting:
                await process.end()

    async def prepare(self, batch: Sequence[Any], report: ImportReport) -> PreparedTraces:
        """Returns the traces of the next batch, and adds its lines and its errors to a report."""
        found = await self._elsewhere(batch, report.lines)
        if found is None:  # a thread, so that other tasks run
            found = await asyncio.to_thread(prepare_batch, batch, self._source.read, report.lines, self._kind)
        report.add(found.report)
        self._size += found.traces.size
        if self._starting is None and self._size >= LARGE_BYTES and self._source.program and has_two_cores():
            self._starting = asyncio.create_task(start(self._source.program, self._kind))
        return found.traces

    async def _elsewhere(self, batch: Sequence[Any], before: int) -> PreparedBatch | None:
        """Returns a batch that the second process has prepared; None if the thread has to."""
        process = self._starting.result() if self._starting is not None and self._starting.done() else None
        if process is None or process.ended or any(type(line) is not bytes for line in batch):
            return None
        return await process.prepare(batch, before)


class PreparationProcess:
    """The second process of an import."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._lines = cast("StreamWriter", process.stdin)
        self._prepared = cast("StreamReader", process.stdout)
        self.ended = False

    async def begin(self, order: PreparationOrder) -> None:
        """Sends the process its order, and waits until it is ready; raises as ``_receive`` does."""
        self._lines.write(encode_frame(order))
        await self._receive()

    async def prepare(self, batch: Sequence[bytes], before: int) -> PreparedBatch | None:
        """Returns a prepared batch; None if the process has ended, or takes too long.

        Args:
            before: the number of lines before the batch.
        """
        found = PreparedBatch(PreparedTraces(), ImportReport(lines=before))
        parts = parts_of(batch, before)
        try:
            self._lines.write(encode_frame(next(parts)))
            for following in chain(parts, [None]):
                if following is not None:  # it waits there while the one before is prepared
                    # No drain: the process may wait until its answer is read.
                    self._lines.write(encode_frame(following))
                content = await self._receive()
                part = await off_loop(len(content), decode, content)
                found.traces.extend(part.traces)
                found.report.add(part.report)
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError) as error:
            logger.warning("the second process of an import has ended (%s); its thread goes on", type(error).__name__)
            await self.kill()
            return None
        return found

    async def end(self) -> None:
        """Ends the process by the end of its input; kills it if it takes too long."""
        self.ended = True
        self._lines.close()
        try:
            async with asyncio.timeout(END_SECONDS):
                await self._process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """Kills the process."""
        self.ended = True
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def _receive(self) -> bytes:
        """Returns the next frame's content.

        Raises:
            asyncio.IncompleteReadError, ConnectionError: the process has ended.
            TimeoutError: it takes too long.
        """
        async with asyncio.timeout(PART_SECONDS):
            return await receive_frame(self._prepared)


async def start(program: RecordProgram, kind: str) -> PreparationProcess | None:
    """Starts a second process and returns it once it is ready; None if it cannot be started."""
    try:
        command = [sys.executable, "-m", MODULE]
        started = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, start_new_session=True)
    except OSError as error:
        logger.warning("the second process of an import cannot be started: %s", error)
        return None
    process = PreparationProcess(started)
    try:
        await process.begin(PreparationOrder(program, kind))
    except (asyncio.IncompleteReadError, ConnectionError, TimeoutError) as error:
        logger.warning("the second process of an import cannot be started: %s", type(error).__name__)
        await process.kill()
        return None
    except BaseException:
        await process.kill()
        raise
    return process


def parts_of(batch: Sequence[bytes], before: int) -> Iterator[LinesToPrepare]:
    """Yields the lines of a batch in parts of bounded size.

    Args:
        before: the number of lines before the batch.
    """
    start = size = 0
    for end, line in enumerate(batch, 1):
        size += len(line)
        if size >= PART_BYTES or end - start == PART_LINES or end == len(batch):
            yield LinesToPrepare(before + start, list(batch[start:end]))
            start, size = end, 0


def has_two_cores() -> bool:
    """Returns whether this process may use more than one core."""
    return len(os.sched_getaffinity(0)) > 1
