"""The routes of attempts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from starlette.routing import BaseRoute, Route

from tunix_rt.domain.attempts.tokens import GENERATION_TOKENS, RUN_TOKENS, TokenLedger
from tunix_rt.http.access.open_paths import ATTEMPT_PATH
from tunix_rt.http.attempts.dry_runs import record_end_of_dry_run
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
    ("PUT", "/place", put_place),
    ("POST", "/lease", renew_lease),
    ("POST", "/batches", add_batch),
    ("PUT", "/manifest", put_manifest),
    ("POST", "/outcome", record_end),
    ("POST", "/dry_run", record_end_of_dry_run),
    ("POST", "/datasets", store_datasets),
    ("GET", "/model", list_model),
    ("GET", "/artifacts", list_artifacts),
    ("POST", "/artifacts", add_artifacts),
    ("POST", "/artifacts/{artifact:uuid}/stored", mark_stored),
    ("GET", "/files/{run:uuid}/{attempt:int}/{name:path}", get_file),
    ("PUT", "/files/{name:path}", put_file),
    ("DELETE", "/files/{name:path}", delete_files),
    ("POST", "/rewards", check_rewards),
    ("POST", "/grades", grade),
    ("POST", "/rollouts", add_rollouts),
)
"""The method, the path below that of all attempts, and the handler of each route of runs."""

GENERATION_HANDLERS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/generation", show_generation),
    ("PUT", "/generation/place", put_place),
    ("POST", "/generation/lease", renew_lease_of_generation),
    ("POST", "/generation/prompts", prepare_prompts),
    ("GET", "/generation/prompts", get_prompts),
    ("GET", "/generation/model", show_model),
    ("GET", "/generation/files/{run:uuid}/{attempt:int}/{name:path}", get_model_file),
    ("POST", "/generation/answers", add_answers),
    ("POST", "/generation/outcome", record_end_of_generation),
)
"""The same of the routes of generations."""


def attempt_routes() -> list[BaseRoute]:
    """Returns the routes that the token of an attempt opens."""
    return [*routes_of(HANDLERS, RUN_TOKENS), *routes_of(GENERATION_HANDLERS, GENERATION_TOKENS)]


def routes_of(handlers: Iterable[tuple[str, str, Handler]], ledger: TokenLedger) -> Iterator[BaseRoute]:
    """Yields the routes that the token of an attempt at a job of a ledger opens."""
    for method, path, handler in handlers:
        yield Route(ATTEMPT_PATH + path, with_token(handler, ledger), methods=[method])
