"""Engines: where the attempts of jobs run. To add one, implement ``base.Engine`` in a file of this folder."""
