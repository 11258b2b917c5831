"""The settings of engines other than the local one."""

from __future__ import annotations

from dataclasses import dataclass

from tunix_rt.setting_values import setting


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """The settings of the Ray engine; the unit is in each field's description."""

    ray_address: str = setting(
        "",
        "URL of a Ray cluster's dashboard, such as `http://ray.example:8265`, for runs with the engine RAY. Needs a "
        "token, and `TUNIX_RT_PUBLIC_URL` as the URL at which the cluster reaches this server. Empty: no Ray engine.",
    )
    ray_token: str = setting("", "Token of the Ray cluster, sent as bearer token.", secret=True)
    ray_token_file: str = setting("", "Text file with the token of the Ray cluster, in place of `TUNIX_RT_RAY_TOKEN`.")
    ray_python: str = setting(
        "python", "The Python interpreter on the Ray cluster's nodes, with tunix-rt and its trainer installed."
    )
    ray_runtime_env_file: str = setting(
        "",
        "JSON file with the runtime environment of jobs on the Ray cluster. Everyone who can use the cluster can read "
        "it, so it must have no secrets. Empty: none.",
    )
    ray_slots: int = setting(
        8, "Concurrent training runs of one worker on the Ray cluster, those that wait there included.", 0, 1000
    )
    ray_silence_seconds: float = setting(
        600.0,
        "Longest time without a heartbeat of an attempt that the Ray cluster calls running; then another one starts.",
        1,
        86_400,
    )
