"""Rewards: the parameters of GRPO runs.

parameters  the rewards and the sampling of a run
checks      their validation
"""
