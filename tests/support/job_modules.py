"""Imports the programs of jobs; the parent of ``forks`` does it once for all of them."""

import tests.support.forks
import tunix_rt.jobs.datasets.process
import tunix_rt.jobs.evaluations.process
import tunix_rt.jobs.exports.process
import tunix_rt.jobs.generations.process
import tunix_rt.jobs.remote.process
import tunix_rt.jobs.runs.process

__all__ = ["tests", "tunix_rt"]
