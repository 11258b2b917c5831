"""Checks of the local database that need no GraphQL: its file, its revision, its clock."""

from __future__ import annotations

from pathlib import Path

from tunix_rt.cli.doctor.findings import Finding, note, ok, problem
from tunix_rt.settings import Settings

CLOCK_SECONDS = 5.0
"""Difference between the clocks of this machine and the database that is still fine."""


async def database_findings(settings: Settings) -> tuple[list[Finding], bool]:
    """Returns the findings about the database, and whether it can be used.

    It creates neither database nor folder.
    """
    from tunix_rt.cli.database import database_file, missing_file
    from tunix_rt.db.clock import instant
    from tunix_rt.db.connections.files import unwritable_place
    from tunix_rt.db.identity import now
    from tunix_rt.db.migrate import current_revision, is_expanded, revisions
    from tunix_rt.db.probing import require_writable_database
    from tunix_rt.db.session import Database

    if file := missing_file(settings):
        return [
            note("database", f"{file} does not exist yet", "`tunix-rt serve` and `tunix-rt import` create it.")
        ], False
    if (existing := database_file(settings)) and (place := unwritable_place(existing)):
        return [unwritable_finding(place)], False
    database = Database(settings)
    try:
        async with database.read() as session:
            found = await current_revision(session)
            expanded = await is_expanded(session, found)
            ahead = (await instant(session) - now()).total_seconds()
            usable = expanded or found == revisions()[-1]
            if usable:
                await require_writable_database(session)
    finally:
        await database.close()
    return [revision_finding(found, revisions(), expanded=expanded), clock_finding(ahead)], usable


def unwritable_finding(place: Path) -> Finding:
    """Returns the problem of a database whose folder, or one of whose files, this user cannot write."""
    advice = "Allow this user to write the database's file, those beside it (-wal, -shm) and their folder."
    return problem("database", f"{place} cannot be written", advice)


def revision_finding(found: str | None, known: list[str] | tuple[str, ...], *, expanded: bool = False) -> Finding:
    """Compares the revision of the database with the one that this version needs.

    Args:
        expanded: whether a newer version has only added to the schema of this one.
    """
    from tunix_rt.db.migrate import is_foreign

    if found == known[-1]:
        return ok("revision", f"{found} (current)")
    if expanded:
        return ok("revision", f"{found} of a newer version, which this version can use")
    if is_foreign(found):
        return problem("revision", f"{found} is of another program", "Use an empty database.")
    if found is not None and found not in known:
        return problem("revision", f"{found} is of a newer version", "Use the version that has migrated the database.")
    return problem("revision", f"{found or 'none'}; this version needs {known[-1]}", "Run: tunix-rt migrate up")


def clock_finding(ahead: float) -> Finding:
    """Compares the clock of the database with this machine's."""
    if abs(ahead) <= CLOCK_SECONDS:
        return ok("clock", "agrees with the database's")
    direction = "ahead of" if ahead > 0 else "behind"
    advice = "Set both clocks by NTP: leases and expiry times depend on them."
    return problem("clock", f"The database's clock is {abs(ahead):.0f} s {direction} this machine's", advice)
