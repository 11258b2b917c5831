"""The services of a server or of a command, assembled on a database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tunix_rt.api.live.changed_runs import ChangedRuns
from tunix_rt.api.live.job_events import JobEvents
from tunix_rt.api.live.new_traces import NewTraces
from tunix_rt.api.runs.events import read_run_events
from tunix_rt.api.services import Services
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.contamination.comparing import ContaminationChecks
from tunix_rt.domain.evaluations.lifecycle import EVALUATION_HISTORY
from tunix_rt.domain.exports.lifecycle import EXPORT_HISTORY
from tunix_rt.domain.generations.lifecycle import GENERATION_HISTORY
from tunix_rt.domain.jobs.histories import EVENTS_READ
from tunix_rt.domain.keys.quotas import Quotas
from tunix_rt.domain.keys.ring import KeyRing
from tunix_rt.domain.runs.lifecycle import Runner
from tunix_rt.domain.runs.timeline import ENTRIES_READ
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.domain.signed_urls import Signer
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.integrations.rediai import Rediai
from tunix_rt.integrations.tunix import TunixProbe
from tunix_rt.setting_values import is_loopback
from tunix_rt.settings import Settings


def services_of(
    database: Database, settings: Settings, tunix: TunixProbe, runner: Runner, wake: Callable[[], None]
) -> Services:
    """Returns the services on a database."""
    signer = Signer(settings.data_dir, timedelta(seconds=settings.download_url_seconds))
    always = not is_loopback(settings.host) or bool(settings.proxy_scopes)
    return Services(
        wake=wake,
        runner=runner,
        keys=KeyRing(database, signer, always=always, local_without=settings.loopback_without_key),
        quotas=Quotas(settings.key_points_per_minute, settings.key_max_operations),
        signer=signer,
        storage=open_storage(settings),
        scoring=ScorerService(settings),
        contamination=ContaminationChecks(database),
        tunix=tunix,
        rediai=Rediai(settings),
        new_traces=NewTraces(database),
        export_events=JobEvents(database, EXPORT_HISTORY.jobs.name, EXPORT_HISTORY.after, EVENTS_READ),
        generation_events=JobEvents(database, GENERATION_HISTORY.jobs.name, GENERATION_HISTORY.after, EVENTS_READ),
        evaluation_events=JobEvents(database, EVALUATION_HISTORY.jobs.name, EVALUATION_HISTORY.after, EVENTS_READ),
        run_events=JobEvents(database, tunix_runs.name, read_run_events, ENTRIES_READ),
        changed_runs=ChangedRuns(database),
    )
