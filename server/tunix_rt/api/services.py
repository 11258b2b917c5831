"""Services: the parts of a server that are shared by all requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tunix_rt.api.live.changed_runs import ChangedRuns
from tunix_rt.api.live.job_events import JobEvents
from tunix_rt.api.live.new_traces import NewTraces
from tunix_rt.domain.contamination.comparing import ContaminationChecks
from tunix_rt.domain.keys.quotas import Quotas
from tunix_rt.domain.keys.ring import KeyRing
from tunix_rt.domain.runs.lifecycle import Runner
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.domain.signed_urls import Signer
from tunix_rt.domain.storage.base import Storage
from tunix_rt.integrations.rediai import Rediai
from tunix_rt.integrations.tunix import TunixProbe


@dataclass(frozen=True)
class Services:
    """The services of one server, created by ``services_of``.

    Args:
        wake: notifies the worker of a new job.
        runner: starts training runs and waits for them.
        signer: signs download URLs.
        storage: has the files of exports.
        scoring: finds scorers and scores traces.
        contamination: compares training with evaluation datasets.
        keys: decides requests by the API keys.
        quotas: counts what each key uses.
        tunix: reports whether training can run here.
        rediai: reports the health of RediAI.
        new_traces: streams traces as they are stored.
        export_events: streams the events of exports.
        generation_events: streams the events of generations.
        evaluation_events: streams the events of evaluations.
        run_events: streams the events of runs.
        changed_runs: streams the runs that change.
    """

    wake: Callable[[], None]
    runner: Runner
    signer: Signer
    storage: Storage
    scoring: ScorerService
    contamination: ContaminationChecks
    keys: KeyRing
    quotas: Quotas
    tunix: TunixProbe
    rediai: Rediai
    new_traces: NewTraces
    export_events: JobEvents
    generation_events: JobEvents
    evaluation_events: JobEvents
    run_events: JobEvents
    changed_runs: ChangedRuns

    @property
    def streams(self) -> tuple[NewTraces | JobEvents | ChangedRuns, ...]:
        """Returns the sources of all subscriptions."""
        jobs = (self.export_events, self.generation_events, self.evaluation_events, self.run_events)
        return self.new_traces, *jobs, self.changed_runs

    def end(self) -> None:
        """Ends every subscription, since a stopping server waits for open streams."""
        for stream in self.streams:
            stream.end()

    async def close(self) -> None:
        """Stops all polling and the processes of scorers, and cancels the requests to other systems."""
        for stream in self.streams:
            await stream.close()
        await self.keys.close()
        await self.rediai.close()
        await self.scoring.close()
