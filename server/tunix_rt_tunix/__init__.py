"""For Tunix programs of others: sends their rollouts to a tunix-rt server. Needs the standard library only."""

from tunix_rt_tunix.rollouts import Parse, RewardFunction, RolloutsRefused, RolloutWriter, split_answer

__all__ = ["Parse", "RewardFunction", "RolloutWriter", "RolloutsRefused", "split_answer"]
