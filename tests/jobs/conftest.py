"""Fixtures of the jobs' tests."""

from tests.jobs.runs import stand_in

__all__ = ["stand_in"]
