"""The routes of attempts."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from tunix_rt.http.access.open_paths import ATTEMPT_PATH
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
"""The method, the path below that of all attempts, and the handler of each route."""


def attempt_routes() -> list[BaseRoute]:
    """Returns the routes that the token of an attempt opens."""
    return [Route(ATTEMPT_PATH + path, with_token(handler), methods=[method]) for method, path, handler in HANDLERS]
