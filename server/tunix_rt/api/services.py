"""What the API needs of long work: to wake the worker, to follow events, to sign the URLs of files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tunix_rt.api.live.changed_runs import RunChanges
from tunix_rt.api.live.job_events import JobEvents
from tunix_rt.api.runs.events import read_run_events
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.lifecycle import EVENTS_READ, events_after
from tunix_rt.domain.runs.lifecycle import Runner
from tunix_rt.domain.runs.timeline import ENTRIES_READ
from tunix_rt.domain.signed_urls import Signer
from tunix_rt.settings import Settings


@dataclass(frozen=True)
class LongWork:
    """What the server needs of jobs and their files.

    Args:
        wake: tells the worker that a job was entered.
        runner: enters training runs, and waits for them.
        signer: signs download URLs.
        export_events: the events of the exports that are followed.
        run_events: the events of the runs that are followed.
        run_changes: which runs change, while anybody follows that.
    """

    wake: Callable[[], None]
    runner: Runner
    signer: Signer
    export_events: JobEvents
    run_events: JobEvents
    run_changes: RunChanges

    @classmethod
    def of(cls, database: Database, settings: Settings, wake: Callable[[], None], runner: Runner) -> LongWork:
        """What jobs in a database need."""
        signer = Signer(settings.data_dir, timedelta(seconds=settings.download_url_seconds))
        tails = JobEvents(database, events_after, EVENTS_READ), JobEvents(database, read_run_events, ENTRIES_READ)
        return cls(wake, runner, signer, *tails, RunChanges(database))

    def end(self) -> None:
        """Ends every subscription; a server that stops would wait for them otherwise."""
        for stream in (self.export_events, self.run_events, self.run_changes):
            stream.end()

    async def close(self) -> None:
        """Gives up what is under way."""
        for stream in (self.export_events, self.run_events, self.run_changes):
            await stream.close()
