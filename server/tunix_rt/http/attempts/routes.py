"""The routes of attempts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from starlette.routing import BaseRoute, Route

from tunix_rt.domain.attempts import paths
from tunix_rt.domain.attempts.tokens import EXPORT_TOKENS, GENERATION_TOKENS, RUN_TOKENS, TokenLedger
from tunix_rt.http.attempts.dry_runs import record_end_of_dry_run
from tunix_rt.http.attempts.exports import (
    put_export,
    read_members,
    read_rows,
    read_traces,
    record_end_of_export,
    renew_lease_of_export,
    show_export,
    show_size,
)
from tunix_rt.http.attempts.files import (
    add_artifacts,
    delete_files,
    get_file,
    list_artifacts,
    list_model,
    mark_stored,
    put_file,
    store_datasets,
)
from tunix_rt.http.attempts.generations import (
    add_answers,
    get_model_file,
    get_prompts,
    prepare_prompts,
    record_end_of_generation,
    renew_lease_of_generation,
    show_generation,
    show_model,
)
from tunix_rt.http.attempts.reports import add_batch, put_manifest, put_place, record_end, renew_lease, show_run
from tunix_rt.http.attempts.rollouts import add_rollouts, check_rewards, grade
from tunix_rt.http.attempts.token import Handler, with_token

HANDLERS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "", show_run),
    ("PUT", paths.PLACE, put_place),
    ("POST", paths.LEASE, renew_lease),
    ("POST", paths.BATCHES, add_batch),
    ("PUT", paths.MANIFEST, put_manifest),
    ("POST", paths.OUTCOME, record_end),
    ("POST", paths.DRY_RUN, record_end_of_dry_run),
    ("POST", paths.DATASETS, store_datasets),
    ("GET", paths.MODEL, list_model),
    ("GET", paths.ARTIFACTS, list_artifacts),
    ("POST", paths.ARTIFACTS, add_artifacts),
    ("POST", paths.ARTIFACT_STORED, mark_stored),
    ("GET", paths.STORED_FILE, get_file),
    ("PUT", paths.FILE, put_file),
    ("DELETE", paths.FILE, delete_files),
    ("POST", paths.REWARDS, check_rewards),
    ("POST", paths.GRADES, grade),
    ("POST", paths.ROLLOUTS, add_rollouts),
)
"""The method, the path after ``paths.ATTEMPT``, and the handler of each route of runs."""

GENERATION_HANDLERS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "", show_generation),
    ("PUT", paths.PLACE, put_place),
    ("POST", paths.LEASE, renew_lease_of_generation),
    ("POST", paths.PROMPTS, prepare_prompts),
    ("GET", paths.PROMPTS, get_prompts),
    ("GET", paths.MODEL, show_model),
    ("GET", paths.STORED_FILE, get_model_file),
    ("POST", paths.ANSWERS, add_answers),
    ("POST", paths.OUTCOME, record_end_of_generation),
)
"""The same of generations, after ``paths.GENERATION``."""

EXPORT_HANDLERS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "", show_export),
    ("PUT", paths.PLACE, put_place),
    ("POST", paths.LEASE, renew_lease_of_export),
    ("GET", paths.SIZE, show_size),
    ("POST", paths.ROWS, read_rows),
    ("POST", paths.TRACES, read_traces),
    ("POST", paths.MEMBERS, read_members),
    ("PUT", paths.FILE, put_export),
    ("POST", paths.OUTCOME, record_end_of_export),
)
"""The same of exports, after ``paths.EXPORT``."""


def attempt_routes() -> list[BaseRoute]:
    """Returns the routes that the token of an attempt opens."""
    return [
        *routes_of(paths.ATTEMPT, HANDLERS, RUN_TOKENS),
        *routes_of(paths.GENERATION, GENERATION_HANDLERS, GENERATION_TOKENS),
        *routes_of(paths.EXPORT, EXPORT_HANDLERS, EXPORT_TOKENS),
    ]


def routes_of(root: str, handlers: Iterable[tuple[str, str, Handler]], ledger: TokenLedger) -> Iterator[BaseRoute]:
    """Yields the routes that the token of an attempt at a job of a ledger opens."""
    for method, path, handler in handlers:
        yield Route(root + path, with_token(handler, ledger), methods=[method])
