"""For Tunix programs of others: sends their rollouts, metrics and logs to a tunix-rt server.

Needs the standard library only.
"""

from tunix_rt_tunix.reporting import MetricsBackend, RunReporter
from tunix_rt_tunix.rollouts import Parse, RewardFunction, RolloutsRefused, RolloutWriter, split_answer

__all__ = [
    "MetricsBackend",
    "Parse",
    "RewardFunction",
    "RolloutWriter",
    "RolloutsRefused",
    "RunReporter",
    "split_answer",
]
