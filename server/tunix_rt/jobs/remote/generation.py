"""The process of an attempt at a generation without the database: ``python -m tunix_rt.jobs.remote.generation``.

It has the environment of ``jobs.remote.process``. Exit status 0 means that the ledger has the outcome, that another
attempt has started, or that another process performs this one; 75 that the server was unreachable for too long.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Retrying
from tunix_rt.domain.atomic_files import write_atomically
from tunix_rt.domain.attempts import paths
from tunix_rt.domain.attempts.generations import AnswerBatch, AssignedGeneration, GenerationReport, GenerationState
from tunix_rt.domain.attempts.tokens import AttemptOver
from tunix_rt.domain.generations.answers import AnswerCounts
from tunix_rt.domain.generations.files import generation_folder
from tunix_rt.domain.generations.prompts import Prompt, read_prompts
from tunix_rt.domain.jobs.queue import HoldState
from tunix_rt.domain.runs.files import remove
from tunix_rt.domain.runs.manifest import yaml_text
from tunix_rt.domain.runs.stored_files.models import TrainedModel
from tunix_rt.errors import BadUserInput, ErrorCode, NotFound, Unavailable
from tunix_rt.jobs.generations.performing import perform
from tunix_rt.jobs.generations.preparing import request_of
from tunix_rt.jobs.generations.progress import GenerationProgress
from tunix_rt.jobs.generations.relay import ReportedEvent
from tunix_rt.jobs.holding import AttemptLost, JobFailed, JobStopped
from tunix_rt.jobs.process import GIVEN_UP_STATUS, converting_errors
from tunix_rt.jobs.remote.client import call, open_client, read
from tunix_rt.jobs.remote.ledger import RETRY_SECONDS, HeldBody, place_of
from tunix_rt.jobs.remote.process import run_with
from tunix_rt.jobs.remote.storage import ServedFile, ServedStorage
from tunix_rt.jobs.run_models import ModelCopies
from tunix_rt.jobs.stored_inputs import wait_for_storage
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import EVENTS_FILE, PROMPTS_FILE, REQUEST_FILE, TrainerEvent

logger = logging.getLogger("tunix_rt")


class ServedGeneration:
    """An attempt at a generation behind a server; see ``AnsweringAttempt``, ``Beating`` and ``TrainedModels``."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient, generation: AssignedGeneration) -> None:
        self.settings = settings
        self.hold = generation.hold
        self.folder: Path = generation_folder(settings.data_dir.absolute(), generation.id)
        self.samples = generation.options.samples_per_prompt
        self.lease = timedelta(seconds=generation.lease_seconds)
        self._generation = generation
        self._http = http

    @property
    def held(self) -> ServedGeneration:
        """See ``AnsweringAttempt.held``."""
        return self

    async def beat(self, *, notify: bool, **values: Any) -> HoldState:
        """See ``HeldJob.beat``; the server appends an event to each."""
        try:
            answer = await call(self._http, "POST", paths.GENERATION + paths.LEASE, state_of(values))
        except AttemptOver:
            return HoldState.LOST
        return HoldState[read(answer, HeldBody).state]

    async def find(self, model_id: str) -> TrainedModel:
        """See ``TrainedModels.find``: the server knows the model of the generation."""
        return read(await self._request("GET", paths.MODEL), TrainedModel)

    async def prepare(self, progress: GenerationProgress) -> ServedAnswers:
        """See ``AnsweringAttempt.prepare``."""
        generation, storage = self._generation, ServedStorage(self._http, paths.GENERATION)
        with converting_errors("The generation's folder cannot be used"):
            copies = ModelCopies(self, storage, self.settings, RETRY_SECONDS)
            await copies.provide(generation.model_id, generation.checkpoint_step)
            await asyncio.to_thread(self.folder.mkdir, parents=True, exist_ok=True)
            if not (self.folder / PROMPTS_FILE).exists():
                await self._copy_prompts()
            request = yaml_text(request_of(generation, self.folder, self.settings))
            await asyncio.to_thread(write_atomically, self.folder / REQUEST_FILE, request.encode())
            await asyncio.to_thread(note_stored_batches, self.folder / EVENTS_FILE, generation)
            prompts = await asyncio.to_thread(read_prompts, self.folder / PROMPTS_FILE)
        if not prompts:
            raise JobFailed(ErrorCode.NOT_FOUND, "There is nothing to answer: no trace is selected.")
        progress.begin(AnswerCounts(generation.answers, generation.malformed, generation.tokens))
        progress.prompts = len(prompts)
        return ServedAnswers(self, prompts, generation.next_batch)

    async def _copy_prompts(self) -> None:
        while (await self._request("POST", paths.PROMPTS)).status_code == httpx.codes.ACCEPTED:
            continue
        part = self.folder / f"{PROMPTS_FILE}.part"
        await wait_for_storage(RETRY_SECONDS, ServedFile(self._http, paths.GENERATION + paths.PROMPTS).copy_to, part)
        await asyncio.to_thread(part.replace, self.folder / PROMPTS_FILE)

    async def store(self, batch: AnswerBatch) -> AnswerCounts:
        """Stores a batch of answers unless it is stored, and counts the new ones.

        Raises:
            JobStopped: the hold is lost.
            JobFailed: the server refuses the batch.
            Unavailable: the server was unreachable for too long.
        """
        with converting_errors():
            return read(await self._request("POST", paths.ANSWERS, batch), AnswerCounts)

    async def record(self, status: JobStatus, error: tuple[ErrorCode, str] | None, columns: dict[str, Any]) -> None:
        """See ``AnsweringAttempt.record``; removes the folder of a completed generation then."""
        code, message = error or (None, "")
        report = GenerationReport(
            status=status, state=state_of(columns), error=code, message=message, stderr=columns["stderr"]
        )
        await self.report(report)
        if status is JobStatus.COMPLETED:
            await asyncio.to_thread(remove, self.folder)

    async def report(self, report: GenerationReport) -> None:
        """Reports the end of the attempt; does nothing if it is recorded, or the hold is lost."""
        try:
            await self._request("POST", paths.OUTCOME, report)
        except JobStopped:
            logger.info("generation %s: the attempt is over", self.hold.id)

    async def close(self) -> None:
        """See ``AnsweringAttempt.close``."""
        await self._http.aclose()

    async def _request(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Returns the answer to a request, which is repeated while the server is unreachable.

        Raises:
            JobStopped: the hold is lost.
        """
        try:
            return await Retrying(RETRY_SECONDS)(call, self._http, method, paths.GENERATION + path, body)
        except AttemptOver as error:
            raise JobStopped(HoldState.LOST) from error


class ServedAnswers:
    """The answers of a generation behind a server, sent in numbered batches; see ``AnswerStore``.

    Args:
        following: the number of the first batch that is not stored.
    """

    def __init__(self, attempt: ServedGeneration, prompts: Sequence[Prompt], following: int) -> None:
        self._attempt = attempt
        self._prompts = prompts
        self._following = following

    async def add(self, batches: Sequence[ReportedEvent]) -> AnswerCounts:
        """See ``AnswerStore.add``."""
        found = AnswerCounts(0, 0, 0)
        for event in batches:
            if event.batch < self._following:
                continue
            prompts = {answer.prompt: self._prompts[answer.prompt] for answer in event.answers}
            stored = await self._attempt.store(AnswerBatch(number=event.batch, answers=event.answers, prompts=prompts))
            self._following = event.batch + 1
            found = AnswerCounts(
                found.answers + stored.answers, found.malformed + stored.malformed, found.tokens + stored.tokens
            )
        return found


def state_of(columns: dict[str, Any]) -> GenerationState:
    """Returns the progress among columns of the ledger."""
    names = GenerationState.__struct_fields__
    given = {name: columns[name] for name in names if name in columns}
    return GenerationState(**given | {"progress": min(given.get("progress", 0.0), 0.99)})


def note_stored_batches(path: Path, generation: AssignedGeneration) -> None:
    """Appends to the trainer's log that the first batches are answered, whichever machine has done so; blocks.

    Raises:
        OSError: the log cannot be written.
    """
    if not generation.next_batch:
        return
    event = {
        "seq": 1,
        "at": now().isoformat(),
        "attempt": generation.attempt,
        "event": TrainerEvent.ANSWERS,
        "batch": generation.next_batch - 1,
        "answers": [],
    }
    whole = not path.exists() or path.read_bytes()[-1:] in {b"", b"\n"}
    with path.open("ab") as file:
        file.write((b"" if whole else b"\n") + msgspec.json.encode(event) + b"\n")


async def work(settings: Settings) -> int:
    """Binds the attempt to this process, performs it, and returns the exit status."""
    http = open_client(settings.server, settings.attempt_token)
    try:
        await Retrying(RETRY_SECONDS)(call, http, "PUT", paths.GENERATION + paths.PLACE, place_of(settings))
        generation = read(await Retrying(RETRY_SECONDS)(call, http, "GET", paths.GENERATION), AssignedGeneration)
        await perform(ServedGeneration(settings, http, generation))
    except AttemptOver:
        return 0
    except (BadUserInput, NotFound, Unavailable, AttemptLost) as error:
        logger.error("generation: %s", error)
        return GIVEN_UP_STATUS if isinstance(error, Unavailable) else 1
    finally:
        await http.aclose()
    return 0


if __name__ == "__main__":
    sys.exit(run_with(work))
