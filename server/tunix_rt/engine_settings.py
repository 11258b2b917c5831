"""The settings of engines other than the local one."""

from __future__ import annotations

from dataclasses import dataclass

from tunix_rt.setting_values import setting


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """The settings of the engines Ray and Slurm; the unit is in each field's description."""

    ray_address: str = setting(
        "",
        "URL of a Ray cluster's dashboard, such as `http://ray.example:8265`, for runs with the engine RAY. Needs a "
        "token, and `TUNIX_RT_PUBLIC_URL` as the URL at which the cluster reaches this server. Empty: no Ray engine.",
    )
    ray_token: str = setting("", "Token of the Ray cluster, sent as a bearer token.", secret=True)
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
        "Longest time without a heartbeat of an attempt that the Ray cluster reports as running; then another one "
        "starts.",
        1,
        86_400,
    )
    slurm_address: str = setting(
        "",
        "URL of slurmrestd of a Slurm cluster, such as `http://slurm.example:6820`, for runs with the engine SLURM. "
        "Needs a token, and `TUNIX_RT_PUBLIC_URL` as the URL at which the nodes reach this server. Empty: no Slurm "
        "engine.",
    )
    slurm_token: str = setting("", "JSON Web Token of a user of the Slurm cluster.", secret=True)
    slurm_token_file: str = setting(
        "",
        "Text file with the token of the Slurm cluster, in place of `TUNIX_RT_SLURM_TOKEN`. It is read for each "
        "request, so that a token can be replaced before it expires.",
    )
    slurm_user: str = setting("", "User of the Slurm cluster. Empty: the one that the token names (`sun`).")
    slurm_api_version: str = setting(
        "", "Version of the API of slurmrestd, such as `v0.0.38`. Empty: one that slurmrestd and this server know."
    )
    slurm_python: str = setting(
        "python", "The Python interpreter on the Slurm cluster's nodes, with tunix-rt and its trainer installed."
    )
    slurm_script_file: str = setting(
        "",
        "Text file with the start of the script of jobs on the Slurm cluster, such as `module load cuda`. A first line "
        "`#!` names the shell, otherwise `/bin/sh`. Empty: none.",
    )
    slurm_folder: str = setting(
        "/tmp",  # noqa: S108 - a folder of the nodes, which Slurm's own user writes
        "Working folder of jobs on the Slurm cluster's nodes, an absolute path. It gets a log for each job.",
    )
    slurm_partition: str = setting("", "Partition of the jobs on the Slurm cluster. Empty: the cluster's default.")
    slurm_account: str = setting("", "Account of the jobs on the Slurm cluster. Empty: the user's default.")
    slurm_qos: str = setting("", "Quality of service of the jobs on the Slurm cluster. Empty: the user's default.")
    slurm_slots: int = setting(
        8, "Concurrent training runs of one worker on the Slurm cluster, those that wait there included.", 0, 1000
    )
    slurm_silence_seconds: float = setting(
        600.0,
        "Longest time without a heartbeat of an attempt that the Slurm cluster reports as running; then another one "
        "starts.",
        1,
        86_400,
    )
