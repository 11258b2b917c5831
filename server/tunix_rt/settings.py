"""All settings, with their types, defaults and ranges.

Each is read once from the environment as ``TUNIX_RT_`` plus its upper-case name, and checked at start.
``docs/reference/settings.md`` lists them; a test keeps it in step.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tunix_rt.engine_settings import EngineSettings
from tunix_rt.errors import SettingsError
from tunix_rt.setting_values import (
    LOOPBACK_HOSTS,
    PREFIX,
    check_addresses,
    check_cluster,
    check_judge,
    check_labels,
    check_proxies,
    check_range,
    check_rediai,
    check_sign_out,
    check_slurm,
    check_storage,
    comma_separated,
    parse_setting,
    setting,
)
from tunix_rt.suggestions import close_names

LOCK_SHARE = 0.8
"""The share of a request's time that a wait for a lock may take; the rest is left for the error response."""


@dataclass(frozen=True, kw_only=True)
class Settings(EngineSettings):
    """The settings of a server; the unit is in each field's description."""

    data_dir: Path = setting(
        Path(".tunix-rt"), "Folder of the embedded database and of all files that the server creates."
    )
    database_url: str = setting(
        "",
        "`sqlite+aiosqlite:///FILE` or `postgresql+asyncpg://…` (plain `postgresql://` is accepted). "
        "Empty: an SQLite file in the data folder.",
    )
    storage_url: str = setting(
        "",
        "Where files of exports and runs are kept: `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX`, "
        "`az://ACCOUNT/CONTAINER/PREFIX` or `file:///FOLDER`, which several machines share. Empty: the data folder.",
    )
    storage_redirect: bool = setting(
        False,
        "Whether downloads redirect to a signed URL of the object storage. Otherwise they pass through the server.",
    )
    storage_timeout_seconds: float = setting(30.0, "Time limit of one request to the object storage.", 0.1, 3600)
    attempt_token: str = setting(
        "", "Token of the attempt that this process performs without the database; its worker sets it.", secret=True
    )
    worker_labels: str = setting(
        "", "Comma-separated labels of the worker, such as `gpu,tpu-v5e`: it takes only runs that require no others."
    )
    worker_grace_seconds: float = setting(
        900.0,
        "Time after its lease within which an attempt without the database may report again, before another starts.",
        0,
        86_400,
    )
    attempt_file_max_bytes: int = setting(
        68_719_476_736,
        "Largest file that a worker without the database may upload; it is spooled to the data folder.",
        1024,
        1_099_511_627_776,
    )
    server: str = setting(
        "", "URL of the server that commands work on, as `--server`. Empty: the database that these settings name."
    )
    key: str = setting("", "API key that commands send to the server that they work on. Empty: none.", secret=True)
    host: str = setting(
        "127.0.0.1", "Address to listen on. Addresses other than loopback need an API key: `tunix-rt key create`."
    )
    port: int = setting(8000, "TCP port to listen on.", 0, 65535)
    allowed_origins: str = setting("", "Comma-separated origins that may use the API in addition to the server's own.")
    allowed_hosts: str = setting("", "Comma-separated host names accepted in `Host` in addition to loopback names.")
    loopback_without_key: bool = setting(
        False,
        "Whether requests from this machine need no API key even if there are keys. Not for a server behind a proxy "
        "on the same machine.",
    )
    proxy_addresses: str = setting(
        "",
        "Comma-separated addresses or networks of proxies in front of the server, such as `127.0.0.1,10.0.0.0/8`. "
        "Their `X-Forwarded-For` names the client in the audit log. Empty: none.",
    )
    proxy_scopes: str = setting(
        "",
        "Scopes of the users whom these proxies have signed in, by group: `admins=admin,team=write+run,*=read`. `*` is "
        "every user. Empty: headers sign nobody in.",
    )
    proxy_user_header: str = setting("X-Forwarded-User", "Header in which the proxy names the user.")
    proxy_groups_header: str = setting(
        "X-Forwarded-Groups", "Header in which the proxy names the user's groups, separated by commas."
    )
    proxy_sign_out_url: str = setting(
        "",
        "Where the proxy signs users out: a path such as `/oauth2/sign_out`, or a URL. The web client links to it. "
        "Empty: no link.",
    )
    key_points_per_minute: int = setting(
        0,
        "Cost points that the operations of one API key, or of one user whom a proxy signed in, may use in a minute, "
        "counted by each server. 0: any number.",
        0,
        1_000_000_000,
    )
    key_max_operations: int = setting(
        0,
        "Maximum number of concurrent operations of one API key, or of one user whom a proxy signed in, over "
        "WebSockets and server-sent events, counted by each server. 0: any number.",
        0,
        1_000_000,
    )
    key_max_jobs: int = setting(
        0,
        "Maximum number of jobs of one API key, or of one user whom a proxy signed in, that are pending or running, "
        "over all servers of the database. 0: any number.",
        0,
        1_000_000,
    )
    metrics_need_key: bool = setting(True, "Whether `/metrics` needs an API key if there are keys.")
    audit_keep_days: int = setting(
        0, "Retention time of the audit log; older events are deleted when others are recorded. 0: for ever.", 0, 36_500
    )
    db_pool_size: int = setting(5, "Size of the PostgreSQL connection pool; also the number of SQLite readers.", 1, 50)
    db_max_overflow: int = setting(
        10, "Additional PostgreSQL connections under load, closed when they have been idle for a minute.", 0, 50
    )
    db_pool_timeout_seconds: float = setting(30.0, "Longest wait for a free connection.", 1, 300)
    db_statement_timeout_seconds: float = setting(25.0, "Longest statement of a request.", 0.1, 3600)
    db_lock_timeout_seconds: float = setting(
        20.0,
        "Longest wait for a lock (SQLite: for the writer); shorter where a request or a statement would end first.",
        1,
        300,
    )
    trace_max_bytes: int = setting(8_388_608, "Largest trace, in bytes of its canonical JSON.", 1024, 33_554_432)
    body_max_bytes: int = setting(33_554_432, "Largest body of one GraphQL request, in bytes.", 1024, 1_073_741_824)
    body_memory_bytes: int = setting(
        1_048_576,
        "Bytes of a request body kept in memory while it arrives; a larger body is spooled to a temporary file.",
        0,
        1_073_741_824,
    )
    body_timeout_seconds: float = setting(
        30.0, "Time within which at least 1,024 bytes of a request body, or its end, must arrive.", 0.1, 3600
    )
    header_max_bytes: int = setting(65_536, "Largest request line with its headers, in bytes.", 1024, 1_048_576)
    header_timeout_seconds: float = setting(10.0, "Longest time for a request's line and headers.", 0.1, 3600)
    idle_timeout_seconds: float = setting(5.0, "Longest idle time of a connection between two requests.", 0.1, 3600)
    write_timeout_seconds: float = setting(60.0, "Longest time that a client may stop reading a response.", 0.1, 3600)
    response_max_bytes: int = setting(
        67_108_864,
        "Largest response of a GraphQL operation, in bytes of JSON; also the limit on the data read for it.",
        1024,
        1_073_741_824,
    )
    upload_max_bytes: int = setting(
        1_073_741_824,
        "Largest Parquet body of `POST /v1/traces`, in bytes; it is spooled to a temporary file in the data folder.",
        1024,
        1_099_511_627_776,
    )
    request_timeout_seconds: float = setting(30.0, "Time limit of a GraphQL query or mutation.", 0.1, 3600)
    dataset_timeout_seconds: float = setting(
        600.0, "Longest createDataset, splitDataset or verifyDataset within the request.", 1, 86400
    )
    max_query_chars: int = setting(
        1_000_000, "Largest GraphQL document, in characters; counted before it is parsed.", 1000, 33_554_432
    )
    max_query_tokens: int = setting(10_000, "Largest GraphQL document, in tokens.", 100, 1_000_000)
    max_query_depth: int = setting(20, "Deepest nesting of selections.", 3, 100)
    max_query_aliases: int = setting(50, "Maximum number of aliases in one document.", 0, 10_000)
    max_query_directives: int = setting(50, "Maximum number of directives in one document.", 0, 10_000)
    max_query_cost: int = setting(
        100_000,
        "Maximum number of objects that one operation may request, as the product of nested page sizes; also the "
        "limit on its response.",
        100,
        100_000_000,
    )
    max_socket_operations: int = setting(100, "Maximum number of concurrent operations of one WebSocket.", 1, 100_000)
    max_live_operations: int = setting(
        20_000, "Maximum number of concurrent operations over all WebSockets and server-sent events.", 1, 1_000_000
    )
    disk_free_min_bytes: int = setting(
        268_435_456, "Free bytes of the data folder's disk below which `health` is DOWN.", 0, 1_099_511_627_776
    )
    trainer_python: str = setting(
        "", "The Python interpreter that training runs in, with google-tunix installed. Empty: the server's own."
    )
    models_dir: str = setting(
        "",
        "Folder of local models in Hugging Face's layout. Empty: `models` in the data folder.",
    )
    run_slots: int = setting(1, "Concurrent training runs of one worker; other runs are queued.", 0, 64)
    run_attempts: int = setting(
        3, "Maximum attempts at a run whose process was killed; each attempt resumes from the last checkpoint.", 1, 100
    )
    run_timeout_seconds: int = setting(
        604_800, "Maximum and default of a run's timeoutSeconds, the time limit of one attempt.", 1, 31_536_000
    )
    run_grace_seconds: float = setting(
        60.0, "Grace period for saving a checkpoint after training is asked to stop; then it is killed.", 0, 3600
    )
    job_lease_seconds: float = setting(
        60.0, "Lease of a job: a process without a heartbeat for this long is considered gone.", 1, 3600
    )
    scorers_dir: str = setting("", "Folder of Python files that define scorers. Empty: `scorers` in the data folder.")
    scorer_timeout_seconds: float = setting(
        10.0,
        "Time limit of a scorer that runs in a separate process, for one trace; at most half of the request's.",
        0.1,
        3600,
    )
    judge_url: str = setting(
        "", "Base URL of a chat completions API for the scorer `judge`, such as `http://localhost:11434/v1`."
    )
    judge_model: str = setting("", "Model of the scorer `judge`.")
    judge_key: str = setting("", "API key of the scorer `judge`, sent as a bearer token. Empty: none.", secret=True)
    judge_rubric_file: str = setting("", "Text file with the rubric of the scorer `judge`. Empty: the default rubric.")
    judge_timeout_seconds: float = setting(
        15.0,
        "Time limit of the scorer `judge` for one trace with all attempts; at most half of the request's.",
        0.1,
        600,
    )
    judge_attempts: int = setting(3, "Maximum attempts of the scorer `judge` at one trace.", 1, 20)
    judge_at_once: int = setting(4, "Concurrent requests of the scorer `judge`.", 1, 64)
    judge_input_price: float = setting(
        0.0, "Price of a million prompt tokens, for the cost in the details of a score.", 0, 1_000_000
    )
    judge_output_price: float = setting(
        0.0, "Price of a million completion tokens, for the cost in the details of a score.", 0, 1_000_000
    )
    rediai_mode: str = setting("mock", "`mock`: RediAI is always healthy and never queried; `real`: it is queried.")
    rediai_base_url: str = setting("http://localhost:8080", "Base URL of RediAI: `http` or `https`.")
    rediai_health_path: str = setting("/health", "Path of RediAI's health route below its base URL; starts with `/`.")
    rediai_health_cache_ttl_seconds: float = setting(
        30.0, "How long RediAI's health is cached; 0 disables the cache.", 0, 300
    )
    log_level: str = setting("info", "Log level: debug, info, warning or error.")
    worker: bool = setting(True, "Whether `serve` runs jobs itself, without `tunix-rt worker`.")
    dataset_direct_max: int = setting(
        50_000,
        "Maximum number of members of a dataset that is built within the request; a larger one is built by a job.",
        0,
        10_000_000,
    )
    dataset_slots: int = setting(
        1, "Concurrent dataset builds of this process; 0 leaves them to other processes.", 0, 64
    )
    evaluation_slots: int = setting(
        1, "Concurrent evaluations of this process; 0 leaves them to other processes.", 0, 64
    )
    export_slots: int = setting(2, "Concurrent exports of this process; 0 leaves them to other processes.", 0, 64)
    generation_slots: int = setting(
        1, "Concurrent generations of this process; 0 leaves them to other processes.", 0, 64
    )
    export_keep_hours: float = setting(168.0, "Retention time of export files.", 0.01, 87_600)
    download_url_seconds: float = setting(3600.0, "Lifetime of download URLs.", 1, 604_800)
    public_url: str = setting(
        "", "Public base URL of the server, such as `https://traces.example`. Empty: derived from the request's `Host`."
    )
    load_samples: bool = setting(True, "Whether `serve` loads the bundled sample traces into an empty database.")

    def __post_init__(self) -> None:
        for spec in fields(self):
            check_range(spec.name, getattr(self, spec.name), spec.metadata["low"], spec.metadata["high"])
        if self.log_level not in {"debug", "info", "warning", "error"}:
            raise SettingsError(f"{PREFIX}LOG_LEVEL must be debug, info, warning or error, not {self.log_level!r}.")
        check_rediai(self.rediai_mode, self.rediai_base_url, self.rediai_health_path)
        check_judge(self.judge_url, self.judge_rubric_file)
        check_labels(self.worker_labels)
        check_storage(self.storage_url)
        check_cluster("RAY", self.ray_address, self.ray_token, self.ray_token_file, self.public_url)
        check_cluster("SLURM", self.slurm_address, self.slurm_token, self.slurm_token_file, self.public_url)
        check_slurm(self.slurm_api_version, self.slurm_folder)
        headers, loopback = (self.proxy_user_header, self.proxy_groups_header), self.loopback_without_key
        check_proxies(self.proxy_addresses, self.proxy_scopes, headers, loopback_without_key=loopback)
        check_sign_out(self.proxy_sign_out_url, self.proxy_scopes)
        check_addresses(self.host, self.public_url)

    def environment(self) -> dict[str, str]:
        """Returns environment variables that pass the settings to another process."""
        values = {PREFIX + spec.name.upper(): getattr(self, spec.name) for spec in fields(self)}
        values[f"{PREFIX}DATA_DIR"] = self.data_dir.absolute()
        return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}

    @property
    def lock_wait_seconds(self) -> float:
        """Maximum wait for a lock on PostgreSQL, shorter than the timeouts of the statement and of its request."""
        return min(
            self.db_lock_timeout_seconds,
            LOCK_SHARE * self.db_statement_timeout_seconds,
            LOCK_SHARE * self.request_timeout_seconds,
        )

    @property
    def models_folder(self) -> Path:
        """The folder of the base models."""
        return Path(self.models_dir) if self.models_dir else self.data_dir / "models"

    @property
    def scorers_folder(self) -> Path:
        """The folder of custom scorers."""
        return Path(self.scorers_dir) if self.scorers_dir else self.data_dir / "scorers"

    @property
    def origins(self) -> tuple[str, ...]:
        """The extra origins as a tuple."""
        return comma_separated(self.allowed_origins)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names accepted in ``Host``: those of loopback, the allowed hosts, and the address to listen on."""
        return (*LOOPBACK_HOSTS, *comma_separated(self.allowed_hosts))


def settings_from(environment: Mapping[str, str] = os.environ, **overrides: Any) -> Settings:
    """Returns the settings of an environment.

    Args:
        overrides: values from the command line; None means not given.

    Raises:
        SettingsError: a ``TUNIX_RT_`` name is unknown, or a value is malformed or out of range.
    """
    known = {PREFIX + spec.name.upper(): spec for spec in fields(Settings)}
    given: dict[str, Any] = {}
    for name, text in environment.items():
        if not name.startswith(PREFIX):
            continue
        if name not in known:
            raise unknown_setting(name, known)
        given[known[name].name] = parse_setting(name, text, known[name].default)
    given |= {name: value for name, value in overrides.items() if value is not None}
    return Settings(**given)


def unknown_setting(name: str, known: Iterable[str]) -> SettingsError:
    """Returns the error for a setting that does not exist: with similar ones, and all."""
    similar = close_names(name.removeprefix(PREFIX), [found.removeprefix(PREFIX) for found in known])
    advice = f" Did you mean {' or '.join(PREFIX + found for found in similar)}?" if similar else ""
    return SettingsError(f"There is no setting {name}.{advice} The settings are: {', '.join(sorted(known))}.")
