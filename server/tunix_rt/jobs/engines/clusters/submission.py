"""The job of an attempt, for any cluster: its name, its program and its variables.

The users of a cluster can read the environment of its jobs, so that it has no secret but the token of this one attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.jobs.resources import Resources
from tunix_rt.setting_values import PREFIX
from tunix_rt.settings import Settings

MODULE = "tunix_rt.jobs.remote.process"
"""The program of an attempt."""

SAVING_SECONDS = 30
"""The time after the trainer's grace period in which the process uploads the last checkpoint."""

GIB = 1 << 30


@dataclass(frozen=True)
class Submission:
    """The job of an attempt.

    Args:
        token: the token of the attempt.
        timeout_seconds: the time limit of the attempt.
    """

    hold: Hold
    resources: Resources
    token: str
    timeout_seconds: float

    @property
    def name(self) -> str:
        """Our name of the job, by which it is found again."""
        return submission_id(self.hold)

    def variables(self, settings: Settings) -> Mapping[str, str]:
        """Returns the environment variables that its process needs."""
        return {f"{PREFIX}SERVER": settings.public_url, f"{PREFIX}ATTEMPT_TOKEN": self.token}


def submission_id(hold: Hold) -> str:
    """Returns our id of an attempt's job, by which it is found again."""
    return f"tunix-rt-{hold.id}-{hold.attempt}"
