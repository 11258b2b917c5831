"""``tunix-rt storage``."""

from __future__ import annotations

import click

from tunix_rt.cli.options import data_dir_option


@click.group(name="storage")
def command() -> None:
    """Remove files that belong to no job from the data folder or the object storage.

    \b
    Example: tunix-rt storage clean --dry-run
    """


@command.command(name="clean")
@click.option("--dry-run", is_flag=True, help="Only list the files.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_dir_option
def clean(dry_run: bool, yes: bool) -> None:
    """Remove orphans: files of killed processes, of failed deletions, and of jobs that are not in the database.

    Another database whose files are below the same prefix would lose all of them: give each database its own prefix.

    \b
    Example: tunix-rt storage clean --dry-run
    """
    from tunix_rt.cli.storage.cleaning import clean_storage

    clean_storage(dry_run=dry_run, yes=yes)
